// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
public import Platform

/// A model of the platform together with its adapter: the functions around those that the user wrote.
///
/// ```swift
/// let model = AdaptedModel("net", in: store, adapter: Brightness())
/// let report = try await model.predictDataset("cats")
/// for result in report.results { … result.id … result.outcome … }
/// ```
///
/// They are called one after the other. Cancelling the calling task ends a run in an orderly way: what is staged stays
/// staged, and nothing is swapped in.
public actor AdaptedModel {
  /// The model's name or id.
  public nonisolated let name: String
  /// Where everything lies.
  public nonisolated let store: PlatformStore
  /// The user's functions.
  public nonisolated let adapter: any ModelAdapter
  /// How they are called.
  public var settings: AdapterSettings

  /// The model as it was loaded.
  var loaded: LoadedModel?

  /// Puts a model and its adapter together; nothing is loaded yet.
  public init(
    _ model: String, in store: PlatformStore, adapter: any ModelAdapter, settings: AdapterSettings = AdapterSettings()
  ) {
    name = model
    self.store = store
    self.adapter = adapter
    self.settings = settings
  }

  /// Sets how the functions are called.
  public func use(_ settings: AdapterSettings) { self.settings = settings }
}

/// A model that an adapter has loaded.
struct LoadedModel: Sendable {
  /// The platform's entity.
  var entity: PlatformModel
  /// What the adapter was told, with what its `load` changed.
  var model: AdapterModel
  /// What `load` changed; kept when the model is saved.
  var change: AdapterChange
}
