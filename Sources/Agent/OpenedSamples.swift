// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import TargetProtocol
internal import Tensors

/// Samples that go into a model as they are.
struct OpenedSamples {
  let file: SampleFile

  init(_ parameters: OpenSamplesParameters) throws(GalleyError) { file = try SampleFile(contentsOf: parameters.path) }

  /// The samples that belong to the inputs of `model`: by name, or by position where a runtime knows other names.
  func inputs(of model: any CompiledModel, at path: String) throws(GalleyError) -> [SampleFile.Input] {
    guard model.inputs.count == file.inputs.count else {
      throw GalleyError(
        .badData, "can't use the samples", at: path,
        why: "they are for \(file.inputs.count) inputs, and the model has \(model.inputs.count): "
          + model.inputs.map { "'\($0.name)'" }.joined(separator: ", "))
    }
    let byName = Dictionary(file.inputs.map { ($0.name, $0) }) { first, _ in first }
    let named = model.inputs.compactMap { byName[$0.name] }
    let chosen = named.count == model.inputs.count ? named : file.inputs
    for (spec, input) in zip(model.inputs, chosen) {
      guard let tensor = spec.tensor, tensor.elementType == input.values.elementType else {
        throw GalleyError(
          .badData, "can't use the samples", at: path,
          why: "input '\(spec.name)' is \(spec.kind.summary), and the samples are \(input.values.elementType)")
      }
    }
    return chosen
  }

  /// The shape of each input for `batch` samples side by side along the first dimension.
  func inputShapes(of model: any CompiledModel, at path: String, batch: Int) throws(GalleyError) -> [[Int]] {
    var shapes: [[Int]] = []
    for (spec, input) in zip(model.inputs, try inputs(of: model, at: path)) {
      var shape = Array(input.values.shape.dropFirst())
      if batch > 1 {
        guard let first = shape.first else { throw Self.notStackable(spec, path, batch) }
        shape[0] = first * batch
      }
      if let expected = spec.tensor?.shape,
        expected.count != shape.count || !zip(expected, shape).allSatisfy({ ($0 ?? $1) == $1 })
      {
        throw batch > 1
          ? Self.notStackable(spec, path, batch)
          : GalleyError(
            .badData, "can't use the samples", at: path,
            why: "input '\(spec.name)' is \(spec.kind.summary), and a sample has the shape \(shape)")
      }
      shapes.append(shape)
    }
    return shapes
  }

  private static func notStackable(_ spec: ValueSpec, _ path: String, _ batch: Int) -> GalleyError {
    GalleyError(
      .badData, "can't run batches of \(batch)", at: path,
      why: "input '\(spec.name)' is \(spec.kind.summary), whose first dimension can't hold that many samples")
  }
}

/// Copies samples into a session's inputs.
struct SampleFiller {
  private let inputs: [SampleFile.Input]
  /// Bytes of one sample of each input.
  private let strides: [Int]
  private let batch: Int

  init(_ samples: OpenedSamples, _ model: LoadedModel) throws(GalleyError) {
    inputs = try samples.inputs(of: model.compiled, at: model.file.path)
    strides = inputs.map { $0.values.bytes.count / max(samples.file.count, 1) }
    batch = model.batch
  }

  /// Copies the samples at `positions`, as many as the batch has places; a place without a sample keeps what it held.
  func fill(_ session: any InferenceSession, with positions: some Collection<Int>) throws {
    for (index, input) in inputs.enumerated() {
      let stride = strides[index]
      try session.withInput(index) { buffer, _ in
        input.values.bytes.withUnsafeBytes { bytes in
          for (place, position) in positions.prefix(batch).enumerated() {
            let (start, target) = (position * stride, place * stride)
            guard start >= 0, start + stride <= bytes.count, target + stride <= buffer.count else { continue }
            UnsafeMutableRawBufferPointer(rebasing: buffer[target..<target + stride])
              .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<start + stride]))
          }
        }
      }
    }
  }
}
