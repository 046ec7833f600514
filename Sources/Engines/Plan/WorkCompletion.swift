// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Chooses what a verb's options leave to the plan.
struct WorkCompletion {
  let facts: TrainingFacts
  /// Options of training that an earlier run's plan chose, with the reason.
  var adopted: [String: String] = [:]

  /// The work with nothing left to choose, and all its values with their origins.
  func complete(
    _ work: EngineWork, inputSizeReason: String?
  ) throws(GalleyError) -> (work: VerbRequest.Work, values: [ExplainedValue]) {
    let name = work.verb.rawValue
    switch work {
    case .train(let chosen):
      let (options, planned) = chosen.options.resolved(for: facts)
      var reasons = Dictionary(planned.map { ($0.option, $0.reason) }, uniquingKeysWith: { first, _ in first })
      if reasons["inputSize"] != nil, let inputSizeReason { reasons["inputSize"] = inputSizeReason }
      reasons.merge(adopted) { $1 }
      return (.train(options), try chosen.explained(name, options, choices: reasons))
    case .validate(let chosen):
      let (options, reasons) = inference(chosen.options)
      return (.validate(options), try chosen.explained(name, options, choices: reasons))
    case .test(let chosen):
      let (options, reasons) = inference(chosen.options)
      return (.test(options), try chosen.explained(name, options, choices: reasons))
    case .predict(let chosen):
      let (options, reasons) = inference(chosen.options)
      return (.predict(options), try chosen.explained(name, options, choices: reasons))
    case .export(let chosen):
      var options = chosen.options
      var reasons: [String: String] = [:]
      choose(\.threads, "threads", threads, &options, &reasons)
      return (.export(options), try chosen.explained(name, options, choices: reasons))
    case .bench(let chosen):
      var options = chosen.options
      var reasons: [String: String] = [:]
      choose(\.threads, "threads", threads, &options, &reasons)
      return (.bench(options), try chosen.explained(name, options, choices: reasons))
    }
  }

  private func inference<Options: InferenceOptions>(_ given: Options) -> (Options, [String: String]) {
    var options = given
    var reasons: [String: String] = [:]
    choose(\.batchSize, "batchSize", batch, &options, &reasons)
    choose(\.threads, "threads", threads, &options, &reasons)
    choose(\.workers, "workers", workers, &options, &reasons)
    if options.device == .auto {
      options.device = facts.hasCUDA ? .cuda : .cpu
      reasons["device"] = facts.hasCUDA ? "a CUDA device is there" : "the backend has no CUDA device here"
    }
    return (options, reasons)
  }

  private var batch: (Int, String) {
    (max(1, min(32, facts.items)), facts.items < 32 ? "there are \(facts.items) items" : "more gains little")
  }

  private var threads: (Int, String) { (max(1, facts.cores), "the processors of this machine") }

  private var workers: (Int, String) {
    facts.decodesItems
      ? (min(8, max(1, facts.cores)), "images are decoded while the model computes") : (0, "the items lie in memory")
  }

  private func choose<Options>(
    _ path: WritableKeyPath<Options, Int?>, _ name: String, _ choice: (Int, String), _ options: inout Options,
    _ reasons: inout [String: String]
  ) {
    guard options[keyPath: path] == nil else { return }
    options[keyPath: path] = choice.0
    reasons[name] = choice.1
  }
}

/// What judging and answering items have in common.
private protocol InferenceOptions: VerbOptions {
  var batchSize: Int? { get set }
  var threads: Int? { get set }
  var workers: Int? { get set }
  var device: DeviceName { get set }
}

extension EvaluateOptions: InferenceOptions {}
extension PredictOptions: InferenceOptions {}
