// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import HTTPTypes
internal import Platform

/// Models as entities.
enum ModelRoutes {
  static let group = "models"
  static let place = "/v1/models/{model}"

  static let all: [Route] =
    Listing<PlatformModel>(
      resource: .models, path: "/v1/models", name: "Models", group: group, words: "models", schema: "Model",
      isScoped: true
    ) { try $0.models($1, in: $2) }.routes + [
      .creating(
        "/v1/models", "createModel", group, "Create a model.", .json(ModelSchemas.newModel), .reference("Model"),
        naming: "model",
        failures: [(.conflict, "The name is taken.")]
      ) { call in
        let status = call.text(in: "status").flatMap { ModelStatus(rawValue: $0) } ?? .created
        let model = try call.store.createModel(
          call.text(in: "name") ?? "", in: call.text(in: "project") ?? PlatformStore.defaultProject, status: status,
          change(call))
        return (model, "/v1/models/\(model.id)")
      },
      .reading(place, "showModel", group, "Show a model, by its name, PROJECT/NAME or id.", .reference("Model")) {
        try $0.store.model($0.path("model"))
      },
      .changing(
        place, "updateModel", group, "Change a model; what isn't named stays.", .json(.reference("ModelChange")),
        .reference("Model"), failures: [(.conflict, "The name is taken.")]
      ) { call in
        let model = try call.store.model(call.path("model"))
        var change = try change(call)
        change.name = call.text(in: "name")
        if let subsets = change.subsets { change.subsets = model.subsets.merging(subsets) { $1 } }
        return try call.store.updateModel(model.id, change)
      },
      .removing(
        place, "deleteModel", group, "Remove a model with its artifacts, figures and predictions.",
        failures: [(.conflict, "Several projects have one of that name.")]
      ) { try $0.store.deleteModel($0.path("model")) },
      .creating(
        "\(place)/clone", "cloneModel", group, "Copy a model with its artifacts; the keys change the copy.",
        .json(ModelSchemas.clone), .reference("Model"), naming: "model", failures: [(.conflict, "The name is taken.")]
      ) { call in
        let model = try call.store.cloneModel(
          call.path("model"), as: call.text(in: "name") ?? "", in: call.text(in: "project"), change(call))
        return (model, "/v1/models/\(model.id)")
      },
    ]

  private static func change(_ call: Call) throws(GalleyError) -> ModelChange {
    var change = ModelChange()
    change.description = call.text(in: "description")
    change.dataset = call.text(in: "dataset")
    change.inputType = call.text(in: "inputType")
    change.outputType = call.text(in: "outputType")
    change.labels = call.texts(in: "labels")
    change.tags = call.texts(in: "tags")
    change.configuration = call.object(in: "configuration")
    change.metadata = call.object(in: "metadata")
    guard case .map(let subsets)? = call["subsets"] else { return change }
    var filters: [String: Filters] = [:]
    for (name, value) in subsets {
      let document = if case .string(let text) = value { Data(text.utf8) } else { value.data }
      filters[name] = try Filters(json: document, at: "subsets.\(name)", for: .items)
    }
    change.subsets = filters
    return change
  }
}
