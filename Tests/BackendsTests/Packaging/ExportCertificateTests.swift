// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Backends
import Galley
import Tensors
import Testing

@Suite struct ExportCertificateTests {
  private func certificate(_ trained: [Float], _ exported: [Float], tolerance: Double = 1e-3) throws
    -> ExportCertificate
  {
    try ExportCertificate(
      trained: Tensor(trained, shape: [trained.count / 2, 2]),
      exported: Tensor(exported, shape: [exported.count / 2, 2]),
      tolerance: tolerance, subset: .validation)
  }

  @Test func recordsTheLargestAndTheMeanDifference() throws {
    let certificate = try certificate([1, 2, 3, 4], [1, 2, 3, 4.0005])
    #expect(abs(certificate.maximumDifference - 0.0005) < 1e-6)
    #expect(abs(certificate.meanDifference - 0.000125) < 1e-6)
    #expect(certificate.sampleCount == 2)
  }

  @Test(arguments: [
    ([Float(1), 2], [Float(1), 2.1]), ([1, 2], [1, .nan]), ([1, 2], [1, .infinity]), ([.nan, 2], [.nan, 2]),
    ([1, 2], [1, 2, 3, 4]), ([], []),
  ])
  func refusesAModelThatComputesSomethingElse(trained: [Float], exported: [Float]) {
    let error = #expect(throws: GalleyError.self) { try certificate(trained, exported) }
    #expect(error?.exitCode == .verdictNo)
    #expect(error?.place == "export")
  }

  @Test func largeScoresMayDifferByMoreAsRoundingDoes() throws {
    let certificate = try certificate([-40, 2, 3, 4], [-40, 2.03, 3, 4])
    #expect(certificate.refusal == nil && certificate.tolerance == 0.04)
    #expect(throws: GalleyError.self) { try self.certificate([-40, 2, 3, 4], [-40, 2.05, 3, 4]) }
  }

  @Test func refusesOtherElementTypes() throws {
    let floats = try Tensor([1, 2] as [Float], shape: [1, 2])
    let numbers = try Tensor([1, 2] as [Int32], shape: [1, 2])
    #expect(throws: (any Error).self) {
      try ExportCertificate(trained: floats, exported: numbers, tolerance: 1, subset: .test)
    }
  }
}
