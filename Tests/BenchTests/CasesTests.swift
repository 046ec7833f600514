// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Bench
import Files
import Galley
import Runtimes
import Tensors
import Testing

private func model(
  _ name: String = "m", _ format: ModelFormat = .onnx, shape: [Int?] = [nil, 4], precision: String = "float32",
  names: [String] = []
) -> BenchModel {
  BenchModel(
    name: name, file: ModelFile(path: "\(name).model", format: format, digest: Digest(of: "x"), byteCount: 1),
    inputs: [ValueSpec(TensorSpec(name: "x", elementType: .float32, shape: shape))], dimensionNames: [names],
    precision: precision)
}

private func request(
  _ models: [BenchModel], batches: [Int] = [1], precisions: [Precision] = Precision.allCases
) -> BenchRequest {
  BenchRequest(
    models: models, runtimes: [RuntimeOffer(ONNXRuntime.self), RuntimeOffer(LiteRTRuntime.self)],
    precisions: precisions, batches: batches)
}

@Suite struct BenchCasesTests {
  @Test func everyCombinationIsEitherPossibleOrRefusedWithItsReason() {
    let cases = BenchCases(request([model()], batches: [1, 4])) { $0 == .int8 }
    #expect(cases.possible.count + cases.refused.count == 2 * 3 * 2)
    #expect(Set(cases.possible.map(\.precision)) == [.original, .int8])
    #expect(cases.possible.allSatisfy { $0.runtime == "onnxruntime" })
    #expect(cases.refused.contains { $0.1.contains("nothing here converts to fp16") })
    #expect(cases.refused.contains { $0.1.contains("executes tflite files, and this is onnx") })
  }

  @Test func aFixedFirstDimensionRefusesOtherBatches() {
    let cases = BenchCases(request([model(shape: [1, 4])], batches: [1, 4], precisions: [.original])) { _ in true }
    #expect(cases.possible.map(\.batch) == [1])
    #expect(cases.refused.contains { $0.1.contains("fixed to 1") })
  }

  @Test func whatIsQuantizedAlreadyIsNotConverted() {
    let cases = BenchCases(request([model(precision: "int8")])) { _ in true }
    #expect(cases.possible.map(\.precision) == [.original])
    #expect(cases.refused.contains { $0.1.contains("the file is int8 already") })
  }
}

@Suite struct DrawnSamplesTests {
  @Test func theSameSeedDrawsTheSame() throws {
    let one = try DrawnSamples(for: model(shape: [1, 3]), dimensions: [:], count: 2, seed: 7)
    #expect(try DrawnSamples(for: model(shape: [1, 3]), dimensions: [:], count: 2, seed: 7).file == one.file)
    #expect(try DrawnSamples(for: model(shape: [1, 3]), dimensions: [:], count: 2, seed: 8).file != one.file)
    #expect(one.file.inputs[0].values.shape == [2, 1, 3])
  }

  @Test func openDimensionsAreChosenAndSaid() throws {
    let drawn = try DrawnSamples(for: model(shape: [nil, 3, nil, nil]), dimensions: [:], count: 1, seed: 0)
    #expect(drawn.file.inputs[0].values.shape == [1, 1, 3, 224, 224])
    #expect(drawn.notes.contains { $0.contains("Dimension 2 of input 'x' is open; 224 was chosen") })
    let last = try DrawnSamples(for: model(shape: [nil, nil, nil, 3]), dimensions: [:], count: 1, seed: 0)
    #expect(last.file.inputs[0].values.shape == [1, 1, 224, 224, 3])
  }

  @Test func givenDimensionsAreTakenByNameAndByPlace() throws {
    let drawn = try DrawnSamples(
      for: model(shape: [nil, nil], names: ["batch", "length"]), dimensions: ["length": 5, "x:0": 2], count: 1, seed: 0)
    #expect(drawn.file.inputs[0].values.shape == [1, 2, 5])
    let error = #expect(throws: GalleyError.self) {
      try DrawnSamples(for: model(shape: [nil, 2]), dimensions: ["lenght": 5], count: 1, seed: 0)
    }
    #expect(error?.what.contains("'lenght'") == true)
  }

  @Test func textCannotBeDrawn() {
    var strings = model()
    strings.inputs = [ValueSpec(name: "t", kind: .strings(shape: [1]))]
    let error = #expect(throws: GalleyError.self) {
      try DrawnSamples(for: strings, dimensions: [:], count: 1, seed: 0)
    }
    #expect(error?.remedy?.contains("--data") == true)
  }

  @Test(arguments: ElementType.allCases.filter { ![.complex64, .complex128].contains($0) && $0.bitCount >= 8 })
  func everyUsualElementTypeIsDrawnOrRefused(_ type: ElementType) {
    var typed = model()
    typed.inputs = [ValueSpec(TensorSpec(name: "x", elementType: type, shape: [2, 3]))]
    let drawn = try? DrawnSamples(for: typed, dimensions: [:], count: 1, seed: 0)
    #expect(drawn == nil || drawn?.file.inputs[0].values.elementType == type)
  }
}
