// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CTorchShim
internal import Foundation
public import Tensors

/// The generators that initialisation, dropout and the like draw from. LibTorch has one for each device, and all threads
/// share it.
extension TorchLibrary {
  /// Seeds the generators, as `torch.manual_seed` does. Other threads draw from them too: use ``withSeed(_:_:)`` for
  /// results that can be repeated.
  public func manualSeed(_ seed: UInt64) throws(TorchError) {
    try drawing { () throws(TorchError) in try check(api.manual_seed(seed), "seeding the generator") }
  }

  /// The state of a device's generator, to go on from later with ``setGeneratorState(_:of:)``: uint8.
  public func generatorState(of device: TorchDevice = .cpu) throws(TorchError) -> Tensor {
    try make("reading the generator's state") { api.generator_state(device.torch, $0) }.toTensor()
  }

  /// Lets a device's generator go on from a state that ``generatorState(of:)`` gave: the numbers that follow are the
  /// same, bit for bit.
  /// - Throws: `TorchError` if the state is of another kind of generator.
  public func setGeneratorState(_ state: Tensor, of device: TorchDevice = .cpu) throws(TorchError) {
    let state = try TorchTensor(state, in: self)
    try drawing { () throws(TorchError) in
      try check(api.set_generator_state(device.torch, state.handle), "setting the generator's state")
    }
  }

  /// Runs `body` with the generators freshly seeded and used by nobody else, so that what it draws depends on the seed
  /// alone.
  ///
  /// Other threads that draw wait until `body` returns.
  /// - Throws: `TorchError` if LibTorch refuses, and what `body` throws.
  public func withSeed<Result>(_ seed: UInt64, _ body: () throws -> Result) throws -> Result {
    Self.generatorUse.lock()
    defer { Self.generatorUse.unlock() }
    try manualSeed(seed)
    return try body()
  }

  /// Runs `body`, which draws, when nobody else uses the generators.
  func drawing<Result>(_ body: () throws(TorchError) -> Result) throws(TorchError) -> Result {
    Self.generatorUse.lock()
    defer { Self.generatorUse.unlock() }
    return try body()
  }

  // One for the process, as the generators are: a program may hold the library twice. Whoever has it may draw.
  private static let generatorUse = NSRecursiveLock()
}
