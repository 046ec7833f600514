// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Where a platform keeps what it knows, and where local copies for model adapters lie.
public struct PlatformPlace: Sendable, Hashable {
  /// The folder of the store: its database and its files by digest.
  public let store: String
  /// The folder of local copies: artifacts of models, and data that was prepared for training.
  public let local: String

  /// Names both folders.
  public init(store: String, local: String) {
    self.store = store
    self.local = local
  }

  /// The usual folders: the store lies in `platform` below Galley's home; local copies lie in `DATALOOP_PATH`, as
  /// adapters for Dataloop expect, else in `local` below the store.
  /// - Parameters:
  ///   - home: Galley's home.
  ///   - environment: where `DATALOOP_PATH` may be set.
  public init(home: String, environment: [String: String]) {
    let store = "\(home)/platform"
    let named = environment["DATALOOP_PATH"].flatMap { $0.isEmpty ? nil : $0 }
    self.init(store: store, local: named ?? "\(store)/local")
  }

  /// The database.
  var database: String { "\(store)/platform.sqlite" }

  /// Where the local copy of a model's artifacts lies. The folder is named by the model's id: two models of one name
  /// never share it.
  public func artifacts(ofModel id: String) -> String { "\(local)/models/\(id)/artifacts" }

  /// Where the vectors lie that a run of a model gave for items.
  public func embeddings(ofModel id: String, run: String) -> String {
    "\(store)/embeddings/\(id)/\(Self.plain(run)).safetensors"
  }

  /// Where data for one training of a model is prepared: `datasets/<data set>/<subset>/{items,json}` and `output` lie
  /// in it.
  /// - Parameter time: what tells this training from others, such as `2026-11-26T01-00-00Z`.
  public func modelData(ofModel id: String, named name: String, at time: String) -> String {
    "\(local)/model_data/\(id)_\(Self.plain(name))/\(time)"
  }

  private static func plain(_ name: String) -> String {
    String(name.map { $0 == "/" || $0 == "\0" ? "_" : $0 })
  }
}
