// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley

extension LibTorchBackend {
  /// Has the worker write the network, then makes the package of it with its proof in this process, which doesn't load
  /// LibTorch.
  func export(_ request: VerbRequest, _ options: ExportOptions, events: EventSink) async throws -> VerbResult {
    var inner = request
    inner.folder = "\(request.folder)/trained"
    defer { try? FileManager.default.removeItem(atPath: inner.folder) }
    do throws(FileError) {
      try AtomicFile.createFolder(inner.folder)
    } catch {
      throw GalleyError(writing: error, "can't export the model")
    }
    let written = try await runOnce(inner, events: events)
    guard let model = written.files["model"], let card = written.files["card"] else {
      throw GalleyError(.software, "can't export the model", why: "the worker wrote no model or no card")
    }
    guard let reference = written.files["reference"] else {
      throw GalleyError(
        .badData, "can't prove the exported model", at: request.data.path, why: "there are no items to compare on",
        remedy: "Give data with items in a subset.")
    }
    var meaning: ModelCard
    do {
      meaning = try JSONDecoder().decode(ModelCard.self, from: Data(contentsOf: URL(filePath: card.path)))
    } catch {
      throw GalleyError(.software, "can't export the model", at: card.path, why: "\(error)")
    }
    meaning.task = request.task
    let trained = ExportPackage.Trained(model: model.path, card: meaning, reference: reference.path)
    var result = try await ExportPackage(trained, options: options, data: request.data).write(to: request.folder)
    result.tools.merge(written.tools) { own, _ in own }
    result.notes = written.notes + result.notes
    return result
  }
}
