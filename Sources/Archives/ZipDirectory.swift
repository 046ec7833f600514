// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The central directory of a zip archive.
struct ZipDirectory {
  var members: [ArchiveMember] = []
  var refused: [ArchiveProblem] = []

  private let reader: LittleEndian
  private let limits: ArchiveLimits

  init(_ bytes: UnsafeRawBufferPointer, _ limits: ArchiveLimits) throws(ArchiveProblem) {
    reader = LittleEndian(bytes)
    self.limits = limits
    guard let end = Self.findEnd(reader) else { throw ArchiveProblem("it has no zip directory: it is cut or no zip") }
    var (count, place) = try directory(at: end)
    guard count <= limits.members else {
      throw ArchiveProblem("it has \(count) members; \(limits.members) are allowed")
    }
    members.reserveCapacity(min(count, bytes.count / 46))
    var names: Set<String> = []
    while count > 0 {
      place = try readEntry(at: place, &names)
      count -= 1
    }
  }

  /// The end record is the last thing in the archive but a comment of up to 65,535 bytes.
  private static func findEnd(_ reader: LittleEndian) -> Int? {
    let last = reader.bytes.count - 22
    guard last >= 0 else { return nil }
    for place in stride(from: last, through: max(0, last - 65_535), by: -1)
    where reader.number(place, UInt32.self) == 0x0605_4B50 {
      return place
    }
    return nil
  }

  private func directory(at end: Int) throws(ArchiveProblem) -> (Int, Int) {
    guard let count = reader.number(end + 10, UInt16.self), let place = reader.number(end + 16, UInt32.self) else {
      throw ArchiveProblem("its end record is cut")
    }
    guard count == .max || place == .max else { return (Int(count), Int(place)) }
    guard reader.number(end - 20, UInt32.self) == 0x0706_4B50, let record = reader.number(end - 12, UInt64.self),
      let record = Int(exactly: record), reader.number(record, UInt32.self) == 0x0606_4B50,
      let large = reader.number(record + 32, UInt64.self), let largePlace = reader.number(record + 48, UInt64.self),
      let total = Int(exactly: large), let start = Int(exactly: largePlace)
    else { return (Int(count), Int(place)) }
    return (total, start)
  }

  /// Reads an entry; gives where the next one is.
  private mutating func readEntry(at place: Int, _ names: inout Set<String>) throws(ArchiveProblem) -> Int {
    guard reader.number(place, UInt32.self) == 0x0201_4B50,
      let flags = reader.number(place + 8, UInt16.self), let method = reader.number(place + 10, UInt16.self),
      let checksum = reader.number(place + 16, UInt32.self), let packed = reader.number(place + 20, UInt32.self),
      let size = reader.number(place + 24, UInt32.self), let nameLength = reader.number(place + 28, UInt16.self),
      let extraLength = reader.number(place + 30, UInt16.self),
      let commentLength = reader.number(place + 32, UInt16.self), let system = reader.number(place + 5, UInt8.self),
      let attributes = reader.number(place + 38, UInt32.self), let offset = reader.number(place + 42, UInt32.self),
      let name = reader.slice(place + 46, Int(nameLength)),
      let extra = reader.slice(place + 46 + Int(nameLength), Int(extraLength))
    else { throw ArchiveProblem("its directory is damaged") }
    let next = place + 46 + Int(nameLength) + Int(extraLength) + Int(commentLength)
    let text = String(decoding: name, as: UTF8.self)
    if text.hasSuffix("/") { return next }
    var member = ArchiveMember(
      path: text, byteCount: Int(size), offset: Int(offset), packedCount: Int(packed), method: method,
      checksum: checksum)
    Self.applyZip64(extra, to: &member)
    if let problem = fault(member, flags: flags, mode: system == 3 ? attributes >> 16 : 0) {
      refused.append(ArchiveProblem(problem, member: text))
    } else if let path = ArchiveMember.plainPath(text) {
      member.path = path
      if names.insert(path).inserted {
        members.append(member)
      } else {
        refused.append(ArchiveProblem("the archive holds this name twice", member: text))
      }
    }
    return next
  }

  /// Why a member isn't read.
  private func fault(_ member: ArchiveMember, flags: UInt16, mode: UInt32) -> String? {
    if ArchiveMember.plainPath(member.path) == nil { return "its path leads outside the archive" }
    if member.path.utf8.count > limits.nameBytes { return "its name is longer than \(limits.nameBytes) bytes" }
    if flags & 1 != 0 { return "it is encrypted" }
    if mode & 0xF000 == 0xA000 { return "it is a symbolic link" }
    if member.byteCount > limits.memberBytes { return "it is larger than \(limits.memberBytes) bytes" }
    if member.byteCount > 1 << 20, member.byteCount / limits.ratio > member.packedCount {
      return "it claims to be \(member.byteCount) bytes in \(member.packedCount): no Deflate can do that"
    }
    return nil
  }

  /// Sizes and offsets that don't fit 32 bits stand in the extra field 1, in this order, each only if needed.
  private static func applyZip64(_ extra: UnsafeRawBufferPointer, to member: inout ArchiveMember) {
    let reader = LittleEndian(extra)
    var place = 0
    while let id = reader.number(place, UInt16.self), let length = reader.number(place + 2, UInt16.self) {
      defer { place += 4 + Int(length) }
      guard id == 1 else { continue }
      var inner = place + 4
      func next() -> Int? {
        defer { inner += 8 }
        return reader.number(inner, UInt64.self).flatMap { Int(exactly: $0) }
      }
      if member.byteCount == 0xFFFF_FFFF, let value = next() { member.byteCount = value }
      if member.packedCount == 0xFFFF_FFFF, let value = next() { member.packedCount = value }
      if member.offset == 0xFFFF_FFFF, let value = next() { member.offset = value }
    }
  }
}
