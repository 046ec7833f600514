// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import Galley
public import Recipes

/// One thing that recipes need beyond the machine itself: bytes that must be here before the network is gone.
public struct ClosureItem: Sendable, Hashable, Encodable {
  /// What kind of thing it is.
  public enum Kind: String, Sendable, Hashable, Encodable, CaseIterable {
    /// Bytes in the pantry, by digest.
    case artifact
    /// A file of the user's that an option names.
    case file
    /// A folder of the user's that an option names.
    case folder
    /// A native library, or a resource that reports embed.
    case library
    /// A program of Galley's.
    case program
    /// A golden volume that a recipe was taken from.
    case volume
    /// A Python interpreter with what belongs to it, or libraries that Python packages expect of the system.
    case interpreter
    /// A program of the user's that offers an ingredient: its file, its lock, and the modules beside it.
    case worker
  }

  /// What a size and a digest are of.
  public enum Packing: String, Sendable, Hashable, Encodable {
    /// The bytes as they are used.
    case plain
    /// An installed library: the size is that of its files, the digest that of its main file.
    case unpacked
    /// A library that must be fetched: size and digest of the wheel.
    case wheel
  }

  /// Who needs it.
  public struct User: Sendable, Hashable, Encodable {
    /// The choice's place in the recipe: `trainer`, `data.path`; for what every run needs, the stage.
    public var path: String
    /// The ingredient with its version: `trainer.supervised@1.0.0`.
    public var ingredient: String

    /// Names a user.
    public init(path: String, ingredient: String) {
      self.path = path
      self.ingredient = ingredient
    }
  }

  /// What kind of thing it is.
  public var kind: Kind
  /// What the bytes are for.
  public var role: ArtifactRequirement.Role
  /// Its name, with the version where it has one: `torch-2.13.0+cpu`.
  public var name: String
  /// The name of a library without its version, as `installed.json` has it; `nil` for other things.
  public var library: String?
  /// SHA-256, if somebody computed it; of what, `packing` says.
  public var digest: Digest?
  /// First hexadecimal digits of the SHA-256, where no more is known.
  public var digestPrefix: String?
  /// Size in bytes; `nil` if nobody knows it.
  public var byteCount: Int?
  /// What the size and the digest are of.
  public var packing = Packing.plain
  /// Where it can be had, in order of preference.
  public var origins: [String] = []
  /// The licence as an SPDX expression, or by its name; `nil` if nobody stated it.
  public var licence: String?
  /// Who made it and where that is described.
  public var provenance: String?
  /// Where it lies on this machine; `nil` if it doesn't.
  public var path: String?
  /// Whether it need not be fetched.
  public var isHere = false
  /// Who needs it, in the order of the recipe.
  public var users: [User] = []
  /// The stages that open it, in the order of a run.
  public var stages: [StageGoal] = []
  /// Positions of the members of the closure that need it, rising.
  public var members: [Int] = []

  /// Names a thing.
  public init(kind: Kind, role: ArtifactRequirement.Role, name: String, library: String? = nil) {
    self.library = library
    self.kind = kind
    self.role = role
    self.name = name
  }

  /// Bytes that must be brought here; `nil` if the size isn't known.
  public var bytesToFetch: Int? { isHere ? 0 : byteCount }

  /// The tasks whose own stages open it; earlier stages, on which a task builds, may need more.
  public var tasks: [ClaimedTask] { ClaimedTask.allCases.filter { !$0.ownStages.isDisjoint(with: stages) } }

  /// Whether somebody who runs a recipe from its beginning up to a task needs it.
  public func isNeeded(for task: ClaimedTask) -> Bool { stages.contains { $0 <= task.goal } }

  /// The thing as a requirement, with which it can be fetched or shown.
  public var requirement: ArtifactRequirement {
    ArtifactRequirement(
      name: name, role: role, digest: digest, digestPrefix: digestPrefix, byteCount: byteCount, origins: origins,
      licence: licence, provenance: provenance)
  }

  private enum CodingKeys: String, CodingKey {
    case kind, role, name, library, digest, digestPrefix, byteCount, packing, origins, licence, provenance, path,
      isHere, users
    case stages, members, tasks
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(kind, forKey: .kind)
    try container.encode(role, forKey: .role)
    try container.encode(name, forKey: .name)
    try container.encodeIfPresent(library, forKey: .library)
    try container.encodeIfPresent(digest, forKey: .digest)
    try container.encodeIfPresent(digestPrefix, forKey: .digestPrefix)
    try container.encodeIfPresent(byteCount, forKey: .byteCount)
    try container.encode(packing, forKey: .packing)
    try container.encode(origins, forKey: .origins)
    try container.encodeIfPresent(licence, forKey: .licence)
    try container.encodeIfPresent(provenance, forKey: .provenance)
    try container.encodeIfPresent(path, forKey: .path)
    try container.encode(isHere, forKey: .isHere)
    try container.encode(users, forKey: .users)
    try container.encode(stages, forKey: .stages)
    try container.encode(members, forKey: .members)
    try container.encode(tasks, forKey: .tasks)
  }
}

extension ClaimedTask {
  /// The stages that do the task itself.
  var ownStages: Set<StageGoal> {
    switch self {
    case .train, .validate: [.prepare, .train]
    case .export: [.export]
    case .optimize: [.optimize]
    case .test, .predict, .bench: [.measure, .report]
    }
  }
}

/// A number of bytes of which some may be unknown.
public struct ByteTotal: Sendable, Hashable, Encodable {
  /// Bytes of what has a known size.
  public private(set) var known = 0
  /// How many things have no known size.
  public private(set) var unknown = 0

  /// Adds sizes.
  public init(_ sizes: some Sequence<Int?>) {
    for size in sizes {
      if let size {
        // Sizes come from cards, which anybody may write.
        let (sum, overflow) = known.addingReportingOverflow(max(0, size))
        known = overflow ? .max : sum
      } else {
        unknown += 1
      }
    }
  }
}
