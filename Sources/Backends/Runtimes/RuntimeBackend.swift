// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Targets

internal import Runtimes

/// Judges, answers with and measures models in files that a runtime executes; it trains nothing and exports nothing.
///
/// There is one for ONNX Runtime, `onnxruntime`, and one for OpenVINO, `openvino`. Models are executed in this process,
/// on a thread of its own; `bench` measures in child processes.
public struct RuntimeBackend: Backend {
  /// The runtimes that are backends.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// ONNX Runtime, for ONNX files.
    case onnxRuntime = "onnxruntime"
    /// OpenVINO, for its own files and ONNX files.
    case openVINO = "openvino"
  }

  /// The runtime.
  public let kind: Kind
  private let target: LocalTarget

  /// Takes a runtime.
  /// - Parameter target: What measures.
  public init(_ kind: Kind, target: LocalTarget = LocalTarget()) {
    self.kind = kind
    self.target = target
  }

  public var architectures: [Card] { [] }

  public var descriptor: BackendDescriptor {
    let own = kind.card.options.filter { !["threads", "optimizedModel", "profiling"].contains($0.name) }
    let verbs: [EngineVerb] = [.validate, .test, .predict, .bench]
    return BackendDescriptor(
      id: kind.rawValue, version: SemanticVersion(1, 0, 0), summary: "\(kind.title): executes model files",
      licence: kind.licence, requirements: [kind.rawValue],
      abilities: [
        .init(
          verbs: Set(verbs), tasks: [.classification, .multiLabelClassification],
          forms: Set(kind.formats.map(ModelForm.file)))
      ], options: Dictionary(uniqueKeysWithValues: verbs.map { ($0, own) }))
  }

  public func match(_ verb: EngineVerb, _ model: ModelReference, task: EngineTask) -> BackendMatch {
    let objections = descriptor.objections(verb, model.form, task)
    guard objections.isEmpty else { return .no(objections) }
    let isOwn = model.form == .file(kind.ownFormat)
    return .yes(
      score: isOwn ? 20 : 10,
      reason: isOwn ? "\(kind.title) executes \(model.form)" : "\(kind.title) reads \(model.form) as well")
  }

  public func availability() -> Availability { kind.availability() }

  public func run(_ request: VerbRequest, events: EventSink) async throws -> VerbResult {
    let (file, card) = try accept(request)
    if case .bench(let options) = request.work {
      let choice = try choice(request, threads: options.threads)
      return try await RuntimeBench(choice, file, target: target).run(options, request, events)
    }
    let runtime = try makeRuntime(request, threads: request.work.threads)
    let (items, tools) = (try choose(request), try kind.tools())
    return try await BlockingWork.run { stop in
      let shape = try items.inputShape(request.preprocessing)
      let scorer = try RuntimeScorer(runtime.compile(file), file, card, inputShape: shape)
      stop.whenAsked { [running = scorer.running] in running.stop() }
      return try ItemVerbs(request, tools: tools, events: events, isCancelled: { stop.isAsked }).run(scorer)
    }
  }

  /// The items that the request is about.
  func choose(_ request: VerbRequest) throws(GalleyError) -> InferenceItems {
    let choice: InferenceItems.Choice =
      switch request.work {
      case .validate: .subset(.validation)
      case .test: .subset(.test)
      default: .unassigned
      }
    return try InferenceItems(request.data, choice, labels: request.labels, task: request.task)
  }

  /// The runtime with the request's options.
  func makeRuntime(_ request: VerbRequest, threads: Int?) throws -> any Runtime {
    try kind.makeRuntime(try choice(request, threads: threads))
  }

  /// The runtime as an ingredient.
  func choice(_ request: VerbRequest, threads: Int?) throws(GalleyError) -> IngredientChoice {
    var options = request.backendOptions
    for name in options.keys.sorted()
    where !(descriptor.options[request.work.verb] ?? []).contains(where: { $0.name == name }) {
      let near = NearestName.match(name, in: (descriptor.options[request.work.verb] ?? []).map(\.name))
      throw GalleyError(
        .configuration, "can't use \(kind.title)", at: "\(kind.rawValue).\(name)", why: "it has no option '\(name)'",
        remedy: near.map { "Did you mean '\($0)'?" })
    }
    options["threads"] = .int(threads ?? ProcessorCount.online)
    return try IngredientChoice(kind.rawValue, options: options).completed(by: kind.card)
  }

  private func accept(_ request: VerbRequest) throws(GalleyError) -> (ModelFile, ModelCard) {
    if case .no(let reasons) = match(request.work.verb, request.model, task: request.task) {
      throw GalleyError(
        .configuration, "can't \(request.work.verb.rawValue) with \(kind.title)", at: request.model.summary,
        why: reasons.joined(separator: "; "), remedy: "Choose a backend that can; 'galley models' lists them.")
    }
    guard case .file(let file, let card) = request.model else {
      throw GalleyError(.software, "can't use the model", why: "\(kind.title) takes files")
    }
    if request.work.device == .cuda {
      throw GalleyError(
        .configuration, "can't \(request.work.verb.rawValue) with \(kind.title)", at: "device",
        why: "it computes on the processor unless its own options say otherwise", remedy: kind.deviceAdvice)
    }
    if case .unavailable(let reason, let searched) = availability() {
      throw GalleyError(
        .unavailable, "can't use \(kind.title)", why: reason,
        remedy: searched.isEmpty ? nil : "It was looked for at " + searched.joined(separator: ", ") + ".")
    }
    return (file, card)
  }
}

extension VerbRequest.Work {
  /// Threads of one operation.
  var threads: Int? {
    switch self {
    case .train(let options): options.threads
    case .validate(let options), .test(let options): options.threads
    case .predict(let options): options.threads
    case .export(let options): options.threads
    case .bench(let options): options.threads
    }
  }

  /// Where the backend is to compute.
  var device: DeviceName {
    switch self {
    case .train(let options): options.device
    case .validate(let options), .test(let options): options.device
    case .predict(let options): options.device
    case .export, .bench: .auto
    }
  }
}
