// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files

/// How sure it is that a claim holds.
public enum ClaimState: String, Sendable, Hashable, CaseIterable {
  /// It was run with the network cut, from the bundle alone, on its platform.
  case proven
  /// Everything that its parts declare is there; it was not run.
  case closed
  /// Something is missing.
  case incomplete
  /// Something that it was proven with has changed since.
  case stale
}

/// Something that a bundle can do: one recipe, one task, one platform.
public struct Claim: Sendable, Hashable {
  /// Its name, unique in the bundle.
  public var id: String
  /// The recipe.
  public var recipe: Recipe
  /// The task: "train", "validate", "test", "predict", "export", "optimize", "bench".
  public var task: String
  /// The platform: "linux-x86_64".
  public var platform: String
  /// How sure it is.
  public var state: ClaimState
  /// What is missing, in words; empty unless the claim is incomplete or stale.
  public var missing: [String]
  /// What stood in for the data in the proof, if the data itself is only at the site.
  public var standIn: StandIn?
  /// The objects that the claim needs beside those of its trees.
  public var needs: [Digest]
  /// The names of the trees that it needs.
  public var trees: [String]
  /// The object that holds the record of its proof.
  public var proof: Digest?

  /// A recipe in a bundle.
  public struct Recipe: Sendable, Hashable {
    /// What people call it.
    public var name: String
    /// The digest of the recipe.
    public var digest: Digest
    /// The object that holds it, complete and locked.
    public var document: Digest

    /// Names a recipe.
    public init(name: String, digest: Digest, document: Digest) {
      self.name = name
      self.digest = digest
      self.document = document
    }
  }

  /// What the data at the site must be like.
  public struct StandIn: Sendable, Hashable, Codable {
    /// The format of the data set: "image-folder".
    public var format: String
    /// The labels, in order.
    public var labels: [String]
    /// The fewest items that will do.
    public var minimumCount: Int

    /// Describes data.
    public init(format: String, labels: [String], minimumCount: Int) {
      self.format = format
      self.labels = labels
      self.minimumCount = minimumCount
    }
  }

  /// Creates a claim; what it needs is brought into order.
  public init(
    id: String, recipe: Recipe, task: String, platform: String, state: ClaimState, missing: [String] = [],
    standIn: StandIn? = nil, needs: [Digest] = [], trees: [String] = [], proof: Digest? = nil
  ) {
    self.id = id
    self.recipe = recipe
    self.task = task
    self.platform = platform
    self.state = state
    self.missing = missing
    self.standIn = standIn
    self.needs = Set(needs).sorted()
    self.trees = trees.sortedByBytes()
    self.proof = proof
  }
}
