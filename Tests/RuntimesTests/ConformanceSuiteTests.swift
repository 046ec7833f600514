// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Galley
import RuntimeConformance
import Tensors
import Testing

@Suite(
  "The conformance suite finds", .enabled(if: isONNXRuntimeHere, Comment(rawValue: whyNot)))
struct ConformanceSuiteTests {
  @Test(
    arguments: zip(
      FaultyRuntime.Fault.allCases,
      [
        ConformanceCase.takesSeveralInputs, .passesElementTypesThrough, .refusesWrongShapes, .doesNotGrowWhileRunning,
        .stopsTheRunUnderWay, .stopsTheRunUnderWay, .profiles, .refusesOtherFormats, .refusesCorruptFiles, .takesTexts,
      ]))
  func `a runtime that`(fault: FaultyRuntime.Fault, conformance: ConformanceCase) {
    let subject = ConformanceSubject(claims: .init(elementTypes: [.float32]), runs: 1000) { try FaultyRuntime(fault) }
    #expect(throws: (any Error).self) { try conformance.check(subject) }
  }

  @Test(arguments: [
    ConformanceCase.takesTexts, .takesSequences, .takesOptionals, .takesMaps, .takesScalars, .givesDataDependentShapes,
    .readsExternalWeights, .profiles,
  ])
  func `a runtime that can more than it claims`(conformance: ConformanceCase) {
    let claims = ConformanceClaims(
      elementTypes: [.float32], dataDependentShapes: false, scalars: false, texts: false, sequences: false,
      optionals: false, maps: false, profile: false, externalWeights: false)
    let subject = ConformanceSubject(claims: claims) { try FaultyRuntime(.leaks) }
    #expect(throws: ConformanceFailure.self) { try conformance.check(subject) }
  }
}
