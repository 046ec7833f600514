// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials

/// What stands in the payloads that are numbers and digests.
extension Blob {
  init(offer payload: Data) throws(ProtocolViolation) {
    var reader = WireReader(payload)
    self.init(digest: try reader.digest(), byteCount: try reader.uint64())
    try reader.finish()
    guard byteCount <= FrameLimits.blob else { throw ProtocolViolation("a blob of \(byteCount) bytes is offered") }
  }
}

struct WantPayload {
  var offset: UInt64
  var credit: UInt32

  init(_ payload: Data) throws(ProtocolViolation) {
    var reader = WireReader(payload)
    (offset, credit) = (try reader.uint64(), try reader.uint32())
    try reader.finish()
  }
}

struct FetchPayload {
  var digest: Digest
  var offset: UInt64
  var credit: UInt32

  init(_ payload: Data) throws(ProtocolViolation) {
    var reader = WireReader(payload)
    (digest, offset, credit) = (try reader.digest(), try reader.uint64(), try reader.uint32())
    try reader.finish()
  }
}

struct ProvePayload {
  var way: AuthenticationWay
  var proof: Digest

  init(_ payload: Data) throws(ProtocolViolation) {
    var reader = WireReader(payload)
    let number = try reader.byte()
    guard let way = AuthenticationWay(rawValue: number) else {
      throw ProtocolViolation("there is no way \(number) to prove who one is")
    }
    (self.way, proof) = (way, try reader.digest())
    try reader.finish()
  }
}

struct ClosePayload {
  var code: CloseCode
  var reason: String

  init(_ payload: Data) throws(ProtocolViolation) {
    var reader = WireReader(payload)
    let number = try reader.uint16()
    code = CloseCode(rawValue: number).flatMap { $0 == .cut ? nil : $0 } ?? .internalError
    guard let text = String(validating: reader.remaining, as: UTF8.self) else {
      throw ProtocolViolation("the reason at the end is not UTF-8")
    }
    reason = text
  }
}

extension Data {
  /// The one number that is the whole payload.
  func uint32() throws(ProtocolViolation) -> UInt32 {
    var reader = WireReader(self)
    let value = try reader.uint32()
    try reader.finish()
    return value
  }

  /// The one number that is the whole payload.
  func uint64() throws(ProtocolViolation) -> UInt64 {
    var reader = WireReader(self)
    let value = try reader.uint64()
    try reader.finish()
    return value
  }
}
