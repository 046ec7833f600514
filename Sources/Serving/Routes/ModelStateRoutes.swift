// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import HTTPTypes
internal import Platform

/// What state a model is in.
enum ModelStateRoutes {
  private static let place = "\(ModelRoutes.place)/status"

  private struct State: Encodable, Sendable {
    var status: ModelStatus
    var reason: String?
    var next: [ModelStatus]

    init(_ model: PlatformModel) { (status, reason, next) = (model.status, model.statusReason, model.status.next) }
  }

  static let all: [Route] = [
    .reading(
      place, "showStatus", ModelRoutes.group, "The state of a model, and those that may follow.",
      .reference("ModelStatus")
    ) { State(try $0.store.model($0.path("model"))) },
    .changing(
      by: .put, place, "setStatus", ModelRoutes.group, "Bring a model into another state.",
      .json(ModelSchemas.newStatus),
      .reference("ModelStatus"), failures: [(.conflict, "That state can't follow the one that the model is in.")]
    ) { call in
      let model = try call.store.model(call.path("model"))
      let status = ModelStatus(rawValue: call.text(in: "status") ?? "") ?? .failed
      do throws(GalleyError) {
        return State(try call.store.setStatus(status, ofModel: model.id, reason: call.text(in: "reason")))
      } catch {
        throw error.exitCode == .usage ? RequestFailure(.conflict, error) : error
      }
    },
    .reading(
      "\(ModelRoutes.place)/history", "showHistory", ModelRoutes.group, "The states of a model, the first one first.",
      SchemaLibrary.list(of: "StatusChange")
    ) { try $0.store.statusHistory(ofModel: $0.path("model")) },
  ]
}
