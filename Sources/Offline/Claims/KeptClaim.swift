// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Bundles
public import Files
public import Galley
public import Recipes

/// What the pantry knows of a claim: a recipe, a task and a platform that were prepared for a place without network.
public struct KeptClaim: Sendable, Hashable, Codable {
  /// The format of its document.
  public static let currentFormat = "galley.claim/1"

  /// A tree of the pantry, by its name and its content.
  public struct Tree: Sendable, Hashable, Codable {
    /// Its name: `programs`, or a library's name and version.
    public var name: String
    /// The digest of what it holds when the claim was made.
    public var digest: Digest

    /// Names a tree.
    public init(name: String, digest: Digest) { (self.name, self.digest) = (name, digest) }
  }

  /// The format of the document.
  public var format = Self.currentFormat
  /// What people call the recipe.
  public var recipe: String
  /// The digest of the recipe, or of all its variants.
  public var recipeDigest: Digest
  /// The pantry's artifact that holds the recipe, with every file by its content.
  public var document: Digest
  /// What was prepared.
  public var task: ClaimedTask
  /// Where: `linux-x86_64`.
  public var platform: String
  /// The data that is only at the site; `nil` if the data is part of the claim.
  public var siteData: Claim.StandIn?
  /// Artifacts of the pantry that it needs, beside the document.
  public var artifacts: [Digest]
  /// Folders of the pantry that it needs.
  public var folders: [Digest]
  /// Trees of the pantry that it needs.
  public var trees: [Tree]
  /// The artifact that holds the record of its proof; `nil` if it was not run or did not pass.
  public var proof: Digest?
  /// Why the proof did not pass, as sentences; empty if it passed or was not run.
  public var failures: [String]
  /// When it was prepared.
  public var prepared: BundleTime
  /// The version of Galley that prepared it.
  public var galley: String

  /// Creates a claim.
  public init(
    recipe: String, recipeDigest: Digest, document: Digest, task: ClaimedTask, platform: String,
    siteData: Claim.StandIn? = nil, artifacts: [Digest], folders: [Digest], trees: [Tree], proof: Digest? = nil,
    failures: [String] = [], prepared: BundleTime = .now, galley: String = galleyVersion.description
  ) {
    (self.recipe, self.recipeDigest, self.document) = (recipe, recipeDigest, document)
    (self.task, self.platform, self.siteData) = (task, platform, siteData)
    (self.artifacts, self.folders) = (Set(artifacts).sorted(), Set(folders).sorted())
    self.trees = trees.sorted { $0.name < $1.name }
    (self.proof, self.failures, self.prepared, self.galley) = (proof, failures, prepared, galley)
  }

  /// Its id: the recipe's name for people, and twelve digits of the digest of what is claimed.
  ///
  /// The same recipe, task, platform and kind of data has the same id, so a later preparation takes an earlier one's
  /// place.
  public var id: String {
    var claimed = "\(recipeDigest.hex)\n\(task.rawValue)\n\(platform)\n"
    if let siteData {
      claimed += "\(siteData.format)\n\(siteData.minimumCount)\n\(siteData.labels.joined(separator: "\n"))\n"
    }
    let name = recipe.lowercased().map { ($0.isLetter || $0.isNumber) && $0.isASCII ? $0 : "-" }
    return "\(String(name.prefix(40)))-\(task.rawValue)-\(Digest(of: claimed).hex.prefix(12))"
  }
}
