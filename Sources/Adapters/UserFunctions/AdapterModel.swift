// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Platform

/// What an adapter is told of the model that it stands for.
public struct AdapterModel: Sendable, Hashable {
  /// The model's id.
  public var id: String
  /// The model's name.
  public var name: String
  /// The model's version.
  public var version: Int
  /// The labels, in the order of the model's outputs.
  public var labels: [String]
  /// The configuration; what the adapter's card declares has its default where nothing is said.
  public var configuration: [String: ConfigurationValue]
  /// What the items are: `image`, `text`.
  public var inputType: String
  /// What is predicted, in Dataloop's words.
  public var outputType: String
  /// The id of the data set that the model learns from.
  public var datasetID: String?

  /// Takes what the platform knows.
  /// - Throws: `GalleyError` with the key of a configured value that the card doesn't accept.
  public init(_ model: PlatformModel, for card: AdapterCard) throws(GalleyError) {
    id = model.id
    name = model.name
    version = model.version
    labels = model.labels.isEmpty ? card.labels ?? [] : model.labels
    configuration = model.configuration.values
    inputType = model.inputType
    outputType = model.outputType
    datasetID = model.datasetID
    for option in card.options {
      guard let value = configuration[option.name] else {
        configuration[option.name] = option.defaultValue
        continue
      }
      switch option.kind.accept(value) {
      case .success(let accepted): configuration[option.name] = accepted
      case .failure(let refusal):
        throw GalleyError(
          .configuration, "can't load the model '\(model.name)'", at: "configuration.\(option.name)",
          why: refusal.reason, remedy: "Set it with 'galley model update'.")
      }
    }
  }
}

/// What an adapter changes of its model; `nil` leaves a value as it is.
public struct AdapterChange: Sendable, Hashable {
  /// The labels, in the order of the model's outputs.
  public var labels: [String]?
  /// The configuration, all of it.
  public var configuration: [String: ConfigurationValue]?

  /// Changes this.
  public init(labels: [String]? = nil, configuration: [String: ConfigurationValue]? = nil) {
    self.labels = labels
    self.configuration = configuration
  }
}
