// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Synchronization
import Tensors
import Testing
import Torch

@Suite struct DeviceNameTests {
  @Test(arguments: [("cpu", "cpu"), ("cuda", "cuda:0"), ("cuda:3", "cuda:3")])
  func namesAreReadAndWritten(name: String, canonical: String) throws {
    let device = try #require(TorchDevice(name))
    #expect(device.description == canonical)
    let coded = try JSONDecoder().decode(TorchDevice.self, from: JSONEncoder().encode(device))
    #expect(coded == device)
  }

  @Test(arguments: ["", "gpu", "cpu:1", "cuda:", "cuda:-1", "cuda:x", "cuda:1:2", "cuda:1000"])
  func otherNamesAreRefused(name: String) {
    #expect(TorchDevice(name) == nil)
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(TorchDevice.self, from: Data("\"\(name)\"".utf8)) }
  }
}

@Suite(.enabled(if: Reference.isAvailable, Reference.absence))
struct DeviceTests {
  @Test func theProcessorIsThereAndMovingToItCopiesNothing() throws {
    let library = try Reference.library
    #expect(try library.isAvailable(.cpu))
    #expect(try library.deviceCount(.cpu) == 1)
    #expect(try library.memory(of: .cpu) == nil)
    let tensor = try TorchTensor.full(1, shape: [2], on: .cpu, in: library)
    try tensor.moved(to: .cpu).fill(5)
    #expect(try tensor.values(as: Float.self) == [5, 5])
    #expect(try tensor.device == .cpu)
  }

  @Test func aDeviceThatIsNotThereIsRefused() throws {
    let library = try Reference.library
    let missing = TorchDevice.cuda(try library.deviceCount(.cuda))
    #expect(try !library.isAvailable(missing))
    #expect(throws: TorchError.self) { try TorchTensor.full(1, shape: [2], on: missing, in: library) }
    let state = ModuleState(library: library)
    _ = try Linear(2, 2, in: state.root)
    #expect(throws: TorchError.self) { try state.move(to: missing) }
  }

  @Test func theOrderOfMemoryChangesAndTheValuesStay() throws {
    let (network, state, fixture) = try ReferenceNetwork.loaded("before")
    let before = try state.safetensors()
    try state.arrange(.channelsLast)
    let kernel = try #require(state["features.3.weight"]).tensor
    #expect(try kernel.isArranged(.channelsLast) && !kernel.isArranged(.contiguous))
    #expect(try kernel.requiresGradient)
    #expect(try state.safetensors() == before)
    let inputs = try fixture.torch("inputs").arranged(.channelsLast)
    let logits = try network(inputs, .training)
    try expectClose(logits, fixture.tensor("training.logits"), "logits")
    try logits.crossEntropy(targets: fixture.torch("targets")).backward()
    let optimizer = try AdamW([ParameterGroup(state.parameters)], learningRate: 0.01)
    try optimizer.step()
    let saved = try optimizer.state()
    try optimizer.load(saved)
    #expect(try optimizer.state() == saved)
  }

  @Test func matricesHaveNoChannelsToArrange() throws {
    #expect(throws: TorchError.self) {
      try TorchTensor.full(1, shape: [2, 2], in: Reference.library).arranged(.channelsLast)
    }
  }

  @Test func borrowedMemoryIsSharedAndGivenBackOnce() throws {
    let library = try Reference.library
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 12, alignment: 16)
    bytes.storeBytes(of: 7, as: Float.self)
    let releases = Counter()
    do {
      let tensor = try TorchTensor.borrowing(bytes, .float32, shape: [3], in: library) { releases.increment() }
      let view = try tensor.sliced(0..<1)
      #expect(try view.item() == 7)
      bytes.storeBytes(of: 9, as: Float.self)
      #expect(try view.item() == 9)
      #expect(releases.count == 0)
    }
    #expect(releases.count == 1)
    #expect(throws: TorchError.self) {
      try TorchTensor.borrowing(bytes, .float32, shape: [4], in: library) { releases.increment() }
    }
    #expect(releases.count == 1)
    bytes.deallocate()
  }

  private final class Counter: Sendable {
    private let value = Mutex(0)
    var count: Int { value.withLock { $0 } }
    func increment() { value.withLock { $0 += 1 } }
  }
}

@Suite(.enabled(if: Reference.isAvailable, Reference.absence))
struct RunSettingTests {
  @Test func aRememberedGeneratorGoesOnBitForBit() throws {
    let library = try Reference.library
    func draw() throws -> [Float] {
      let tensor = try TorchTensor.full(0, shape: [37], in: library)
      try tensor.fillNormally(mean: 0, standardDeviation: 1)
      return try tensor.values()
    }
    try library.withSeed(4) {
      _ = try draw()
      let state = try library.generatorState()
      let (first, second) = (try draw(), try draw())
      try library.setGeneratorState(state)
      #expect(try [draw(), draw()] == [first, second])
    }
    #expect(throws: TorchError.self) { try library.setGeneratorState(Tensor(zeros: .uint8, shape: [3])) }
  }

  @Test(arguments: [ElementType.bfloat16, .float16])
  func mixedPrecisionHoldsForTheBodyAlone(type: ElementType) throws {
    let library = try Reference.library
    let matrix = try TorchTensor.full(1, shape: [4, 4], in: library)
    let inside = try library.withAutocast(type) {
      #expect(try library.isAutocasting())
      return try matrix.matrixProduct(matrix).elementType
    }
    #expect(inside == type)
    #expect(try matrix.matrixProduct(matrix).elementType == .float32)
    struct Interruption: Error {}
    #expect(throws: Interruption.self) { try library.withAutocast(type) { throw Interruption() } }
    #expect(try !library.isAutocasting())
    #expect(throws: TorchError.self) { try library.withAutocast(.float32) {} }
  }

  @Test func mixedPrecisionTrainsParametersOfFullPrecision() throws {
    let (network, state, fixture) = try ReferenceNetwork.loaded("before")
    let loss = try state.library.withAutocast(.bfloat16) {
      try network(fixture.torch("inputs"), .training).crossEntropy(targets: fixture.torch("targets"))
    }
    #expect(try loss.elementType == .float32)
    try loss.backward()
    for parameter in state.parameters { #expect(try parameter.tensor.gradient?.elementType == .float32) }
  }

  /// In a process of its own, since the setting is the process's.
  @Test func determinismIsKept() async {
    await #expect(processExitsWith: .success) {
      let library = try Reference.library
      for mode in Determinism.allCases {
        try library.setDeterministic(mode)
        #expect(try library.determinism == mode)
      }
    }
  }

  @Test func stochasticDepthDropsWholeItems() throws {
    let library = try Reference.library
    let ones = try TorchTensor.full(1, shape: [1000, 2, 3], in: library)
    let layer = try StochasticDepth(0.2)
    #expect(try layer(ones, .evaluation).values(as: Float.self).allSatisfy { $0 == 1 })
    let thinned = try library.withSeed(1) { try layer(ones, .training).values(as: Float.self) }
    let items = stride(from: 0, to: thinned.count, by: 6).map { Array(thinned[$0..<$0 + 6]) }
    #expect(items.allSatisfy { Set($0).count == 1 && ($0[0] == 0 || abs($0[0] - 1.25) < 1e-6) })
    #expect((150...250).contains(items.count { $0[0] == 0 }))
    #expect(throws: TorchError.self) { try StochasticDepth(-0.1) }
  }
}
