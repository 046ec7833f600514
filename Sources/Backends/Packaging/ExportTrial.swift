// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import Runtimes
internal import Tensors

/// Shows an exported model the items that the trained network saw: from their files on, the way that its card says.
struct ExportTrial: Sendable {
  private let trained: ExportPackage.Trained
  private let card: ModelCard
  private let file: ModelFile
  private let pixels: ModelFile?
  private let data: DataReference

  /// - Parameters:
  ///   - card: The exported model's card.
  ///   - pixels: The part of it that prepares pixels, if it does that.
  init(
    _ trained: ExportPackage.Trained, _ card: ModelCard, file: ModelFile, pixels: ModelFile?, data: DataReference
  ) {
    self.trained = trained
    self.card = card
    self.file = file
    self.pixels = pixels
    self.data = data
  }

  /// What the trained network made of the items.
  private struct Reference {
    var ids: [String]
    var subset: Subset
    var checkpoint: String?
    var inputs: Tensor
    var scores: Tensor

    init(contentsOf path: String) throws {
      func refusal(_ why: String) -> GalleyError {
        GalleyError(.badData, "can't use the trained network's scores", at: path, why: why)
      }
      let file: Safetensors
      do {
        file = try Safetensors(Data(contentsOf: URL(filePath: path), options: .alwaysMapped))
      } catch {
        throw refusal("\(error)")
      }
      guard file.metadata["format"] == "galley.reference-outputs/1",
        let text = file.metadata["ids"], let ids = try? JSONDecoder().decode([String].self, from: Data(text.utf8)),
        let subset = file.metadata["subset"].flatMap(Subset.init(rawValue:)), !ids.isEmpty
      else { throw refusal("it is not of the format galley.reference-outputs/1, or has no items") }
      self.ids = ids
      self.subset = subset
      checkpoint = file.metadata["checkpoint"]
      inputs = try file.tensor("input")
      scores = try file.tensor("logits")
    }
  }

  func run(tolerance: Double, threads: Int?) async throws -> ExportCertificate {
    if case .unavailable(let reason, _) = ONNXRuntime.availability() {
      throw GalleyError(
        .unavailable, "can't prove the exported model", why: reason, remedy: "ONNX Runtime executes it for the proof.")
    }
    let reference = try Reference(contentsOf: trained.reference)
    let version = try RuntimeBackend.Kind.onnxRuntime.tools().values.first ?? "unknown"
    return try await BlockingWork.run { stop in
      let runtime = try ONNXRuntime(.init(threads: threads ?? ProcessorCount.online))
      let scorer = try RuntimeScorer(runtime.compile(file), file, card, inputShape: nil)
      stop.whenAsked { [running = scorer.running] in running.stop() }
      let raw = try inputs(reference.ids, scorer.inputShape)
      let scores = try Self.batched(raw, scorer.scores)
      var certificate = try ExportCertificate.comparing(
        trained: reference.scores, exported: scores, tolerance: tolerance, subset: reference.subset)
      try certificate.add(inputs: reference.inputs, try prepared(raw, runtime), tolerance: tolerance)
      certificate.agreement = try agreement(reference.scores, scores)
      certificate.checkpoint = reference.checkpoint
      certificate.runtime = "onnxruntime \(version)"
      return certificate
    }
  }

  /// The items as the exported model's card has them prepared.
  private func inputs(_ ids: [String], _ shape: [Int]) throws -> Tensor {
    let items = try InferenceItems(data, .any, labels: card.labels, task: card.task)
    if pixels != nil, let type = items.prepared?.subsets.first?.value.inputs.elementType, type != .uint8 {
      throw GalleyError(
        .configuration, "can't put the preprocessing into the graph", at: "preprocessing",
        why: "the graph takes 8-bit pixels, and the items are \(type)", remedy: "Leave it to the card.")
    }
    let loader = try InputLoader(items, card.preprocessing, inputShape: shape)
    let places = Dictionary(items.ids.enumerated().map { ($1, $0) }) { first, _ in first }
    var values: [Float] = []
    for id in ids {
      guard let place = places[id] else {
        throw GalleyError(
          .badData, "can't compare the models", at: data.path, why: "the trained network saw '\(id)', which isn't there"
        )
      }
      do throws(ItemFault) {
        values += try loader.load(place)
      } catch {
        throw GalleyError(.badData, "can't compare the models", at: id, why: error.reason)
      }
    }
    return try Tensor(values, shape: [ids.count] + shape)
  }

  /// What reaches the network: the inputs themselves, or what the graph makes of pixels.
  private func prepared(_ raw: Tensor, _ runtime: ONNXRuntime) throws -> Tensor {
    guard let pixels else { return raw }
    let model = try runtime.compile(pixels)
    let count = raw.shape.first ?? 0
    let size = model.inputs.first?.tensor?.shape.first.flatMap { $0 } ?? count
    var bytes: [UInt8] = []
    var shape: [Int] = []
    for start in stride(from: 0, to: count, by: max(1, size)) {
      let part = try raw.rows(start..<min(start + max(1, size), count))
      let whole = try Tensor(part.values(as: Float.self).map { UInt8(max(0, min(255, $0))) }, shape: part.shape)
      guard let tensor = try model.run([.tensor(whole)]).first?.tensor else {
        throw GalleyError(.software, "can't compare the models", why: "the preprocessing in the graph gives nothing")
      }
      bytes += tensor.bytes
      shape = Array(tensor.shape.dropFirst())
    }
    return try Tensor(elementType: .float32, shape: [count] + shape, bytes: bytes)
  }

  private static func batched(_ inputs: Tensor, _ scores: (Tensor) throws -> Tensor) throws -> Tensor {
    let count = inputs.shape.first ?? 0
    var parts: [Tensor] = []
    for start in stride(from: 0, to: count, by: 32) {
      parts.append(try scores(try inputs.rows(start..<min(start + 32, count))))
    }
    return try Tensor(
      elementType: .float32, shape: [count] + Array(parts.first?.shape.dropFirst() ?? []), bytes: parts.flatMap(\.bytes)
    )
  }

  /// Items that both answer with the same class, or with the same classes from a probability of a half on.
  private func agreement(_ first: Tensor, _ second: Tensor) throws -> Int {
    let reading = try ScoreReading(card.scores, labels: card.labels, task: card.task)
    let classes = card.labels.count
    guard first.count == second.count, first.count % classes == 0 else { return 0 }
    let (one, other) = (try first.values(as: Float.self), try second.values(as: Float.self))
    return stride(from: 0, to: one.count, by: classes).count { start in
      let answers = [one, other].map { values in
        (try? reading.answer(Array(values[start..<start + classes])))?.classes.map(\.index)
      }
      return answers[0] != nil && answers[0] == answers[1]
    }
  }
}
