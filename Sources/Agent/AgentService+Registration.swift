// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import TargetProtocol
public import WorkerProtocol

extension AgentService {
  /// Offers the service's verbs on a worker's server.
  public nonisolated func register(on server: inout WorkerServer) {
    server.handle(TargetMethod.openData, as: OpenDataParameters.self) { parameters, _ in
      try await self.openData(parameters)
    }
    server.handle(TargetMethod.openImages, as: OpenImagesParameters.self) { parameters, _ in
      try await self.openImages(parameters)
    }
    server.handle(TargetMethod.openSamples, as: OpenSamplesParameters.self) { parameters, _ in
      try await self.openSamples(parameters)
    }
    server.handle(TargetMethod.load, as: LoadParameters.self) { parameters, _ in try await self.load(parameters) }
    server.handle(TargetMethod.firstInference, as: NoParameters.self) { _, _ in try await self.firstInference() }
    server.handle(TargetMethod.warmUp, as: WarmUpParameters.self) { parameters, _ in
      try await self.warmUp(parameters)
    }
    server.handle(TargetMethod.block, as: BlockParameters.self) { parameters, _ in try await self.block(parameters) }
    server.handle(TargetMethod.throughput, as: ThroughputParameters.self) { parameters, context in
      try await self.throughput(parameters) { try context.checkCancellation() }
    }
    server.handle(TargetMethod.profile, as: ProfileParameters.self) { parameters, _ in
      try await self.profile(parameters)
    }
    server.handle(TargetMethod.predict, as: PredictParameters.self) { parameters, context in
      try await self.predict(parameters, Self.checkpoint("answering", context))
    }
    server.handle(TargetMethod.writeOutputs, as: WriteOutputsParameters.self) { parameters, context in
      try await self.writeOutputs(parameters, Self.checkpoint("running", context))
    }
    server.handle(TargetMethod.observeRanges, as: ObserveRangesParameters.self) { parameters, context in
      try await self.observeRanges(parameters, Self.checkpoint("calibrating", context))
    }
    server.handle(TargetMethod.resources, as: NoParameters.self) { _, _ in await self.resources() }
    server.handle(TargetMethod.environment, as: NoParameters.self) { _, _ in await self.environment() }
    server.handle(TargetMethod.observe, as: NoParameters.self) { _, _ in await self.observe() }
    server.handle(ServeRunsParameters.method, as: ServeRunsParameters.self) { parameters, _ in
      try await self.serveRuns(parameters)
    }
    server.handle(TargetMethod.runtime, as: NoParameters.self) { _, _ in try await self.runtimeRecord() }
  }

  /// Stops when the host no longer wants the result, and says every second or so how far the work is.
  private static func checkpoint(_ stage: String, _ context: WorkerContext) -> Checkpoint {
    let pace = ProgressPace()
    return { done, total in
      try context.checkCancellation()
      if pace.isDue { context.progress(stage, completed: done, total: total, unit: "items") }
    }
  }
}
