// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import ONNX
import Testing

@Suite(.enabled(if: Peer.isPresent, "\(Peer.absence)")) struct QuantizationPeerTests {
  private struct Judgement: Decodable {
    let float: Int
    let quantized: Int
    let peer: Int
    let error: Double
    let peerError: Double
    let operators: [String: Int]
  }

  /// Operators that are left when ONNX Runtime has chosen its integer kernels: the quantization of the input, layout,
  /// and kernels that work on integers.
  private static let integerOperators: Set = [
    "QuantizeLinear", "Transpose", "QLinearConv", "NhwcMaxPool", "QLinearGlobalAveragePool", "QLinearAveragePool",
    "QLinearAdd", "QLinearConcat", "Flatten", "Reshape", "QGemm",
  ]

  /// Quantizes fixtures with ranges that ONNX Runtime observed, and has the results judged.
  private func judgements(_ names: [String], _ options: StaticQuantization.Options = .init()) throws -> [Judgement] {
    let folder = try TemporaryFolder()
    var plans: [QuantizationPlan] = []
    for name in names {
      let plan = try StaticQuantization.plan(for: try Samples.fixture(name), options: options)
      try plan.observing().write(to: folder.file("\(name)-observing.onnx"))
      plans.append(plan)
    }
    let observed = try Peer.run(
      "observe.py", names.map { folder.file("\($0)-observing.onnx").path }, as: [[String: [Float]]].self)
    var arguments = [folder.url.path]
    for (name, (plan, found)) in zip(names, zip(plans, observed)) {
      let ranges = found.mapValues { ActivationRange(minimum: $0[0], maximum: $0[1]) }
      let quantized = folder.file("\(name)-int8.onnx")
      try plan.quantized(ranges: ranges).write(to: quantized)
      arguments += [Peer.folder.appending(path: "Fixtures/\(name).onnx").path, quantized.path]
    }
    return try Peer.run("judge.py", arguments, as: [Judgement].self)
  }

  @Test func accuracyIsThatOfThePeerAndKernelsAreIntegers() throws {
    for (name, judgement) in zip(Samples.fixtures, try judgements(Samples.fixtures)) {
      #expect(judgement.quantized >= judgement.peer - 2, "\(name)")
      #expect(judgement.quantized >= judgement.float - 3, "\(name)")
      #expect(judgement.error <= max(judgement.peerError * 1.25, 0.08), "\(name)")
      let others = Set(judgement.operators.keys).subtracting(Self.integerOperators)
      #expect(others.isEmpty, "\(name): \(judgement.operators)")
      #expect(judgement.operators["QuantizeLinear"] == 1, "\(name)")
    }
  }

  @Test func signedActivationsAndQuantizedOutputsRunToo() throws {
    var options = StaticQuantization.Options()
    options.activationType = .int8
    options.quantizesOutputs = true
    let judgement = try #require(try judgements(["plain"], options).first)
    #expect(judgement.quantized >= judgement.peer - 2)
    #expect(judgement.operators["DequantizeLinear"] == 1)
  }
}
