// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials

internal import Glibc

/// Cuts a stream of bytes into lines, however the bytes arrive, and never holds more than one message's limit.
public struct LineSplitter: Sendable {
  /// A piece of the stream.
  public enum Piece: Sendable, Hashable {
    /// A line without its line feed (and without a carriage return before it); never empty.
    case line(Data)
    /// A line was longer than the limit; its bytes were dropped.
    case tooLong
  }

  /// Longest line in bytes, without its line feed.
  public let limit: Int
  private var rest = Data()
  private var isSkipping = false

  /// Creates a splitter; by default a line may have 64 MiB.
  public init(limit: Int = 64 << 20) { self.limit = limit }

  /// Bytes of a line that has not ended yet.
  public var unfinished: Data { rest }

  /// Takes the next bytes of the stream and gives back what they complete, in order.
  public mutating func append(_ bytes: UnsafeRawBufferPointer) -> [Piece] {
    var pieces: [Piece] = []
    var rest = bytes
    while let start = rest.baseAddress, !rest.isEmpty {
      guard let end = memchr(start, CInt(UInt8(ascii: "\n")), rest.count) else {
        take(rest, into: &pieces)
        break
      }
      let length = start.distance(to: UnsafeRawPointer(end))
      take(UnsafeRawBufferPointer(rebasing: rest[..<length]), into: &pieces)
      finishLine(into: &pieces)
      rest = UnsafeRawBufferPointer(rebasing: rest[(length + 1)...])
    }
    return pieces
  }

  private mutating func take(_ bytes: UnsafeRawBufferPointer, into pieces: inout [Piece]) {
    guard !isSkipping else { return }
    guard rest.count + bytes.count <= limit else {
      isSkipping = true
      rest = Data()
      pieces.append(.tooLong)
      return
    }
    guard let start = bytes.baseAddress else { return }
    rest.append(start.assumingMemoryBound(to: UInt8.self), count: bytes.count)
  }

  private mutating func finishLine(into pieces: inout [Piece]) {
    defer { isSkipping = false }
    guard !isSkipping else { return }
    if rest.last == UInt8(ascii: "\r") { rest.removeLast() }
    if !rest.isEmpty { pieces.append(.line(rest)) }
    rest = Data()
  }
}
