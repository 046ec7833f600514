// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Foundation
internal import Galley
public import Platform

extension AdaptedModel {
  /// Brings the model's artifacts into its local folder, which is named by the model's id, and lets the adapter load
  /// them. What is loaded already in the same version stays.
  /// - Throws: `GalleyError` if there is no such model, its configuration isn't accepted, or its artifacts are damaged;
  ///   what the adapter throws.
  @discardableResult
  public func loadFromModel() async throws -> PlatformModel {
    let entity = try store.model(name)
    if let loaded, loaded.entity.id == entity.id, loaded.entity.version == entity.version { return entity }
    return try await load(entity)
  }

  /// Loads a model, whatever is loaded.
  func load(_ entity: PlatformModel) async throws -> PlatformModel {
    loaded = nil
    var model = try AdapterModel(entity, for: adapter.card)
    settings.onEvent?(.stage("loading the model"))
    if adapter.card.outputType.rawValue != entity.outputType {
      settings.onEvent?(
        .note(
          "The adapter '\(adapter.card.name)' predicts \(adapter.card.outputType.rawValue), "
            + "and the model '\(entity.name)' says \(entity.outputType)."))
    }
    let folder = try store.writeArtifacts(of: entity)
    let change: AdapterChange
    do {
      change = try await adapter.load(folder, for: model)
    } catch {
      throw error.named("the adapter '\(adapter.card.name)' can't load the model '\(entity.name)'", at: folder)
    }
    model.labels = change.labels ?? model.labels
    model.configuration = change.configuration ?? model.configuration
    loaded = LoadedModel(entity: entity, model: model, change: change)
    return entity
  }

  /// What the adapter holds is no longer the model as the store has it: it is loaded again before its next use.
  func unload() { loaded = nil }

  /// Lets the adapter write the model's files into a new folder, and keeps them as its artifacts, with what the adapter
  /// changes of labels and configuration: all of it or nothing. The next use loads what was saved.
  /// - Throws: `GalleyError` if the adapter can't save, writes no file, or the store can't be written; what the adapter
  ///   throws.
  @discardableResult
  public func saveToModel() async throws -> PlatformModel {
    let folder = "\(store.place.local)/saving/\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await save(to: folder)
  }

  func save(to folder: String) async throws -> PlatformModel {
    guard let trainable = adapter as? any TrainableAdapter, adapter.functions.contains(.save) else {
      throw lack(.save)
    }
    let entity = try store.model(name)
    settings.onEvent?(.stage("saving the model"))
    do throws(FileError) {
      try AtomicFile.createFolder(folder)
    } catch {
      throw GalleyError(writing: error, "can't save the model")
    }
    let saved: AdapterChange
    do {
      saved = try await trainable.save(to: folder)
    } catch {
      throw error.named("the adapter '\(adapter.card.name)' can't save the model '\(entity.name)'", at: folder)
    }
    var change = ModelChange()
    change.labels = saved.labels ?? loaded?.change.labels
    // The same configuration makes no new version.
    change.configuration = (saved.configuration ?? loaded?.change.configuration).map { JSONObject($0) }
    if change.configuration == entity.configuration { change.configuration = nil }
    let kept = try store.setArtifacts(ofModel: entity.id, from: folder, change)
    unload()
    return kept
  }

  /// The adapter doesn't have a function that is needed.
  func lack(_ function: AdapterFunction) -> GalleyError {
    let written = adapter.functions.map(\.rawValue).sorted().joined(separator: ", ")
    return GalleyError(
      .configuration, "the adapter '\(adapter.card.name)' can't \(function.rawValue)",
      why: "the function '\(function.rawValue)' isn't written; it has \(written)")
  }

  /// The model as it is loaded now.
  func loadedModel() async throws -> LoadedModel {
    try await loadFromModel()
    guard let loaded else {
      throw GalleyError(.software, "can't use the model '\(name)'", why: "it was unloaded while it was being loaded")
    }
    return loaded
  }
}

extension Error {
  /// This error, or if it is none for people, one that is.
  func named(_ what: String, at place: String? = nil) -> any Error {
    switch self {
    case is GalleyError, is CancellationError: self
    case let error as AdapterLost: error.cause
    case let error as AdapterEnded: error.cause
    default: GalleyError(.badData, what, at: place, why: "\(self)")
    }
  }
}
