// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import FoundationEssentials

/// What an ELF file says it needs (System V ABI; versions of symbols as the Linux Standard Base has them).
package struct ProgramFacts: Sendable, Hashable {
  /// The platform it was built for: `linux-x86_64`, `linux-aarch64`, or `machine NUMBER`.
  package let platform: String
  /// The names of the libraries that it needs.
  package let libraries: [String]
  /// The newest version of the C library that it asks for: `2.34`; `nil` if it asks for none.
  package let library: LibraryVersion?

  /// Reads a file; `nil` if it is no 64-bit little-endian ELF file, or a damaged one.
  package init?(ofFileAt path: String) {
    guard let data = try? Data(contentsOf: URL(filePath: path), options: .mappedIfSafe) else { return nil }
    self.init(data)
  }

  /// Reads a file's bytes.
  package init?(_ data: Data) {
    guard data.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]) else { return nil }
    let bytes = LittleBytes(data)
    guard let machine = bytes.number(18, 2), let sections = Sections(bytes) else { return nil }
    platform =
      switch machine {
      case 62: "linux-x86_64"
      case 183: "linux-aarch64"
      default: "machine \(machine)"
      }
    libraries = sections.needed.compactMap { sections.name(at: $0) }
    library = sections.versions().filter { $0.hasPrefix("GLIBC_") }.compactMap { LibraryVersion($0.dropFirst(6)) }.max()
  }
}

/// A version of the C library.
package struct LibraryVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
  let parts: [Int]

  /// Reads numbers with dots between them; `nil` if the text is anything else.
  package init?(_ text: some StringProtocol) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
    guard !parts.isEmpty, parts.allSatisfy({ $0 != nil }) else { return nil }
    self.parts = parts.compactMap { $0 }
  }

  package var description: String { parts.map(String.init).joined(separator: ".") }

  package static func < (left: Self, right: Self) -> Bool { left.parts.lexicographicallyPrecedes(right.parts) }
}

/// Numbers in a file's bytes, none of which need be there.
private struct LittleBytes {
  private let data: Data

  init(_ data: Data) { self.data = data }

  func number(_ place: Int, _ size: Int) -> Int? {
    guard place >= 0, place <= data.count - size else { return nil }
    let start = data.startIndex + place
    return Int(exactly: (0..<size).reduce(UInt64(0)) { $0 | UInt64(data[start + $1]) << (8 * UInt64($1)) })
  }

  /// The bytes up to the next zero, 4096 at most.
  func text(at place: Int) -> String? {
    guard place >= 0, place < data.count else { return nil }
    let bytes = data[(data.startIndex + place)...].prefix(4096).prefix { $0 != 0 }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// The parts of an ELF file that its loader reads.
private struct Sections {
  private let bytes: LittleBytes
  /// What is mapped: address, place in the file, length.
  private var mapped: [(address: Int, place: Int, length: Int)] = []
  private var names: Int?
  /// Places of names in the table of names.
  private(set) var needed: [Int] = []
  private var requirements: (place: Int, count: Int)?

  init?(_ bytes: LittleBytes) {
    self.bytes = bytes
    guard let table = bytes.number(32, 8), let size = bytes.number(54, 2), let count = bytes.number(56, 2) else {
      return nil
    }
    var dynamic: (place: Int, length: Int)?
    for index in 0..<count {
      let entry = table &+ index &* size
      guard let kind = bytes.number(entry, 4), let place = bytes.number(entry &+ 8, 8),
        let address = bytes.number(entry &+ 16, 8), let length = bytes.number(entry &+ 32, 8)
      else { return nil }
      if kind == 1 { mapped.append((address, place, length)) }  // PT_LOAD
      if kind == 2 { dynamic = (place, length) }  // PT_DYNAMIC
    }
    if let dynamic { read(dynamic.place, dynamic.length) }
  }

  private mutating func read(_ place: Int, _ length: Int) {
    var (table, versions, count): (Int?, Int?, Int?)
    // Each entry has sixteen bytes; a damaged length must not be believed.
    for index in 0..<min(length / 16, 4096) {
      guard let tag = bytes.number(place &+ 16 &* index, 8), let value = bytes.number(place &+ 16 &* index &+ 8, 8),
        tag != 0
      else { break }
      switch tag {
      case 1: needed.append(value)  // DT_NEEDED
      case 5: table = value  // DT_STRTAB
      case 0x6FFF_FFFE: versions = value  // DT_VERNEED
      case 0x6FFF_FFFF: count = value  // DT_VERNEEDNUM
      default: break
      }
    }
    names = table.flatMap { fileOffset(of: $0) }
    if let place = versions.flatMap({ fileOffset(of: $0) }), let count { requirements = (place, count) }
  }

  private func fileOffset(of address: Int) -> Int? {
    for part in mapped where address >= part.address && address - part.address < part.length {
      let (place, isTooLarge) = part.place.addingReportingOverflow(address - part.address)
      return isTooLarge ? nil : place
    }
    return nil
  }

  func name(at place: Int) -> String? {
    guard let names else { return nil }
    let (sum, isTooLarge) = names.addingReportingOverflow(place)
    return isTooLarge ? nil : bytes.text(at: sum)
  }

  /// The versions of symbols that are asked of other libraries.
  func versions() -> [String] {
    guard let requirements else { return [] }
    var (found, library): ([String], Int) = ([], requirements.place)
    for _ in 0..<min(requirements.count, 1024) {
      guard let count = bytes.number(library &+ 2, 2), let first = bytes.number(library &+ 8, 4),
        let next = bytes.number(library &+ 12, 4)
      else { break }
      var version = library &+ first
      for _ in 0..<count {
        guard let name = bytes.number(version &+ 8, 4), let step = bytes.number(version &+ 12, 4) else { break }
        if let name = self.name(at: name) { found.append(name) }
        guard step > 0 else { break }
        version &+= step
      }
      guard next > 0 else { break }
      library &+= next
    }
    return found
  }
}
