// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

extension LiteRTRuntime {
  /// The addresses with which a session calls LiteRT, for a program that calls it itself, as a benchmark does. They are
  /// valid as long as the session lives.
  public struct Handles {
    /// The functions (`LiteRtApi`).
    public let api: UnsafeRawPointer
    /// The compiled model.
    public let compiled: UnsafeMutableRawPointer
    /// The number of the signature.
    public let signature: Int
    /// The inputs' buffers.
    public let inputs: UnsafeBufferPointer<OpaquePointer?>
    /// The outputs' buffers.
    public let outputs: UnsafeBufferPointer<OpaquePointer?>
  }

  /// The addresses with which `session` calls LiteRT.
  /// - Returns: `nil` if the session is another runtime's.
  public static func handles(of session: any InferenceSession) -> Handles? { (session as? LiteRTSession)?.handles }
}
