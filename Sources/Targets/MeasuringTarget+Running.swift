// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import Galley

internal import TargetProtocol

extension MeasuringTarget {
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
    try await withChild(runtime, onLog) { child in
      _ = try await child.openData(data, subset)
      _ = try await child.load(model, runtime, batch: batch)
      let result = try await child.writeOutputs(to: path, ids: ids)
      return (result.ids, result.digest)
    }
  }

  /// Runs samples through a model in a child process and writes its raw outputs: safetensors with a tensor
  /// `<sample>/<output>` for each output that is a tensor of numbers, and the outputs' names as a JSON list in the
  /// metadata.
  /// - Returns: what the runtime really used, and the file's digest.
  /// - Throws: `GalleyError` if the model, the samples or the file can't be used; `CancellationError`.
  public func sampleOutputs(
    of model: ModelFile, runtime: IngredientChoice, samples: String, to path: String,
    onLog: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws -> (configuration: [String: String], digest: Digest) {
    try await withChild(runtime, onLog) { child in
      _ = try await child.open(.samples(path: samples))
      let load = try await child.load(model, runtime, batch: 1)
      return (load.configuration, try await child.writeOutputs(to: path, ids: nil).digest)
    }
  }

  /// How long each operator of a model takes on samples, as its runtime says; measured in a child process.
  /// - Throws: `GalleyError` if the model can't be run or the runtime can't profile; `CancellationError`.
  public func profile(
    _ model: ModelFile, runtime: IngredientChoice, samples: String, repetitions: Int = 20,
    onLog: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws -> [OperatorTiming] {
    try await withChild(runtime, isAlone: true, onLog) { child in
      _ = try await child.open(.samples(path: samples))
      _ = try await child.load(model, runtime, batch: 1)
      return try await child.profile(repetitions: repetitions).timings
    }
  }

  /// Answers all items of a subset in a child process, without measuring.
  /// - Throws: `GalleyError` if the model or the data can't be used; `CancellationError`.
  public func predict(
    with model: ModelFile, runtime: IngredientChoice, data: String, subset: Subset, batch: Int = 1,
    onLog: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws -> Predictions {
    try await withChild(runtime, onLog) { child in
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
    ChildActivationObserver(
      target: self, input: .items(path: data, subset: subset), itemIDs: ids, runtime: runtime,
      preprocessing: preprocessing, onLog: onLog)
  }

  /// Observes ranges on samples, for calibration.
  /// - Parameters:
  ///   - samples: A file of samples.
  ///   - count: How many of them are observed, from the first on.
  ///   - runtime: What executes the model, as above.
  public func activationObserver(
    samples: String, count: Int, runtime: IngredientChoice, onLog: @escaping @Sendable (String) -> Void = { _ in }
  ) -> some ActivationObserver {
    ChildActivationObserver(
      target: self, input: .samples(path: samples), itemIDs: (0..<max(count, 0)).map(String.init), runtime: runtime,
      preprocessing: nil, onLog: onLog)
  }

  func withChild<Result: Sendable>(
    _ runtime: IngredientChoice, isAlone: Bool = false, _ onLog: @escaping @Sendable (String) -> Void,
    _ body: (MeasuringChild) async throws -> Result
  ) async throws -> Result {
    let session = try await open(with: [], isAlone: isAlone) { onLog("Waiting for \($0).") }
    do {
      let child = try await MeasuringChild.start(session, runtime: runtime, onLog: onLog)
      let result: Swift.Result<Result, any Error>
      do { result = .success(try await body(child)) } catch { result = .failure(error) }
      await child.stop()
      await session.end()
      return try result.get()
    } catch {
      await session.end()
      throw error
    }
  }
}

/// Runs calibration items in a child process.
private struct ChildActivationObserver: ActivationObserver {
  let target: any MeasuringTarget
  let input: MeasuredInput
  let itemIDs: [String]
  let runtime: IngredientChoice
  let preprocessing: Preprocessing?
  let onLog: @Sendable (String) -> Void

  func ranges(ofOutputsOf path: String) async throws -> [String: ObservedRange] {
    let model = try ModelFile(at: path, format: .onnx)
    return try await target.withChild(runtime, onLog) { child in
      _ = try await child.open(input, preprocessing)
      _ = try await child.load(model, runtime, batch: 1)
      return try await child.observeRanges(itemIDs).ranges
    }
  }
}
