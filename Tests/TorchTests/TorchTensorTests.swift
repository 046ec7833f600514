// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors
import Testing
import Torch

@Suite(.enabled(if: Reference.isAvailable, Reference.absence))
struct TorchTensorTests {
  @Test(arguments: [
    ElementType.bool, .uint8, .int8, .int16, .int32, .int64, .float16, .bfloat16, .float32, .float64,
  ])
  func bytesComeBackAsTheyWent(type: ElementType) throws {
    // Ones and zeros are valid in every element type.
    let bytes = [UInt8](repeating: 0, count: 6 * type.byteCount - 1) + [type == .bool ? 1 : 0]
    let tensor = try Tensor(elementType: type, shape: [2, 3], bytes: bytes)
    let torch = try TorchTensor(tensor, in: Reference.library)
    #expect(try torch.toTensor() == tensor)
    #expect(try torch.elementType == type)
    #expect(try torch.shape == [2, 3])
  }

  @Test(arguments: [ElementType.uint16, .uint32, .uint64])
  func elementTypesThatLibTorchLacksAreRefused(type: ElementType) throws {
    let tensor = try Tensor(zeros: type, shape: [1])
    let error = #expect(throws: TorchError.self) { try TorchTensor(tensor, in: Reference.library) }
    #expect(error?.code == .invalidArgument)
  }

  @Test(arguments: [[], [0], [2, 0, 3], [1]])
  func scalarsAndEmptyTensorsWork(shape: [Int]) throws {
    let tensor = try Tensor(zeros: .float32, shape: shape)
    #expect(try TorchTensor(tensor, in: Reference.library).toTensor() == tensor)
  }

  @Test func viewsAreCopiedInTheirOwnOrder() throws {
    let matrix = try TorchTensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3], in: Reference.library)
    #expect(try matrix.permuted([1, 0]).values(as: Float.self) == [1, 4, 2, 5, 3, 6])
  }

  @Test func gradientsAccumulateUntilCleared() throws {
    let leaf = try TorchTensor([3] as [Float], shape: [1], in: Reference.library)
    try leaf.setRequiresGradient(true)
    #expect(try leaf.gradient == nil)
    for _ in 0..<2 { try (leaf * leaf).sum().backward() }
    #expect(try leaf.gradient?.item() == 12)
    try leaf.clearGradient()
    #expect(try leaf.gradient == nil)
  }

  @Test func nothingIsRecordedWithoutGradients() throws {
    let library = try Reference.library
    let leaf = try TorchTensor([3] as [Float], shape: [1], in: library)
    try leaf.setRequiresGradient(true)
    let (inside, nested) = try library.withoutGradients {
      (try (leaf * 2).requiresGradient, try library.withoutGradients { try library.recordsGradients })
    }
    #expect(inside == false)
    #expect(nested == false)
    #expect(try (leaf * 2).requiresGradient)
    #expect(try (leaf * 2).detached().requiresGradient == false)
  }

  @Test func recordingGoesOnAfterAnErrorInside() throws {
    let library = try Reference.library
    struct Interruption: Error {}
    #expect(throws: Interruption.self) { try library.withoutGradients { throw Interruption() } }
    #expect(try library.recordsGradients)
  }

  @Test func countersOfWholeNumbersCanBeChangedInPlace() throws {
    let counter = try TorchTensor([41] as [Int64], shape: [], in: Reference.library)
    try counter.add(.full(1, shape: [], elementType: .int64, in: Reference.library))
    #expect(try counter.values(as: Int64.self) == [42])
  }

  @Test func impossibleShapesAreRefusedWithLibTorchsWords() throws {
    let library = try Reference.library
    let (left, right) = (
      try TorchTensor.full(1, shape: [2, 3], in: library), try TorchTensor.full(1, shape: [2, 3], in: library)
    )
    let error = #expect(throws: TorchError.self) { try left.matrixProduct(right) }
    #expect(error?.code == .operationFailed)
    #expect(error?.reason.contains("2x3") == true)
    #expect(error?.description.contains("Exception raised from") == false)
  }

  @Test func memoryThatIsNotThereIsSaid() throws {
    let error = #expect(throws: TorchError.self) {
      try TorchTensor.full(0, shape: [1 << 40, 1 << 10], in: Reference.library)
    }
    #expect(error?.code == .outOfMemory)
  }

  @Test func valuesOfAnotherTypeAreRefused() throws {
    let tensor = try TorchTensor.full(1, shape: [2], in: Reference.library)
    #expect(throws: TorchError.self) { try tensor.values(as: Int64.self) }
    #expect(throws: TorchError.self) { try tensor.item() }
    #expect(throws: TorchError.self) { try tensor.copy(from: .full(1, shape: [3], in: Reference.library)) }
  }

  @Test func versionAndThreadsAreReadable() throws {
    let library = try Reference.library
    #expect(library.version.hasPrefix("2."))
    #expect(try library.threadCount >= 1)
    #expect(throws: TorchError.self) { try library.setThreadCount(0) }
  }
}
