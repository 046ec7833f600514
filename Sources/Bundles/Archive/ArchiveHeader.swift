// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The headers of a bundle's archive: POSIX ustar, and a pax header before what ustar can't hold the size of.
///
/// A header follows from a name and a size; a reader makes it anew and compares all its bytes, so that nothing can hide
/// in one.
enum ArchiveHeader {
  static let blockSize = 512
  /// The name of the first member.
  static let envelopeName = "envelope.json"
  /// What the names of objects begin with; their digests follow.
  static let objectPrefix = "objects/sha256/"
  /// What ends the archive: two blocks of zeros.
  static let end = [UInt8](repeating: 0, count: 2 * blockSize)
  /// The first size that eleven octal digits can't hold: 8 GiB.
  static let firstLargeSize = 1 << 33

  /// All blocks before the content of a member.
  static func blocks(name: String, size: Int) -> [UInt8] {
    guard size >= firstLargeSize else { return block(name: name, size: size, type: "0") }
    let record = sizeRecord(size)
    let padding = [UInt8](repeating: 0, count: padding(record.count))
    // POSIX: the size of the pax header takes the place of the one here, which is 0, as Python's tarfile writes it.
    return block(name: paxName(name), size: record.count, type: "x") + record + padding
      + block(name: name, size: 0, type: "0")
  }

  /// How many bytes of zeros follow a content.
  static func padding(_ size: Int) -> Int { (blockSize - size % blockSize) % blockSize }

  /// The bytes that a member takes, with its headers.
  static func length(size: Int) -> Int {
    (size >= firstLargeSize ? 3 : 1) * blockSize + size + padding(size)
  }

  /// The name and size that a header states; `nil` if it isn't exactly as ``block(name:size:type:)`` writes it.
  static func read(_ block: UnsafeRawBufferPointer) -> (name: String, size: Int, type: Character)? {
    guard block.count == blockSize else { return nil }
    let name = String(decoding: block[0..<100].prefix { $0 != 0 }, as: UTF8.self)
    let type = Character(Unicode.Scalar(block[156]))
    let digits = block[124..<135]
    guard digits.allSatisfy({ $0 &- 0x30 < 8 }) else { return nil }
    let size = digits.reduce(0) { $0 << 3 | Int($1 - 0x30) }
    guard name.utf8.count < 100, block.elementsEqual(Self.block(name: name, size: size, type: type)) else { return nil }
    return (name, size, type)
  }

  /// The name of the pax header of a member.
  static func paxName(_ name: String) -> String { "PaxHeaders/\(name.split(separator: "/").last ?? "")" }

  /// The only record of a pax header: its own length, `size`, and the size.
  static func sizeRecord(_ size: Int) -> [UInt8] {
    let rest = " size=\(size)\n"
    var length = rest.utf8.count + 1
    while "\(length)".utf8.count + rest.utf8.count != length { length += 1 }
    return Array("\(length)\(rest)".utf8)
  }

  private static func block(name: String, size: Int, type: Character) -> [UInt8] {
    var block = [UInt8](repeating: 0, count: blockSize)
    func put(_ text: String, _ place: Int) {
      for (index, byte) in text.utf8.enumerated() where place + index < blockSize { block[place + index] = byte }
    }
    put(name, 0)
    put("0000644", 100)
    put("0000000", 108)
    put("0000000", 116)
    put(octal(size, 11), 124)
    put("00000000000", 136)
    put("        ", 148)
    put(String(type), 156)
    put("ustar", 257)
    put("00", 263)
    put("0000000", 329)
    put("0000000", 337)
    let sum = block.reduce(0) { $0 + Int($1) }
    put(octal(sum, 6) + "\0 ", 148)
    return block
  }

  private static func octal(_ number: Int, _ count: Int) -> String {
    let digits = String(number, radix: 8)
    return String(repeating: "0", count: max(0, count - digits.utf8.count)) + digits
  }
}
