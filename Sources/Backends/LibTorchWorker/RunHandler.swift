// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import WorkerProtocol

/// The worker's method `run`: one verb of an engine.
struct RunHandler {
  let host: TorchHost
  let context: WorkerContext

  func run(_ request: VerbRequest) async throws -> VerbResult {
    try LibTorchBackend.checkOptions(request)
    switch request.work {
    case .train(let options): return try TrainVerb(host: host, context: context, request: request).run(options)
    case .export(let options): return try ExportVerb(host: host, context: context, request: request).run(options)
    case .validate, .test, .predict, .bench:
      throw GalleyError(.software, "can't \(request.work.verb.rawValue)", why: "it isn't done here")
    }
  }
}
