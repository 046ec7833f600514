// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes

/// What the calling thread does with denormal numbers, to be put back after calls into a library that changes it.
///
/// ONNX Runtime's `session.set_denormal_as_zero` changes the thread that makes the process's first session, for good, and
/// threads started later inherit it: text read there has lost its smallest numbers.
struct DenormalMode {
  private let bits: UInt64

  /// The mode that the thread is in.
  static var current: DenormalMode { .init(bits: galley_denormals()) }
  /// Denormal numbers are taken for zero.
  static let flushing = DenormalMode(bits: UInt64(GALLEY_DENORMAL_BITS))

  /// Puts the calling thread into this mode.
  func enter() { galley_set_denormals(bits) }
}
