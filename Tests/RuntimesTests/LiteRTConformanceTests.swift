// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Galley
import RuntimeConformance
import Runtimes
import Tensors
import Testing

@Suite("LiteRT keeps the contract", .enabled(if: isLiteRTHere, Comment(rawValue: whyNoLiteRT)))
struct LiteRTConformanceTests {
  /// All that a .tflite file can hold but complex128, which LiteRT refuses; the format has no place for the two layouts
  /// of eight-bit floats without a negative zero.
  static let elementTypes = Set(ElementType.allCases).subtracting([.complex128, .float8e4m3fnuz, .float8e5m2fnuz])

  /// LiteRT fills open dimensions with extents of at least 1, gives no outputs that an operator sizes while it runs, and
  /// has no values but tensors. Texts go through `run(_:)`, yet no empty list of them does: LiteRTValueTests has them.
  static let claims = ConformanceClaims(
    elementTypes: elementTypes, dataDependentShapes: false, zeroSize: false, texts: false, sequences: false,
    optionals: false, maps: false, externalWeights: false)

  @Test(arguments: ConformanceCase.allCases, [LiteRTRuntime.Kernels.xnnpack, .builtin])
  func `it`(conformance: ConformanceCase, kernels: LiteRTRuntime.Kernels) throws {
    let environment = ProcessInfo.processInfo.environment
    let runs = environment["GALLEY_CONFORMANCE_RUNS"].flatMap { Int($0) } ?? 20_000
    try conformance.check(
      ConformanceSubject(claims: Self.claims, runs: runs, model: { try Self.file($0) }) {
        try LiteRTRuntime(.init(kernels: kernels))
      })
  }

  private static func file(_ model: ConformanceModel) throws -> ModelFile? {
    switch model {
    case .identity(let elementType): try? Fixture.liteRT("identity-\(elementType.rawValue)")
    case .affine: try Fixture.liteRT("affine")
    case .pair: try Fixture.liteRT("pair")
    case .scalar: try Fixture.liteRT("scalar")
    case .nonzero: try Fixture.liteRT("nonzero")
    case .long: try Fixture.liteRT("long")
    case .texts, .sequence, .optional, .map, .external: nil
    }
  }
}
