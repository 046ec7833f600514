// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
public import FoundationEssentials
public import Galley
internal import JSONStream

extension Manifest {
  /// Reads a manifest. Whatever isn't exactly as ``canonicalBytes(limits:)`` writes it is refused: unknown keys, keys or
  /// elements twice or out of order, spaces, other forms of a number or a text.
  /// - Parameter place: where it comes from, for errors.
  /// - Throws: `GalleyError` with the place of the first fault.
  public init(_ data: Data, at place: String, limits: BundleLimits = BundleLimits()) throws(GalleyError) {
    let failure = "can't read the bundle's manifest"
    var parser = ManifestParser(limits: limits)
    let manifest = try CanonicalJSON.read(data, failure, at: place) { json in
      try parser.manifest(&json)
    } writing: {
      Self.write($0, &$1)
    }
    do throws(CanonicalProblem) {
      try ManifestRules(limits).check(manifest)
    } catch {
      throw GalleyError(.badData, failure, at: place, why: error.description)
    }
    self = manifest
  }
}

/// Reads the parts of a manifest; what they mean to each other is checked by ``ManifestRules``.
private struct ManifestParser {
  let limits: BundleLimits
  private var entryCount = 0

  init(limits: BundleLimits) { self.limits = limits }

  mutating func manifest(_ json: inout JSONReader) throws -> Manifest {
    var artifacts: [BundleArtifact]?
    var base: Manifest.Base?
    var claims: [Claim]?
    var (created, validFrom, validUntil): (BundleTime?, BundleTime?, BundleTime?) = (nil, nil, nil)
    var (format, galley, name, sequence): (String?, String?, String?, Int?) = (nil, nil, nil, nil)
    var (host, platforms): ([String]?, [String]?) = (nil, nil)
    var objects: [BundleObject]?
    var trees: [BundleTree]?
    try json.fields { json, key in
      switch key {
      case "artifacts": artifacts = try json.list("artifacts", atMost: limits.objects) { try artifact(&$0) }
      case "base": base = try self.base(&json)
      case "claims": claims = try json.list("claims", atMost: limits.claims) { try claim(&$0) }
      case "created": created = try json.time()
      case "format": format = try readFormat(&json)
      case "galley": galley = try text(&json)
      case "host": host = try texts(&json, "host paths")
      case "name": name = try text(&json)
      case "objects": objects = try json.list("objects", atMost: limits.objects) { try object(&$0) }
      case "platforms": platforms = try texts(&json, "platforms")
      case "sequence": sequence = try json.int()
      case "trees": trees = try json.list("trees", atMost: limits.trees) { try tree(&$0) }
      case "validFrom": validFrom = try json.time()
      case "validUntil": validUntil = try json.time()
      default: return false
      }
      return true
    }
    _ = try json.required(format, "format")
    var manifest = Manifest(
      name: try json.required(name, "name"), sequence: try json.required(sequence, "sequence"),
      created: try json.required(created, "created"), validFrom: validFrom, validUntil: validUntil,
      galley: try json.required(galley, "galley"), platforms: [], base: base)
    // Not through the initializer, which would bring them into order: here the order is part of the form.
    manifest.platforms = try json.required(platforms, "platforms")
    manifest.claims = try json.required(claims, "claims")
    manifest.artifacts = try json.required(artifacts, "artifacts")
    manifest.objects = try json.required(objects, "objects")
    manifest.trees = try json.required(trees, "trees")
    manifest.host = try json.required(host, "host")
    return manifest
  }

  private func readFormat(_ json: inout JSONReader) throws -> String {
    let format = try text(&json)
    guard format == Manifest.currentFormat else {
      throw CanonicalProblem("its format is '\(format)', and this Galley reads '\(Manifest.currentFormat)'")
    }
    return format
  }

  private func text(_ json: inout JSONReader) throws -> String { try json.plainText(atMost: limits.textBytes) }

  private func texts(_ json: inout JSONReader, _ what: String) throws -> [String] {
    try json.list(what, atMost: limits.elements) { try text(&$0) }
  }

  private func object(_ json: inout JSONReader) throws -> BundleObject {
    var (digest, size): (Digest?, Int?) = (nil, nil)
    try json.fields { json, key in
      switch key {
      case "sha256": digest = try json.digest()
      case "size": size = try json.int()
      default: return false
      }
      return true
    }
    return BundleObject(digest: try json.required(digest, "sha256"), size: try json.required(size, "size"))
  }

  private func base(_ json: inout JSONReader) throws -> Manifest.Base {
    var (digest, name, sequence): (Digest?, String?, Int?) = (nil, nil, nil)
    try json.fields { json, key in
      switch key {
      case "digest": digest = try json.digest()
      case "name": name = try text(&json)
      case "sequence": sequence = try json.int()
      default: return false
      }
      return true
    }
    return Manifest.Base(
      name: try json.required(name, "name"), sequence: try json.required(sequence, "sequence"),
      digest: try json.required(digest, "digest"))
  }

  private func artifact(_ json: inout JSONReader) throws -> BundleArtifact {
    var (digest, name, role): (Digest?, String?, String?) = (nil, nil, nil)
    var (origin, licence): (String?, String?) = (nil, nil)
    try json.fields { json, key in
      switch key {
      case "licence": licence = try text(&json)
      case "name": name = try text(&json)
      case "origin": origin = try text(&json)
      case "role": role = try text(&json)
      case "sha256": digest = try json.digest()
      default: return false
      }
      return true
    }
    return BundleArtifact(
      digest: try json.required(digest, "sha256"), name: name, role: role, origin: origin, licence: licence)
  }

