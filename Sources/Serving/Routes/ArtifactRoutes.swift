// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import HTTPTypes
internal import Platform

/// Files of models.
enum ArtifactRoutes {
  private static let place = "\(ModelRoutes.place)/artifacts"
  private static let path = QueryParameter(
    "path", EntitySchemas.path, "The path in the model, like weights/best.pth.", isRequired: true)

  static let all: [Route] = [
    .reading(
      place, "listArtifacts", ModelRoutes.group, "The files of a model.", SchemaLibrary.list(of: "Artifact")
    ) { try $0.store.model($0.path("model")).artifacts },
    Route(
      method: .put, path: place, name: "uploadArtifact", group: ModelRoutes.group,
      summary: "Keep a file of a model: the body is its bytes. Other bytes make a new version.", query: [path],
      content: .bytes(["*/*"]),
      outcomes: [.init(status: .ok, words: "What the model is now.", answer: .json(.reference("Model")))],
      failures: [(.conflict, "Several projects have one of that name.")],
      work: .blocking { call in
        guard let upload = call.upload else {
          throw GalleyError(.software, "can't keep the file", why: "there is no body")
        }
        let model = try call.store.model(call.path("model"))
        return try Reply.json(
          call.store.setArtifact(call.text("path") ?? "", ofModel: model.id, from: upload.path))
      }),
    Route(
      method: .delete, path: place, name: "deleteArtifact", group: ModelRoutes.group,
      summary: "Remove a file of a model, which makes a new version.", query: [path],
      outcomes: [.init(status: .ok, words: "What the model is now.", answer: .json(.reference("Model")))],
      failures: [(.conflict, "Several projects have one of that name.")],
      work: .blocking { call in
        try Reply.json(call.store.removeArtifact(call.text("path") ?? "", ofModel: call.path("model")))
      }),
    Route(
      method: .get, path: "\(place)/content", name: "downloadArtifact", group: ModelRoutes.group,
      summary: "Download a file of a model; a header Range asks for a part of it.", query: [path],
      outcomes: FileReply.outcomes,
      failures: FileReply.failures + [(.conflict, "Several projects have one of that name.")],
      work: .blocking { call in
        let path = call.text("path") ?? ""
        guard let artifact = try call.store.model(call.path("model")).artifacts.first(where: { $0.path == path }) else {
          throw GalleyError(
            .missingInput, "can't find the model's artifact", at: path, why: "the model has none there")
        }
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return try FileReply.make(
          call.store.path(of: artifact), type: "application/octet-stream", digest: artifact.digest, name: name,
          call.headers)
      }),
  ]
}
