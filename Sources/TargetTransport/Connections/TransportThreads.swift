// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import NIOPosix

/// The threads that move bytes, shared by all connections of the program.
enum TransportThreads {
  /// Two: one connection's work never waits for a long task of all others, and a device's processors are for models.
  static let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
}
