// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// A model as an entity: what it is made of, what it learns from, and what became of it.
public struct PlatformModel: Sendable, Hashable, Codable {
  /// The id: 24 hexadecimal digits.
  public let id: String
  /// The id of the project.
  public let projectID: String
  /// The name, unique in its project.
  public let name: String
  /// Counts up whenever artifacts or configuration change; predictions name it.
  public let version: Int
  /// What it is, for people.
  public let description: String?
  /// The id of the data set that it learns from.
  public let datasetID: String?
  /// The id of the model that it was cloned from.
  public let parentID: String?
  /// What its items are: `image`, `text`.
  public let inputType: String
  /// What it predicts, in Dataloop's words: `class`, `box`, `segment`, `binary`, `point`, `pose`, `embedding`.
  public let outputType: String
  /// The state.
  public let status: ModelStatus
  /// Why it is in that state; `nil` if there is nothing to say.
  public let statusReason: String?
  /// The process that is at work, in states that need one.
  public let statusOwner: ProcessIdentity?
  /// The labels that it knows, in the order of its outputs.
  public let labels: [String]
  /// Words by which people find it.
  public let tags: [String]
  /// What its adapter is given: `batch_size`, `id_to_label_map` …
  public let configuration: JSONObject
  /// The items of each subset, by name: `train`, `validation`, `test`.
  public let subsets: [String: Filters]
  /// What else is known.
  public let metadata: JSONObject
  /// Files by path, like `weights/best.pth`.
  public let artifacts: [ModelArtifact]
  /// When it was created, in seconds since 1970.
  public let created: Double
  /// When it was last changed, in seconds since 1970.
  public let updated: Double
}

/// A file of a model.
public struct ModelArtifact: Sendable, Hashable, Codable {
  /// The path in the model, without a leading `/`.
  public var path: String
  /// The SHA-256, as 64 hexadecimal digits.
  public var digest: String
  /// How many bytes it has.
  public var byteCount: Int
}

/// What a model shall become; `nil` leaves a value as it is.
public struct ModelChange: Sendable, Hashable {
  /// The name.
  public var name: String?
  /// What it is, for people.
  public var description: String?
  /// The name or id of the data set.
  public var dataset: String?
  /// What its items are.
  public var inputType: String?
  /// What it predicts.
  public var outputType: String?
  /// The labels that it knows.
  public var labels: [String]?
  /// Words by which people find it.
  public var tags: [String]?
  /// What its adapter is given.
  public var configuration: JSONObject?
  /// The items of each subset.
  public var subsets: [String: Filters]?
  /// What else is known.
  public var metadata: JSONObject?

  /// Changes nothing.
  public init() {}

  func check() throws(GalleyError) {
    if let name { try EntityName.check(name, "model") }
    for (subset, filters) in subsets ?? [:] {
      guard Subset(rawValue: subset) != nil else {
        let names = Subset.allCases.map(\.rawValue)
        throw GalleyError(
          .usage, "can't use the subset '\(subset)'", why: "a model has no such subset",
          remedy: NearestName.match(subset, in: names).map { "Did you mean '\($0)'?" }
            ?? "There is \(names.joined(separator: ", ")).")
      }
      guard filters.resource == .items else {
        throw GalleyError(
          .usage, "can't use the subset '\(subset)'", why: "its filter is about \(filters.resource.rawValue), not items"
        )
      }
    }
  }
}

/// A model's change of state.
public struct StatusChange: Sendable, Hashable, Codable {
  /// The state that it came into.
  public var status: ModelStatus
  /// Why; `nil` if there was nothing to say.
  public var reason: String?
  /// When, in seconds since 1970.
  public var at: Double
}