  private func claim(_ json: inout JSONReader) throws -> Claim {
    var (id, platform, task): (String?, String?, String?) = (nil, nil, nil)
    var (missing, trees): ([String]?, [String]?) = (nil, nil)
    var (needs, proof): ([Digest]?, Digest?) = (nil, nil)
    var (recipe, standIn, state): (Claim.Recipe?, Claim.StandIn?, ClaimState?) = (nil, nil, nil)
    try json.fields { json, key in
      switch key {
      case "id": id = try text(&json)
      case "missing": missing = try texts(&json, "missing things")
      case "needs": needs = try json.list("needs", atMost: limits.elements) { try $0.digest() }
      case "platform": platform = try text(&json)
      case "proof": proof = try json.digest()
      case "recipe": recipe = try self.recipe(&json)
      case "standIn": standIn = try self.standIn(&json)
      case "state": state = try word(&json, "state of a claim")
      case "task": task = try text(&json)
      case "trees": trees = try texts(&json, "trees")
      default: return false
      }
      return true
    }
    var claim = Claim(
      id: try json.required(id, "id"), recipe: try json.required(recipe, "recipe"),
      task: try json.required(task, "task"), platform: try json.required(platform, "platform"),
      state: try json.required(state, "state"), missing: try json.required(missing, "missing"), standIn: standIn,
      proof: proof)
    claim.needs = try json.required(needs, "needs")
    claim.trees = try json.required(trees, "trees")
    return claim
  }

  private func recipe(_ json: inout JSONReader) throws -> Claim.Recipe {
    var (digest, document, name): (Digest?, Digest?, String?) = (nil, nil, nil)
    try json.fields { json, key in
      switch key {
      case "digest": digest = try json.digest()
      case "document": document = try json.digest()
      case "name": name = try text(&json)
      default: return false
      }
      return true
    }
    return Claim.Recipe(
      name: try json.required(name, "name"), digest: try json.required(digest, "digest"),
      document: try json.required(document, "document"))
  }

  private func standIn(_ json: inout JSONReader) throws -> Claim.StandIn {
    var (format, labels, minimumCount): (String?, [String]?, Int?) = (nil, nil, nil)
    try json.fields { json, key in
      switch key {
      case "format": format = try text(&json)
      case "labels": labels = try texts(&json, "labels")
      case "minimumCount": minimumCount = try json.int()
      default: return false
      }
      return true
    }
    return Claim.StandIn(
      format: try json.required(format, "format"), labels: try json.required(labels, "labels"),
      minimumCount: try json.required(minimumCount, "minimumCount"))
  }

  private func word<Word: RawRepresentable>(
    _ json: inout JSONReader, _ what: String
  ) throws -> Word where Word.RawValue == String {
    let text = try text(&json)
    guard let word = Word(rawValue: text) else { throw json.problem("'\(text.prefix(100))' is no \(what)") }
    return word
  }

  private mutating func tree(_ json: inout JSONReader) throws -> BundleTree {
    var (digest, name, kind): (Digest?, String?, BundleTree.Kind?) = (nil, nil, nil)
    var (entries, library): ([TreeEntry]?, LibraryRecord?) = (nil, nil)
    try json.fields { json, key in
      switch key {
      case "digest": digest = try json.digest()
      case "entries":
        let list = try json.list("entries of trees", atMost: limits.entries - entryCount) { try entry(&$0) }
        entryCount += list.count
        entries = list
      case "kind": kind = try word(&json, "kind of a tree")
      case "library": library = try self.library(&json)
      case "name": name = try text(&json)
      default: return false
      }
      return true
    }
    var tree = BundleTree(
      name: try json.required(name, "name"), kind: try json.required(kind, "kind"), digest: digest, library: library)
    tree.entries = try json.required(entries, "entries")
    return tree
  }

  private func entry(_ json: inout JSONReader) throws -> TreeEntry {
    var (path, link, digest, isExecutable): (String?, String?, Digest?, Bool?) = (nil, nil, nil, nil)
    try json.fields { json, key in
      switch key {
      case "executable": isExecutable = try json.bool()
      case "link": link = try json.plainText(atMost: limits.pathBytes)
      case "path": path = try json.plainText(atMost: limits.pathBytes)
      case "sha256": digest = try json.digest()
      default: return false
      }
      return true
    }
    let name = try json.required(path, "path")
    if let link {
      guard digest == nil, isExecutable == nil else { throw json.problem("'\(name)' is a link and a file") }
      return TreeEntry(path: name, content: .link(link))
    }
    return TreeEntry(
      path: name,
      content: .file(
        try json.required(digest, "sha256"), isExecutable: try json.required(isExecutable, "executable")))
  }

  private func library(_ json: inout JSONReader) throws -> LibraryRecord {
    var (licence, main, name): (String?, String?, String?) = (nil, nil, nil)
    var (path, preload, digest, version): (String?, [String]?, Digest?, String?) = (nil, nil, nil, nil)
    try json.fields { json, key in
      switch key {
      case "licence": licence = try text(&json)
      case "main": main = try json.plainText(atMost: limits.pathBytes)
      case "name": name = try text(&json)
      case "path": path = try json.plainText(atMost: limits.pathBytes)
      case "preload": preload = try texts(&json, "libraries to open before")
      case "sha256": digest = try json.digest()
      case "version": version = try text(&json)
      default: return false
      }
      return true
    }
    return LibraryRecord(
      name: try json.required(name, "name"), version: try json.required(version, "version"),
      path: try json.required(path, "path"), main: try json.required(main, "main"), digest: digest, licence: licence,
      preload: try json.required(preload, "preload"))
  }
}
