// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Galley
import RuntimeConformance
import Runtimes
import Tensors
import Testing

@Suite("ONNX Runtime keeps the contract", .enabled(if: isONNXRuntimeHere, Comment(rawValue: whyNot)))
struct ONNXRuntimeConformanceTests {
  /// All that Galley has but complex numbers, which ONNX Runtime's operators don't take.
  static let elementTypes = Set(ElementType.allCases).subtracting([.complex64, .complex128])

  @Test(arguments: ConformanceCase.allCases)
  func `it`(conformance: ConformanceCase) throws {
    let environment = ProcessInfo.processInfo.environment
    let runs = environment["GALLEY_CONFORMANCE_RUNS"].flatMap { Int($0) } ?? 20_000
    try conformance.check(
      ConformanceSubject(claims: ConformanceClaims(elementTypes: Self.elementTypes), runs: runs) {
        try ONNXRuntime(.init())
      })
  }
}
