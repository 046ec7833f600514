// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials

/// What takes a connection's bytes. All is called on the connection's thread.
protocol ConnectionSink: AnyObject {
  /// Bytes in order.
  func receive(_ bytes: Data)
  /// No more bytes are there for now.
  func receivedAll()
  /// Something that was sent is written, which took so long.
  func written(after time: Duration)
  /// The connection has ended.
  func ended()
}
