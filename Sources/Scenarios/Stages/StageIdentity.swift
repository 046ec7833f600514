// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials

/// Everything that a stage's result depends on. Two stages with equal identities give the same result, so only one of
/// them runs.
struct StageIdentity: Hashable {
  /// Name of the stage: `train`.
  var stage: String
  /// Version of the stage's own behaviour; it changes when the same inputs would give another result.
  var version: Int
  /// Options, digests of inputs and versions of tools, by name.
  var parts: [String: String]

  /// SHA-256 of the identity's canonical text.
  func key() throws -> Digest {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var document = parts
    document["stage"] = stage
    document["version"] = String(version)
    return Digest(of: try encoder.encode(document))
  }
}
