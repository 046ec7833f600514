// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import Tensors

/// One test of the suite: a model with inputs and the outputs expected of them.
struct SuiteCase {
  /// The folder of the suite that it stands in: `node`, `simple`, `real` …
  let kind: String
  let name: String
  private let model: URL
  /// The folders of inputs and outputs; none for a model of the `light` folder, whose inputs are drawn.
  private let sets: [URL]
  private let comparison: SuiteComparison

  /// All tests of a data folder, in the order of their names.
  static func all(in data: URL) throws -> [SuiteCase] {
    var cases: [SuiteCase] = []
    for kind in ["node", "pytorch-converted", "pytorch-operator", "real", "simple"] {
      for folder in try contents(of: data.appending(path: kind)) {
        if let test = try SuiteCase(kind, folder, data) { cases.append(test) }
      }
    }
    return cases
  }

  private struct Settings: Decodable {
    var rtol: Double?
    var atol: Double?
    var url: String?
  }

  private init?(_ kind: String, _ folder: URL, _ data: URL) throws {
    self.kind = kind
    name = folder.lastPathComponent
    let file = folder.appending(path: "data.json")
    let settings = try (try? Data(contentsOf: file)).map { try JSONDecoder().decode(Settings.self, from: $0) }
    comparison = SuiteComparison(relative: settings?.rtol ?? 1e-3, absolute: settings?.atol ?? 1e-7)
    if let url = settings?.url {
      // The path begins in the package, as DATA ends: onnx/backend/test/data/light/….
      let lightName = url.split(separator: "/").last.map(String.init) ?? ""
      model = data.appending(path: "light/\(lightName)")
      sets = []
    } else {
      model = folder.appending(path: "model.onnx")
      sets = try Self.contents(of: folder).filter { $0.lastPathComponent.hasPrefix("test_data_set") }
    }
    guard FileManager.default.fileExists(atPath: model.path) else { return nil }
  }

  private static func contents(of folder: URL) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .sorted { $0.lastPathComponent < $1.lastPathComponent }
  }

  /// Runs the test.
  func outcome(of runtime: any Runtime) -> SuiteOutcome {
    do {
      let compiled = try runtime.compile(ModelFile(at: model.path, format: .onnx))
      var bytes: [UInt8] = []
      if sets.isEmpty { try bytes += check(compiled, [drawnInput(compiled)], expected: drawnOutput()) }
      for set in sets {
        let inputs = try values(in: set, "input", compiled.inputs)
        bytes += try check(compiled, inputs, expected: try values(in: set, "output", compiled.outputs))
      }
      return SuiteOutcome(self, .passed, "", digest: Digest(of: Data(bytes)).hex)
    } catch let error as SuiteDifference {
      return SuiteOutcome(self, .failed, error.description)
    } catch let error as GalleyError {
      return SuiteOutcome(self, .refused, "\(error.what): \(error.why)")
    } catch {
      return SuiteOutcome(self, .refused, "\(error)")
    }
  }

  /// - Returns: the bytes of the outputs.
  private func check(
    _ model: any CompiledModel, _ inputs: [ModelValue], expected: [ModelValue]
  ) throws -> [UInt8] {
    let outputs = try model.run(inputs)
    guard outputs.count == expected.count else {
      throw SuiteDifference("\(outputs.count) outputs, not \(expected.count)")
    }
    for (index, pair) in zip(outputs, expected).enumerated() {
      try comparison.check(pair.0, pair.1, "output \(index)")
    }
    return outputs.flatMap { SuiteValue.bytes($0) }
  }

  private func values(in set: URL, _ side: String, _ specs: [ValueSpec]) throws -> [ModelValue] {
    try specs.enumerated().compactMap { index, spec in
      let file = set.appending(path: "\(side)_\(index).pb")
      guard FileManager.default.fileExists(atPath: file.path) else { return nil }
      return try SuiteValue.read(Data(contentsOf: file), as: spec.kind)
    }
  }

  /// The input of a light model: 0, 1/n, … (n - 1)/n over its only input, open dimensions 1.
  private func drawnInput(_ model: any CompiledModel) throws -> ModelValue {
    guard let input = model.inputs.first?.tensor, input.elementType == .float32 else {
      throw SuiteDifference("the model has no float32 input to draw")
    }
    let shape = input.shape.map { $0 ?? 1 }
    let count = shape.reduce(1, *)
    return .tensor(try Tensor((0..<count).map { Float(Double($0) / Double(count)) }, shape: shape))
  }

  private func drawnOutput() throws -> [ModelValue] {
    let file = model.deletingPathExtension().path + "_output_0.pb"
    return [try SuiteValue.read(Data(contentsOf: URL(filePath: file)), as: .tensor(.float32, shape: nil))]
  }
}
