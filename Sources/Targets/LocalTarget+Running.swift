// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import Galley

internal import TargetProtocol

extension LocalTarget {
  /// Runs items through a model in a child process and writes its raw outputs: safetensors with one tensor for each
  /// output, and the ids as a JSON list in the metadata.
  /// - Parameters:
  ///   - ids: The items, in this order; `nil` for all of the subset.
  ///   - batch: Items in one inference.
  /// - Returns: the ids in the order of the tensors' rows, and the file's digest.
  /// - Throws: `GalleyError` if the model, the data or the file can't be used; `CancellationError`.
  public func predictOutputs(
    of model: ModelFile, runtime: IngredientChoice, data: String, subset: Subset, ids: [String]? = nil, batch: Int = 1,
    to path: String, onLog: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws -> (ids: [String], digest: Digest) {
    try await withChild(onLog) { child in
      _ = try await child.openData(data, subset)
      _ = try await child.load(model, runtime, batch: batch)
      let result = try await child.writeOutputs(to: path, ids: ids)
      return (result.ids, result.digest)
    }
  }

  /// Answers all items of a subset in a child process, without measuring.
  /// - Throws: `GalleyError` if the model or the data can't be used; `CancellationError`.
  public func predict(
    with model: ModelFile, runtime: IngredientChoice, data: String, subset: Subset, batch: Int = 1,
    onLog: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws -> Predictions {
    try await withChild(onLog) { child in
      _ = try await child.openData(data, subset)
      _ = try await child.load(model, runtime, batch: batch)
      return try await child.predict().predictions
    }
  }

  /// Observes ranges on these items, for calibration.
  /// - Parameters:
  ///   - data: A file of `PreparedData`.
  ///   - subset: The subset that the items belong to; calibration uses training items.
  ///   - ids: The items.
  ///   - runtime: What executes the model; it should leave the graph as it is, so that what is observed is what the
  ///     graph says.
  ///   - preprocessing: How items become inputs; `nil` for the way that the data's file says.
  public func activationObserver(
    data: String, subset: Subset = .train, ids: [String], runtime: IngredientChoice,
    preprocessing: Preprocessing? = nil, onLog: @escaping @Sendable (String) -> Void = { _ in }
  ) -> some ActivationObserver {
    LocalActivationObserver(
      target: self, data: data, subset: subset, itemIDs: ids, runtime: runtime, preprocessing: preprocessing,
      onLog: onLog)
  }

  func withChild<Result: Sendable>(
    _ onLog: @escaping @Sendable (String) -> Void, _ body: (MeasuringChild) async throws -> Result
  ) async throws -> Result {
    let child = try await MeasuringChild.start(self, onLog: onLog)
    do {
      let result = try await body(child)
      await child.stop()
      return result
    } catch {
      await child.stop()
      throw error
    }
  }
}

/// Runs calibration items in a child process.
private struct LocalActivationObserver: ActivationObserver {
  let target: LocalTarget
  let data: String
  let subset: Subset
  let itemIDs: [String]
  let runtime: IngredientChoice
  let preprocessing: Preprocessing?
  let onLog: @Sendable (String) -> Void

  func ranges(ofOutputsOf path: String) async throws -> [String: ObservedRange] {
    let model = try ModelFile(at: path, format: .onnx)
    return try await target.withChild(onLog) { child in
      _ = try await child.openData(data, subset, preprocessing)
      _ = try await child.load(model, runtime, batch: 1)
      return try await child.observeRanges(itemIDs).ranges
    }
  }
}
