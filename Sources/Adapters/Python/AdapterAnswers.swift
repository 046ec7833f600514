// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import Galley
internal import JSONStream
internal import Platform
internal import Tensors
internal import WorkerProtocol

/// What a worker answers, read without trust.
struct AdapterAnswers {
  /// The worker's name and the method, for errors.
  let worker: String
  let method: String
  let result: ConfigurationValue

  /// - Parameter line: The whole message.
  init(_ line: [UInt8], worker: String, method: String) throws(GalleyError) {
    self.worker = worker
    self.method = method
    do {
      let message = try line.withUnsafeBytes { bytes in
        try JSONReader.read(bytes) { reader in try reader.value() }
      }
      result = message["result"] ?? .null
    } catch {
      throw Self.problem(worker, method, "\(error)")
    }
  }

  private static func problem(_ worker: String, _ method: String, _ why: String) -> GalleyError {
    GalleyError(
      .software, "can't understand the worker '\(worker)' after '\(method)'", why: why,
      remedy: "Use the program and the worker from the same release.")
  }

  func problem(_ why: String) -> GalleyError { Self.problem(worker, method, why) }

  // MARK: Predictions

  /// What was predicted: as many entries as the worker gave.
  func predictions(_ items: [AdapterItem]) throws(GalleyError) -> [AdapterPrediction] {
    guard case .list(let entries)? = result["predictions"] else { throw problem("'predictions' is no list") }
    return entries.enumerated().map { index, entry in
      Self.prediction(entry, items.indices.contains(index) ? items[index] : nil)
    }
  }

  private static func prediction(_ entry: ConfigurationValue, _ item: AdapterItem?) -> AdapterPrediction {
    if entry == .null { return .skipped(reason: "the adapter gave no prediction for it") }
    if let failed = entry["failed"] { return .failed(failure(failed, .predict)) }
    guard case .list(let annotations)? = entry["annotations"] else {
      return .failed(AdapterFailure(.predict, "the adapter gave something that is no prediction"))
    }
    do throws(GalleyError) {
      let drafts = try DataloopPredictions.drafts(annotations, item: item?.id ?? "", size: item?.size)
      return .found(
        drafts.map {
          PredictedAnnotation(
            $0.label, $0.geometry, confidence: $0.confidence, attributes: $0.attributes, document: $0.document)
        })
    } catch {
      return .failed(AdapterFailure(.predict, error.reason))
    }
  }

  private static func failure(_ value: ConfigurationValue, _ usual: AdapterFailure.Stage) -> AdapterFailure {
    var stage = usual
    if case .string(let word)? = value["stage"] { stage = AdapterFailure.Stage(rawValue: word) ?? usual }
    guard case .string(let reason)? = value["reason"], !reason.isEmpty else {
      return AdapterFailure(stage, "the adapter doesn't say why")
    }
    return AdapterFailure(stage, reason)
  }

  // MARK: Vectors

  /// The vectors: as many as the worker gave; an empty one where there is none.
  func vectors() throws -> [BatchAnswer<[Float]>] {
    guard let embeddings = result["embeddings"] else { throw problem("'embeddings' is missing") }
    guard case .list(let rows)? = embeddings["rows"] else { return try blockVectors(embeddings) }
    var failures: [ConfigurationValue] = []
    if case .list(let stated)? = result["failed"] { failures = stated }
    return try rows.enumerated().map { index, row in
      guard case .list(let numbers) = row else {
        let stated = failures.indices.contains(index) ? failures[index] : .null
        if stated != .null { return .failed(Self.failure(stated, .embed)) }
        return .value([])
      }
      return .value(try numbers.map { try number($0) })
    }
  }

  private func blockVectors(_ value: ConfigurationValue) throws -> [BatchAnswer<[Float]>] {
    guard let tensor = try TensorBlock(value)?.read().first?.value else {
      throw problem("'embeddings' is no block of tensors")
    }
    guard tensor.elementType == .float32, tensor.shape.count == 2 else {
      throw problem("the vectors are \(tensor.elementType) of shape \(tensor.shape), not float32 of two dimensions")
    }
    let (values, length) = (try tensor.values(as: Float.self), tensor.shape[1])
    // Rows of nothing take no room, so that there may be any number of them.
    guard length > 0 || tensor.shape[0] == 0 else { throw problem("the vectors have no numbers") }
    return (0..<tensor.shape[0]).map { .value(Array(values[$0 * length..<($0 + 1) * length])) }
  }

  private func number(_ value: ConfigurationValue) throws(GalleyError) -> Float {
    switch value {
    case .int(let number): Float(number)
    case .float(let number): Float(number)
    case .string("NaN"): .nan
    case .string("Infinity"): .infinity
    case .string("-Infinity"): -.infinity
    default: throw problem("a vector holds '\(value)', which is no number")
    }
  }

  // MARK: Others

  /// What is changed of the model.
  func change() throws(GalleyError) -> AdapterChange {
    var change = AdapterChange()
    if let labels = result["labels"], labels != .null {
      guard case .list(let words) = labels else { throw problem("'labels' is no list") }
      change.labels = try words.map { (word) throws(GalleyError) in
        guard case .string(let label) = word else { throw problem("the label '\(word)' is no text") }
        return label
      }
    }
    if let configuration = result["configuration"], configuration != .null {
      guard case .map(let values) = configuration else { throw problem("'configuration' is no group of keys") }
      change.configuration = values
    }
    return change
  }

  /// Figures by name; those that aren't finite are left out.
  func figures() throws(GalleyError) -> [String: Double] {
    guard case .map(let values)? = result["figures"] else { return [:] }
    var figures: [String: Double] = [:]
    for (name, value) in values { figures[name] = try double(value) }
    return figures.filter { $0.value.isFinite }
  }

  /// Points of plots.
  func samples() throws(GalleyError) -> [PlotSample] {
    guard case .list(let entries)? = result["samples"] else { return [] }
    return try entries.map { (entry) throws(GalleyError) in
      guard case .string(let figure)? = entry["figure"], case .string(let legend)? = entry["legend"],
        let x = entry["x"], let y = entry["y"]
      else { throw problem("a sample needs figure, legend, x and y") }
      return PlotSample(figure: figure, legend: legend, x: try double(x), y: try double(y))
    }
  }

  private func double(_ value: ConfigurationValue) throws(GalleyError) -> Double {
    switch value {
    case .int(let number): Double(number)
    case .float(let number): number
    default: try Double(number(value))
    }
  }
}
