// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Tensors
internal import Torch

/// A checkpoint's network as whoever judges or answers items sees it.
struct NetworkScorer: ItemScorer {
  private let network: RestoredNetwork
  private let device: TorchDevice

  /// Brings a network to a device.
  init(_ network: RestoredNetwork, on device: TorchDevice) throws {
    self.network = network
    self.device = device
    try network.state.move(to: device)
  }

  var inputShape: [Int] { network.checkpoint.inputShape }
  var scoreKind: ModelCard.Scores { .logits }

  func scores(of inputs: Tensor) throws -> Tensor {
    let library = network.state.library
    return try TorchHost.explaining("compute the scores") {
      try library.withoutGradients {
        try network.module(TorchTensor(inputs, in: library).moved(to: device), .evaluation).toTensor()
      }
    }
  }
}

/// `validate`, `test` and `predict`: what the network of a checkpoint says to items.
struct ItemVerb {
  let host: TorchHost
  let request: VerbRequest
  let events: EventSink
  let isCancelled: @Sendable () -> Bool

  func run(device: DeviceName, threads: Int?) throws -> VerbResult {
    guard case .checkpoint(let path) = request.model else {
      throw GalleyError(.configuration, "can't use the model", why: "only a checkpoint has weights")
    }
    return try TorchHost.explaining(request.work.verb.rawValue, at: path) {
      let library = try host.library()
      let network = try RestoredNetwork(contentsOf: path, threads: threads, in: library)
      try network.check(request, at: path)
      let scorer = try NetworkScorer(network, on: TrainingDevice.find(device, in: library))
      return try ItemVerbs(
        request, tools: ["libtorch": library.version], events: events, isCancelled: isCancelled
      ).run(scorer)
    }
  }
}

extension RestoredNetwork {
  /// Refuses a request that takes the network for another one.
  /// - Throws: `GalleyError` that says what differs.
  func check(_ request: VerbRequest, at path: String) throws(GalleyError) {
    guard checkpoint.labels == request.labels else {
      throw GalleyError(
        .badData, "can't use the checkpoint", at: path,
        why: RequestedData.difference(request.labels, checkpoint.labels),
        remedy: "Use data with the model's classes, in their order, or train the model on this data.")
    }
  }
}
