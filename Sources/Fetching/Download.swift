// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley

/// Writes what a server sends behind the bytes that are kept already.
final class Download: AnswerReceiver {
  private let wanted: Wanted
  private let file: PartialFile
  private let address: WebAddress
  private let unpacks: Bool
  private let report: @Sendable (FetchProgress) -> Void
  private let clock = ContinuousClock()
  private var lastReport: ContinuousClock.Instant?

  /// Bytes that were asked to be left out.
  private let offset: Int
  /// Bytes that the server left out; `nil` until it answers.
  private(set) var continuedFrom: Int?
  /// Size of the whole file, if known.
  private(set) var total: Int?
  /// How the server compressed the body, although it was asked not to.
  private(set) var encoding: String?

  init(
    _ wanted: Wanted, to file: PartialFile, from address: WebAddress, at offset: Int, unpacks: Bool,
    report: @escaping @Sendable (FetchProgress) -> Void
  ) {
    (self.wanted, self.file, self.address, self.offset, self.unpacks) = (wanted, file, address, offset, unpacks)
    self.report = report
  }

  func begin(_ head: ResponseHead) -> FetchFault? {
    encoding = head.contentEncoding
    let isUnpacked = unpacks && encoding != nil
    total = wanted.requirement.byteCount
    var start = 0
    if head.status == 206 {
      guard offset > 0, let range = head.contentRange, range.first == offset else {
        return .mustRestart("it sends another part than it was asked for")
      }
      start = offset
      total = range.total ?? total
    } else if !isUnpacked {
      total = head.contentLength ?? total
    }
    if let total, let fault = wanted.fault(ofSize: total) {
      // A whole that doesn't fit what was kept says nothing of the whole that a new request gives.
      return start > 0 ? .mustRestart(fault.words) : fault
    }
    if let missing = total.map({ $0 - start }), let free = file.freeSpace, missing > free {
      return .local(noSpace(missing, free))
    }
    let state = PartialFile.State(
      origin: address.shown, originDigest: Digest(of: address.text), validator: head.validator, total: total)
    do throws(FileError) {
      try file.begin(at: start, state)
    } catch {
      return .local(GalleyError(writing: error, "can't keep what is fetched"))
    }
    continuedFrom = start
    tell()
    return nil
  }

  func receive(_ bytes: UnsafeRawBufferPointer) -> FetchFault? {
    guard bytes.count <= wanted.maximumBytes - file.length else {
      return wanted.requirement.byteCount.map { .wrongBytes("it sends more than the \($0) bytes that are needed") }
        ?? .refused("it sends more than the limit of \(wanted.maximumBytes) bytes")
    }
    do throws(FileError) {
      try file.append(bytes)
    } catch {
      return .local(GalleyError(writing: error, "can't keep what is fetched"))
    }
    if lastReport.map({ clock.now - $0 > .milliseconds(100) }) ?? true { tell() }
    return nil
  }

  /// Reports how far the file is.
  func tell() {
    lastReport = clock.now
    report(FetchProgress(received: file.length, total: total))
  }

  private func noSpace(_ missing: Int, _ free: Int) -> GalleyError {
    GalleyError(
      .cantCreate, "can't keep what is fetched", at: file.path,
      why: "\(missing) bytes are still to come, and the disk has room for \(free)",
      remedy: "Free space on this disk, or choose another place with --pantry.")
  }
}
