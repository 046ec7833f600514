// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CSandbox
internal import Galley
internal import Glibc

/// The loader that a program names, which knows where the C library is.
struct ProgramLoader: Sendable {
  let path: String
  let platform: String

  /// Reads the loader's path from an ELF program's header.
  /// - Throws: `GalleyError`: `missingInput` if it can't be read, `badData` if it is no ELF program that names a loader.
  init(of program: String) throws(GalleyError) {
    let failure = "can't find the loader of a program"
    guard let file = FileHandleBytes(program, atMost: 1 << 16) else {
      throw GalleyError(.missingInput, failure, at: program, why: String(cString: strerror(errno)))
    }
    guard let path = Self.interpreter(file.bytes), path.hasPrefix("/") else {
      throw GalleyError(
        .badData, failure, at: program, why: "it is not a 64-bit ELF program that names one",
        remedy: "A program that holds its C library can't be asked; name another one.")
    }
    self.path = path
    // e_machine
    platform = file.bytes[18] == 62 ? "linux-x86_64" : "linux-aarch64"
  }

  /// The text of the segment PT_INTERP (System V ABI, chapter 5), if all of it lies in the bytes.
  private static func interpreter(_ bytes: [UInt8]) -> String? {
    func number(_ place: Int, _ size: Int) -> Int? {
      guard place >= 0, place <= bytes.count - size else { return nil }
      return Int(exactly: (0..<size).reduce(UInt64(0)) { $0 | UInt64(bytes[place + $1]) << (8 * UInt64($1)) })
    }
    // A 64-bit little-endian file for x86_64 (62) or aarch64 (183).
    guard bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]), let machine = number(18, 2), [62, 183].contains(machine),
      let table = number(32, 8), let size = number(54, 2), let count = number(56, 2), table <= bytes.count
    else { return nil }
    for index in 0..<count {
      let entry = table + index * size
      guard number(entry, 4) == 3 else { continue }
      guard let start = number(entry + 8, 8), let length = number(entry + 32, 8), length > 1,
        start <= bytes.count - length, start >= 0, length <= bytes.count
      else { return nil }
      return String(decoding: bytes[start..<start + length].prefix { $0 != 0 }, as: UTF8.self)
    }
    return nil
  }

  /// The folder of the C library that the loader would give a program.
  /// - Throws: `GalleyError` (`unavailable`).
  func libraryFolder(of program: String) throws(GalleyError) -> String {
    let real = try SandboxedCommand.real(program)
    let text = try answer(["--list", real])
    // "	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f…)"
    for line in text.split(separator: "\n") {
      let words = line.split(whereSeparator: \.isWhitespace)
      guard words.count >= 3, words[0] == "libc.so.6", words[1] == "=>", let slash = words[2].lastIndex(of: "/") else {
        continue
      }
      return String(words[2][..<slash])
    }
    throw GalleyError(
      .unavailable, "can't find the C library", at: path, why: "the loader names none for \(real)",
      remedy: "A system with glibc is needed.")
  }

  /// Runs the loader, not cut off, and takes what it prints.
  private func answer(_ arguments: [String]) throws(GalleyError) -> String {
    let file = galley_memory_file()
    defer { close(file) }
    let streams = try OutputStreams(output: file)
    defer { streams.close() }
    var command = SandboxedCommand(program: path, arguments: arguments, mounts: [])
    command.timeLimit = .seconds(20)
    switch StartedSandbox.launch(command, streams, .none) {
    case .failure(let failure): throw failure.error(command)
    case .success(let started):
      let record = try Supervisor(command, started, StopSignal()).supervise()
      guard record.isSuccess else {
        throw GalleyError(
          .unavailable, "can't find the C library", at: path, why: "the loader ended with \(record.exit)")
      }
    }
    lseek(file, 0, SEEK_SET)
    return String(decoding: FileHandleBytes.read(file, atMost: 1 << 20), as: UTF8.self)
  }
}

/// The first bytes of a file.
private struct FileHandleBytes {
  let bytes: [UInt8]

  init?(_ path: String, atMost limit: Int) {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    bytes = Self.read(file, atMost: limit)
  }

  static func read(_ file: CInt, atMost limit: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 14)
    while bytes.count < limit {
      let count = Glibc.read(file, &piece, min(piece.count, limit - bytes.count))
      guard count > 0 else { break }
      bytes += piece.prefix(count)
    }
    return bytes
  }
}
