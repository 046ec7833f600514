// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Testing
import Torch

@Suite(.enabled(if: Reference.isAvailable, Reference.absence))
struct MemoryTests {
  /// In a process of its own, where no other test allocates memory.
  @Test func thousandsOfStepsLeaveMemoryAsItWas() async {
    await #expect(processExitsWith: .success) {
      let subject = try TrainingSubject()
      for _ in 0..<500 { try subject.step() }
      let (tensors, memory) = (try subject.library.liveTensorCount, try residentMemory())
      for _ in 0..<10_000 { try subject.step() }
      #expect(try subject.library.liveTensorCount == tensors)
      // A leak of one activation (2 kB) for each step would be 20 MB.
      #expect(try residentMemory() - memory < 4_000_000)
    }
  }

  @Test func failedOperationsLeaveNothing() async {
    await #expect(processExitsWith: .success) {
      let subject = try TrainingSubject()
      let tensors = try subject.library.liveTensorCount
      for _ in 0..<200 {
        _ = try? subject.inputs.matrixProduct(subject.inputs)
        _ = try? subject.inputs.reshaped([7])
      }
      #expect(try subject.library.liveTensorCount == tensors)
    }
  }
}

/// A small network with normalisation, and an optimizer that remembers.
private final class TrainingSubject {
  let library: TorchLibrary
  let inputs, targets: TorchTensor
  private let network: ReferenceNetwork
  private let optimizer: AdamW

  init() throws {
    library = try Reference.library
    let state = ModuleState(library: library)
    network = try ReferenceNetwork(in: state.root)
    optimizer = try AdamW([ParameterGroup(state.parameters, weightDecay: 0.01)], learningRate: 0.001)
    inputs = try TorchTensor.full(0.5, shape: [4, 2, 11, 9], in: library)
    try inputs.fillNormally(mean: 0, standardDeviation: 1)
    targets = try TorchTensor([0, 1, 2, 3] as [Int64], shape: [4], in: library)
  }

  func step() throws {
    try optimizer.clearGradients()
    try network(inputs, .training).crossEntropy(targets: targets).backward()
    try optimizer.step()
  }
}

/// Bytes of this process that lie in memory.
private func residentMemory() throws -> Int {
  let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
  let pages = try #require(text.split(separator: " ").dropFirst().first.flatMap { Int($0) })
  return pages * 4096
}
