// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Galley
import RuntimeConformance
import Runtimes
import Tensors
import Testing

@Suite("OpenVINO keeps the contract", .enabled(if: isOpenVINOHere, Comment(rawValue: whyNoOpenVINO)))
struct OpenVINOConformanceTests {
  /// All that the plugin for the processor carries unchanged; 64-bit integers only as far as they fit 32 bits.
  static let elementTypes: Set<ElementType> = [
    .bool, .uint8, .uint16, .uint32, .int8, .int16, .int32, .float16, .bfloat16, .float32, .float64,
    .float8e4m3fn, .float8e5m2, .int4, .uint4,
  ]

  @Test(arguments: ConformanceCase.allCases)
  func `it`(conformance: ConformanceCase) throws {
    let environment = ProcessInfo.processInfo.environment
    let runs = environment["GALLEY_CONFORMANCE_RUNS"].flatMap { Int($0) } ?? 20_000
    let claims = ConformanceClaims(
      elementTypes: Self.elementTypes, texts: false, sequences: false, optionals: false, maps: false)
    let subject = ConformanceSubject(claims: claims, runs: runs) { try OpenVINORuntime(.init()) }
    // Other tests compile models meanwhile, whose memory moves by megabytes; a leak shows every time.
    let looksAtMemory = [.doesNotGrowWhileRunning, .doesNotGrowWhileOpening].contains(conformance)
    for _ in 0..<(looksAtMemory ? 3 : 0) where (try? conformance.check(subject)) != nil { return }
    try conformance.check(subject)
  }
}
