// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials

/// A tar archive that is read in place (POSIX ustar and pax, GNU long names; regular files only).
public struct TarArchive: Sendable {
  /// The files, in the archive's order. Folders, links and devices are left out.
  public private(set) var members: [ArchiveMember] = []
  /// Members that were left out, each with the reason.
  public private(set) var refused: [ArchiveProblem] = []

  private let data: Data
  private let limits: ArchiveLimits

  /// Reads the headers of an archive that isn't compressed.
  /// - Parameter data: the archive's bytes, best mapped from its file.
  /// - Throws: `ArchiveProblem` if it is damaged or exceeds a limit.
  public init(_ data: Data, limits: ArchiveLimits = ArchiveLimits()) throws(ArchiveProblem) {
    self.data = data
    self.limits = limits
    var scan = TarScan(limits)
    let failure = data.withUnsafeBytes { bytes in
      do throws(ArchiveProblem) {
        try scan.read(bytes)
        return nil as ArchiveProblem?
      } catch { return error }
    }
    if let failure { throw failure }
    members = scan.members
    refused = scan.refused
  }

  /// The bytes of a member.
  /// - Throws: `ArchiveProblem` if it doesn't lie in the archive.
  public func read(_ member: ArchiveMember) throws(ArchiveProblem) -> [UInt8] {
    let bytes = data.withUnsafeBytes { LittleEndian($0).slice(member.offset, member.byteCount).map { Array($0) } }
    guard let bytes else { throw ArchiveProblem("it lies outside the archive", member: member.path) }
    return bytes
  }
}

/// Goes through the headers of a tar archive.
private struct TarScan {
  var members: [ArchiveMember] = []
  var refused: [ArchiveProblem] = []
  private let limits: ArchiveLimits
  /// What an extended header said of the next member.
  private var nextPath: String?
  private var nextSize: Int?
  private var positions: [String: Int] = [:]

  init(_ limits: ArchiveLimits) { self.limits = limits }

  mutating func read(_ bytes: UnsafeRawBufferPointer) throws(ArchiveProblem) {
    let reader = LittleEndian(bytes)
    var place = 0
    while let header = reader.slice(place, 512), !header.allSatisfy({ $0 == 0 }) {
      guard let stated = Self.number(header[148..<156]), stated == Self.checksum(header) else {
        throw ArchiveProblem("the header at byte \(place) is damaged: its checksum is wrong")
      }
      guard let size = nextSize ?? Self.number(header[124..<136]), size >= 0, size <= bytes.count - place - 512 else {
        throw ArchiveProblem("the member at byte \(place) is cut")
      }
      try take(header, LittleEndian(bytes), content: place + 512, size)
      place += 512 + (size + 511) / 512 * 512
      guard members.count + refused.count <= limits.members else {
        throw ArchiveProblem("it has more than \(limits.members) members")
      }
    }
    guard place > 0 else { throw ArchiveProblem("it is empty or no tar archive") }
  }

  private mutating func take(
    _ header: UnsafeRawBufferPointer, _ reader: LittleEndian, content: Int, _ size: Int
  ) throws(ArchiveProblem) {
    let kind = header[156]
    switch kind {
    case UInt8(ascii: "x"), UInt8(ascii: "L"):
      guard size <= 1 << 20, let bytes = reader.slice(content, size) else {
        throw ArchiveProblem("an extended header is too large")
      }
      if kind == UInt8(ascii: "L") { nextPath = Self.text(bytes[...]) } else { readRecords(bytes) }
      return
    case UInt8(ascii: "g"): return
    case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): append(Self.path(header, nextPath), content, size)
    case UInt8(ascii: "5"): break
    case UInt8(ascii: "1"), UInt8(ascii: "2"): refuse("it is a link", Self.path(header, nextPath))
    default: refuse("it is no regular file", Self.path(header, nextPath))
    }
    (nextPath, nextSize) = (nil, nil)
  }

  private mutating func append(_ path: String, _ content: Int, _ size: Int) {
    guard path.utf8.count <= limits.nameBytes, let plain = ArchiveMember.plainPath(path) else {
      return refuse("its path leads outside the archive or is too long", path)
    }
    guard size <= limits.memberBytes else { return refuse("it is larger than \(limits.memberBytes) bytes", path) }
    let member = ArchiveMember(path: plain, byteCount: size, offset: content, packedCount: size)
    // A later member of the same name replaces an earlier one, as tar does.
    if let earlier = positions[plain] {
      members[earlier] = member
    } else {
      positions[plain] = members.count
      members.append(member)
    }
  }

  private mutating func refuse(_ why: String, _ path: String) { refused.append(ArchiveProblem(why, member: path)) }

  /// Records of an extended header: "<length> <key>=<value>\n".
  private mutating func readRecords(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes[...]
    while let space = rest.firstIndex(of: 0x20), let length = Int(Self.text(rest[..<space])), length > 0,
      length <= rest.count, space < rest.startIndex + length
    {
      let record = rest[(space + 1)..<(rest.startIndex + length)].dropLast()
      if let equals = record.firstIndex(of: UInt8(ascii: "=")) {
        let value = Self.text(record[(equals + 1)...])
        switch Self.text(record[..<equals]) {
        case "path": nextPath = value
        case "size": nextSize = Int(value)
        default: break
        }
      }
      rest = rest.dropFirst(length)
    }
  }

  private static func path(_ header: UnsafeRawBufferPointer, _ extended: String?) -> String {
    if let extended { return extended }
    let name = text(header[0..<100])
    let isUstar = header[257..<262].elementsEqual("ustar".utf8) && header[262] == 0
    let prefix = isUstar ? text(header[345..<500]) : ""
    return prefix.isEmpty ? name : "\(prefix)/\(name)"
  }

  private static func text(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// A number in octal digits, or in binary if its first bit is set.
  private static func number(_ field: Slice<UnsafeRawBufferPointer>) -> Int? {
    guard let first = field.first else { return nil }
    if first & 0x80 != 0 {
      guard first == 0x80, field.dropFirst().dropLast(8).allSatisfy({ $0 == 0 }) else { return nil }
      return Int(exactly: field.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }
    let digits = field.filter { $0 != 0 && $0 != 0x20 }
    return digits.isEmpty ? 0 : Int(String(decoding: digits, as: UTF8.self), radix: 8)
  }

  /// The sum of the header's bytes, its own field counted as spaces.
  private static func checksum(_ header: UnsafeRawBufferPointer) -> Int {
    header.enumerated().reduce(0) { $0 + (148..<156 ~= $1.offset ? 0x20 : Int($1.element)) }
  }
}
