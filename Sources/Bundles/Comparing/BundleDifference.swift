// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files

/// What changed from one bundle to another.
public struct BundleDifference: Sendable, Hashable {
  /// Something named that both have and that isn't the same.
  public struct Change<Thing: Sendable & Hashable>: Sendable, Hashable {
    /// As the earlier bundle has it.
    public var old: Thing
    /// As the later bundle has it.
    public var new: Thing
  }

  /// What became of things of one kind.
  public struct Changes<Thing: Sendable & Hashable>: Sendable, Hashable {
    /// Those that only the later bundle has.
    public var added: [Thing]
    /// Those that only the earlier bundle has.
    public var removed: [Thing]
    /// Those that both have, differently.
    public var changed: [Change<Thing>]

    /// Whether nothing changed.
    public var isEmpty: Bool { added.isEmpty && removed.isEmpty && changed.isEmpty }

    init(_ old: [Thing], _ new: [Thing], by name: (Thing) -> String) {
      let before = Dictionary(old.map { (name($0), $0) }) { first, _ in first }
      let after = Set(new.map(name))
      added = new.filter { before[name($0)] == nil }
      removed = old.filter { !after.contains(name($0)) }
      changed = new.compactMap { thing in
        before[name(thing)].flatMap { $0 == thing ? nil : Change(old: $0, new: thing) }
      }
    }
  }

  /// Objects.
  public var objects: Changes<BundleObject>
  /// Artifacts, by digest.
  public var artifacts: Changes<BundleArtifact>
  /// Trees, by name.
  public var trees: Changes<BundleTree>
  /// Claims, by name.
  public var claims: Changes<Claim>
  /// Bytes of objects that both have.
  public var sharedByteCount: Int

  /// Compares two manifests.
  public init(from old: Manifest, to new: Manifest) {
    objects = Changes(old.objects, new.objects) { $0.digest.hex }
    artifacts = Changes(old.artifacts, new.artifacts) { $0.digest.hex }
    trees = Changes(old.trees, new.trees, by: \.name)
    claims = Changes(old.claims, new.claims, by: \.id)
    let before = Set(old.objects)
    sharedByteCount = new.objects.reduce(0) { $0 + (before.contains($1) ? $1.size : 0) }
  }

  /// Whether the bundles have the same objects, artifacts, trees and claims.
  public var isEmpty: Bool { objects.isEmpty && artifacts.isEmpty && trees.isEmpty && claims.isEmpty }
  /// Bytes of objects that only the later bundle has.
  public var addedByteCount: Int { objects.added.reduce(0) { $0 + $1.size } }
  /// Bytes of objects that only the earlier bundle has.
  public var removedByteCount: Int { objects.removed.reduce(0) { $0 + $1.size } }

  /// The files of a tree that changed, by path.
  public static func entries(_ change: Change<BundleTree>) -> Changes<TreeEntry> {
    Changes(change.old.entries, change.new.entries, by: \.path)
  }
}

extension Manifest {
  /// The same bundle without the objects that another carries or presupposes: only with that one is it whole.
  /// - Parameters:
  ///   - base: the other bundle's manifest.
  ///   - digest: of the other manifest's bytes.
  ///   - presupposed: objects that the other has from its own bases.
  public func delta(from base: Manifest, digest: Digest, presupposed: Set<Digest> = []) -> Manifest {
    var delta = self
    let held = presupposed.union(base.objects.map(\.digest))
    delta.objects = objects.filter { !held.contains($0.digest) }
    delta.base = Base(name: base.name, sequence: base.sequence, digest: digest)
    return delta
  }
}
