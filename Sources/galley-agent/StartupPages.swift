// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// Gives back the pages of the program's file that only its start needed: tables of symbols and relocations, and the
/// code that read them. They stay in the system's cache, and what is used again is mapped again.
///
/// What a measuring process holds before it loads a model is reported with the model's memory, and a service that does
/// nothing should hold little.
enum StartupPages {
  static func giveBack() {
    for (start, length) in mappings() {
      guard let address = UnsafeMutableRawPointer(bitPattern: start) else { continue }
      madvise(address, length, CInt(MADV_DONTNEED))
    }
  }

  /// The program's code, and what lies before it in the file. Both are read-only from the first moment on; what lies
  /// behind the code may have been written by the linker, and must stay.
  private static func mappings() -> [(start: UInt, length: Int)] {
    var found: [(start: UInt, length: Int)] = []
    var program: Substring?
    for line in text("/proc/self/maps").split(separator: "\n") {
      let fields = line.split(separator: " ", maxSplits: 5)
      let bounds = (fields.first ?? "").split(separator: "-").compactMap { UInt($0, radix: 16) }
      guard fields.count == 6, bounds.count == 2, bounds[1] > bounds[0] else { break }
      // The program's file is mapped first.
      if program == nil { program = fields[5] }
      guard fields[5] == program, fields[1] == "r--p" || fields[1] == "r-xp" else { break }
      found.append((bounds[0], Int(bounds[1] - bounds[0])))
      if fields[1] == "r-xp" { return found }
    }
    return []
  }

  private static func text(_ path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    return withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 8) { buffer in
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : ""
    }
  }
}
