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
    case .validate(let options), .test(let options):
      return try items(request).run(device: options.device, threads: options.threads)
    case .predict(let options): return try items(request).run(device: options.device, threads: options.threads)
    case .bench:
      throw GalleyError(
        .software, "can't bench", why: "a backend does that with workers that are asked to measure, not with 'run'")
    }
  }

  private func items(_ request: VerbRequest) -> ItemVerb {
    let context = context
    return ItemVerb(
      host: host, request: request, events: EventSink { context.event($0) }, isCancelled: { context.isCancelled })
  }
}
