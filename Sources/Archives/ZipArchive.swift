// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials

/// A zip archive that is read in place (PKWARE's APPNOTE 6.3: stored and deflated members, zip64; no encryption).
public struct ZipArchive: Sendable {
  /// The files, in the order of the archive's directory. Folders and links are left out.
  public let members: [ArchiveMember]
  /// Members that were left out, each with the reason: links, paths that lead outside.
  public let refused: [ArchiveProblem]

  private let data: Data
  private let limits: ArchiveLimits

  /// Reads the directory of an archive.
  /// - Parameter data: the archive's bytes, best mapped from its file.
  /// - Throws: `ArchiveProblem` if it is damaged or exceeds a limit.
  public init(_ data: Data, limits: ArchiveLimits = ArchiveLimits()) throws(ArchiveProblem) {
    self.data = data
    self.limits = limits
    let outcome = data.withUnsafeBytes { bytes in
      Result<ZipDirectory, ArchiveProblem> { () throws(ArchiveProblem) in try ZipDirectory(bytes, limits) }
    }
    let directory = try outcome.get()
    members = directory.members
    refused = directory.refused
  }

  /// The bytes of a member, checked against its CRC-32.
  /// - Throws: `ArchiveProblem` if it is damaged.
  public func read(_ member: ArchiveMember) throws(ArchiveProblem) -> [UInt8] {
    let outcome = data.withUnsafeBytes { bytes in
      Result<[UInt8], ArchiveProblem> { () throws(ArchiveProblem) in try read(member, from: bytes) }
    }
    do {
      return try outcome.get()
    } catch {
      throw ArchiveProblem(error.why, member: member.path)
    }
  }

  /// Where the bytes of a member lie in the archive's data, counted from its beginning, and their CRC-32; `nil` if they
  /// are compressed. Nothing is checked against the CRC-32.
  /// - Throws: `ArchiveProblem` if the archive is damaged.
  public func stored(_ member: ArchiveMember) throws(ArchiveProblem) -> (range: Range<Int>, checksum: UInt32)? {
    guard member.method == 0, let checksum = member.checksum else { return nil }
    let start = data.withUnsafeBytes { Self.contentStart(of: member, in: LittleEndian($0)) }
    guard let start, member.packedCount == member.byteCount, start <= data.count - member.byteCount else {
      throw ArchiveProblem("its data lies outside the archive", member: member.path)
    }
    return (start..<start + member.byteCount, checksum)
  }

  /// Where the member's data begins, behind its local header.
  private static func contentStart(of member: ArchiveMember, in reader: LittleEndian) -> Int? {
    guard reader.number(member.offset, UInt32.self) == 0x0403_4B50,
      let nameLength = reader.number(member.offset + 26, UInt16.self),
      let extraLength = reader.number(member.offset + 28, UInt16.self)
    else { return nil }
    return member.offset + 30 + Int(nameLength) + Int(extraLength)
  }

  private func read(_ member: ArchiveMember, from bytes: UnsafeRawBufferPointer) throws(ArchiveProblem) -> [UInt8] {
    let reader = LittleEndian(bytes)
    guard let start = Self.contentStart(of: member, in: reader), let packed = reader.slice(start, member.packedCount)
    else { throw ArchiveProblem("its data lies outside the archive") }
    let content: [UInt8]
    switch member.method {
    case 0: content = Array(packed)
    case 8: content = try Compression.inflate(packed, wrapping: .raw, limit: member.byteCount)
    default: throw ArchiveProblem("it is compressed by method \(member.method); 0 (stored) and 8 (Deflate) are read")
    }
    guard content.count == member.byteCount else {
      throw ArchiveProblem("it has \(content.count) bytes, but the directory says \(member.byteCount)")
    }
    guard content.withUnsafeBytes({ Compression.crc32($0) }) == member.checksum else {
      throw ArchiveProblem("its CRC-32 is not the one in the directory")
    }
    return content
  }
}
