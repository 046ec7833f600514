// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley

/// Goes through the headers of an archive from its first byte to its last, and refuses whatever isn't as it must be.
struct ArchiveScan {
  private let path: String
  private let byteCount: Int
  private let limits: BundleLimits
  private let window: Window
  private let envelope: Range<Int>

  /// Reads the first header.
  init(_ descriptor: CInt, _ path: String, _ byteCount: Int, _ limits: BundleLimits) throws(GalleyError) {
    self.path = path
    self.byteCount = byteCount
    self.limits = limits
    window = Window(ArchiveBytes(descriptor, path), byteCount)
    var place = 0
    let member = try Self.member(at: &place, window, path)
    guard member.name == ArchiveHeader.envelopeName else {
      throw Self.refusal("its first member is '\(member.name)', not '\(ArchiveHeader.envelopeName)'", path)
    }
    guard member.content.count <= limits.envelopeBytes else {
      throw Self.refusal(
        "its envelope has \(member.content.count) bytes, and \(limits.envelopeBytes) are the most", path)
    }
    envelope = member.content
  }

  /// The first member's bytes.
  func envelopeData() throws(GalleyError) -> Data {
    var data = Data(count: envelope.count)
    let failure = data.withUnsafeMutableBytes { bytes in
      do throws(GalleyError) {
        try window.bytes.read(bytes, at: envelope.lowerBound)
        return nil as GalleyError?
      } catch { return error }
    }
    if let failure { throw failure }
    return data
  }

  /// The members behind the first, up to the archive's end.
  func objects() throws(GalleyError) -> [BundleReader.Entry] {
    var entries: [BundleReader.Entry] = []
    var place = envelope.upperBound + ArchiveHeader.padding(envelope.count)
    while try !isEnd(place) {
      guard entries.count < limits.objects else { throw refusal("it has more than \(limits.objects) objects") }
      let start = place
      let member = try Self.member(at: &place, window, path)
      let name = member.name
      guard name.hasPrefix(ArchiveHeader.objectPrefix),
        let digest = Digest(hex: String(name.dropFirst(ArchiveHeader.objectPrefix.count))),
        name.utf8.elementsEqual((ArchiveHeader.objectPrefix + digest.hex).utf8)
      else { throw refusal("the member '\(name)' at byte \(start) has no place in a bundle") }
      if let last = entries.last?.object.digest, last >= digest {
        throw refusal(
          last == digest
            ? "the object \(digest.short) stands twice" : "the object \(digest.short) at byte \(start) is not in order")
      }
      let object = BundleObject(digest: digest, size: member.content.count)
      entries.append(BundleReader.Entry(object: object, offset: member.content.lowerBound))
    }
    return entries
  }

  /// Whether the archive's end begins at a place, and is whole.
  private func isEnd(_ place: Int) throws(GalleyError) -> Bool {
    let block = try window.block(at: place)
    guard block.allSatisfy({ $0 == 0 }) else { return false }
    let length = ArchiveHeader.end.count
    guard place + length <= byteCount else { throw refusal("it is cut within its end") }
    guard place + length == byteCount else {
      throw refusal("\(byteCount - place - length) bytes follow the archive's end")
    }
    let second = try window.block(at: place + ArchiveHeader.blockSize)
    guard second.allSatisfy({ $0 == 0 }) else { throw refusal("its end is damaged at byte \(place)") }
    return true
  }

  private struct Member {
    let name: String
    let content: Range<Int>
  }

  /// Reads the header or headers at a place, checks the padding, and moves on to what follows the content.
  private static func member(at place: inout Int, _ window: Window, _ path: String) throws(GalleyError) -> Member {
    let start = place
    guard let first = ArchiveHeader.read(try window.block(at: place)) else {
      throw refusal("the header at byte \(start) is not one of a bundle: damaged, a link, a device or a folder", path)
    }
    place += ArchiveHeader.blockSize
    var (name, size) = (first.name, first.size)
    if first.type == "x" {
      (name, size) = try largeMember(first.size, at: &place, window, path)
    } else if first.type != "0" {
      throw refusal("the member '\(name)' at byte \(start) is no regular file", path)
    }
    let padding = ArchiveHeader.padding(size)
    guard size <= window.byteCount - place, size + padding <= window.byteCount - place else {
      throw refusal("the member '\(name)' at byte \(start) is cut", path)
    }
    let content = place..<place + size
    guard try window.bytes(at: content.upperBound, padding).allSatisfy({ $0 == 0 }) else {
      throw refusal("the padding behind '\(name)' is not zero", path)
    }
    place = content.upperBound + padding
    return Member(name: name, content: content)
  }

  /// A pax header's content, and the header that follows it.
  private static func largeMember(
    _ recordSize: Int, at place: inout Int, _ window: Window, _ path: String
  ) throws(GalleyError) -> (name: String, size: Int) {
    let start = place - ArchiveHeader.blockSize
    let damaged = refusal("the extended header at byte \(start) is not one of a bundle", path)
    // Whatever it says, it must come out the same when it is made anew: only then is it one of a bundle.
    guard recordSize < 64, place + 2 * ArchiveHeader.blockSize <= window.byteCount else { throw damaged }
    let record = String(decoding: try window.bytes(at: place, recordSize), as: UTF8.self)
    guard let digits = record.split(separator: "=").last?.dropLast(), let size = Int(digits),
      size >= ArchiveHeader.firstLargeSize,
      let second = ArchiveHeader.read(try window.block(at: place + ArchiveHeader.blockSize))
    else { throw damaged }
    let expected = ArchiveHeader.blocks(name: second.name, size: size)
    guard try window.bytes(at: start, 3 * ArchiveHeader.blockSize).elementsEqual(expected) else { throw damaged }
    place += 2 * ArchiveHeader.blockSize
    return (second.name, size)
  }

  private func refusal(_ why: String) -> GalleyError { Self.refusal(why, path) }

  private static func refusal(_ why: String, _ path: String) -> GalleyError {
    GalleyError(
      .badData, "can't read the bundle", at: path, why: why, remedy: "Get the bundle again; it was damaged or changed.")
  }
}

/// A part of the archive in memory, so that the headers of small objects don't take a call each.
private final class Window {
  let bytes: ArchiveBytes
  let byteCount: Int
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 4096)
  private var held = 0..<0

  init(_ bytes: ArchiveBytes, _ byteCount: Int) {
    self.bytes = bytes
    self.byteCount = byteCount
  }

  deinit { buffer.deallocate() }

  /// The block at a place.
  func block(at place: Int) throws(GalleyError) -> UnsafeRawBufferPointer {
    try bytes(at: place, ArchiveHeader.blockSize)
  }

  /// A few bytes at a place; valid until the next call.
  func bytes(at place: Int, _ count: Int) throws(GalleyError) -> UnsafeRawBufferPointer {
    if place < held.lowerBound || place + count > held.upperBound {
      let length = max(count, min(buffer.count, byteCount - place))
      try bytes.read(UnsafeMutableRawBufferPointer(rebasing: buffer[..<length]), at: place)
      held = place..<place + length
    }
    let start = place - held.lowerBound
    return UnsafeRawBufferPointer(rebasing: buffer[start..<start + count])
  }
}
