// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Why the archive behind a model can't be read, as a clause.
struct ArchiveError: Error, Sendable, Hashable {
  let reason: String
}

/// A ZIP archive that is appended to a model's file: the way in which TensorFlow Lite files carry labels.
///
/// Source of the layout: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.
struct AppendedArchive {
  /// The longest file that is read, in bytes.
  static let maximumFileLength = 16 << 20
  /// The most bytes that are read of all files.
  static let maximumLength = 64 << 20

  private let bytes: [UInt8]
  private let directory: Range<Int>
  /// The number of bytes before the archive, if its offsets don't count them.
  private let shift: Int
  private let count: Int

  /// Finds the archive at the end of a file; `nil` if there is none.
  init?(_ bytes: [UInt8]) {
    self.bytes = bytes
    // The end record has 22 bytes and a comment of at most 65,535.
    guard bytes.count >= 22 else { return nil }
    for position in stride(from: bytes.count - 22, through: max(0, bytes.count - 22 - 65_535), by: -1) {
      guard bytes[position] == 0x50, Self.number(bytes, position, 4) == 0x0605_4b50,
        let comment = Self.number(bytes, position + 20, 2), position + 22 + comment == bytes.count,
        let length = Self.number(bytes, position + 12, 4), let offset = Self.number(bytes, position + 16, 4),
        let count = Self.number(bytes, position + 10, 2), offset + length <= position
      else { continue }
      self.count = count
      directory = position - length..<position
      shift = position - length - offset
      return
    }
    return nil
  }

  /// The names and contents of the files.
  func contents() throws(ArchiveError) -> [String: [UInt8]] {
    var contents: [String: [UInt8]] = [:]
    var total = 0
    var position = directory.lowerBound
    for _ in 0..<count {
      let entry = try Entry(bytes, at: position, below: directory.upperBound)
      total += entry.length
      guard entry.length <= Self.maximumFileLength, total <= Self.maximumLength else {
        throw ArchiveError(reason: "the attached file '\(entry.name)' is too long to be read")
      }
      contents[entry.name] = try content(entry)
      position = entry.end
    }
    return contents
  }

  private func content(_ entry: Entry) throws(ArchiveError) -> [UInt8] {
    let start = entry.offset + shift
    guard Self.number(bytes, start, 4) == 0x0403_4b50, let nameLength = Self.number(bytes, start + 26, 2),
      let extraLength = Self.number(bytes, start + 28, 2)
    else { throw ArchiveError(reason: "the attached file '\(entry.name)' is not where the archive says") }
    let data = start + 30 + nameLength + extraLength
    guard entry.packedLength <= bytes.count - data else {
      throw ArchiveError(reason: "the attached file '\(entry.name)' ends early")
    }
    let packed = bytes[data..<data + entry.packedLength]
    let content: [UInt8]?
    switch entry.method {
    case 0: content = Array(packed)
    case 8: content = Deflated.unpacked(packed, length: entry.length)
    default: throw ArchiveError(reason: "the attached file '\(entry.name)' is packed by method \(entry.method)")
    }
    guard let content, content.count == entry.length, Deflated.checksum(content) == entry.checksum else {
      throw ArchiveError(reason: "the attached file '\(entry.name)' is damaged")
    }
    return content
  }

  /// One file of the archive's directory.
  private struct Entry {
    let method: Int
    let checksum: Int
    let packedLength: Int
    let length: Int
    let offset: Int
    let name: String
    let end: Int

    init(_ bytes: [UInt8], at position: Int, below end: Int) throws(ArchiveError) {
      func number(_ offset: Int, _ width: Int) throws(ArchiveError) -> Int {
        guard position + offset + width <= end, let number = AppendedArchive.number(bytes, position + offset, width)
        else { throw ArchiveError(reason: "the directory of the appended archive ends early") }
        return number
      }
      guard try number(0, 4) == 0x0201_4b50 else {
        throw ArchiveError(reason: "the directory of the appended archive is damaged")
      }
      method = try number(10, 2)
      checksum = try number(16, 4)
      packedLength = try number(20, 4)
      length = try number(24, 4)
      offset = try number(42, 4)
      let nameEnd = position + 46 + (try number(28, 2))
      self.end = nameEnd + (try number(30, 2)) + (try number(32, 2))
      guard self.end <= end else { throw ArchiveError(reason: "the directory of the appended archive ends early") }
      name = String(decoding: bytes[position + 46..<nameEnd], as: UTF8.self)
    }
  }

  /// A little-endian number; `nil` if it lies outside.
  private static func number(_ bytes: [UInt8], _ position: Int, _ width: Int) -> Int? {
    guard position >= 0, position <= bytes.count - width else { return nil }
    return (0..<width).reversed().reduce(0) { $0 << 8 | Int(bytes[position + $1]) }
  }
}
