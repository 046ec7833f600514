// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
public import FoundationEssentials
public import Galley
internal import JSONStream

extension Manifest {
  /// The manifest's bytes: canonical JSON.
  /// - Parameter limits: what readers refuse.
  /// - Throws: `GalleyError` if a reader would refuse it.
  public func canonicalBytes(limits: BundleLimits = BundleLimits()) throws(GalleyError) -> Data {
    do throws(CanonicalProblem) {
      try ManifestRules(limits).check(self)
    } catch {
      throw GalleyError(.badData, "can't write the manifest of '\(name)'", why: error.description)
    }
    var json = JSONWriter()
    Self.write(self, &json)
    return Data(json.bytes)
  }

  static func write(_ manifest: Manifest, _ json: inout JSONWriter) {
    json.object { json in
      json.list("artifacts", manifest.artifacts) { $0.write(&$1) }
      if let base = manifest.base {
        json.key("base")
        base.write(&json)
      }
      json.list("claims", manifest.claims) { $0.write(&$1) }
      json.field("created", manifest.created.description)
      json.field("format", currentFormat)
      json.field("galley", manifest.galley)
      json.texts("host", manifest.host)
      json.field("name", manifest.name)
      json.list("objects", manifest.objects) { $0.write(&$1) }
      json.texts("platforms", manifest.platforms)
      json.field("sequence", manifest.sequence)
      json.list("trees", manifest.trees) { $0.write(&$1) }
      json.field("validFrom", manifest.validFrom?.description)
      json.field("validUntil", manifest.validUntil?.description)
    }
  }
}

extension JSONWriter {
  fileprivate mutating func field(_ name: String, _ value: String?) {
    guard let value else { return }
    key(name)
    write(value)
  }

  fileprivate mutating func field(_ name: String, _ value: Int) {
    key(name)
    write(value)
  }

  fileprivate mutating func texts(_ name: String, _ values: [String]) {
    list(name, values) { $1.write($0) }
  }

  fileprivate mutating func list<Element>(
    _ name: String, _ elements: [Element], _ body: (Element, inout JSONWriter) -> Void
  ) {
    key(name)
    array { json in
      for element in elements { body(element, &json) }
    }
  }
}

extension Manifest.Base {
  fileprivate func write(_ json: inout JSONWriter) {
    json.object { json in
      json.field("digest", digest.hex)
      json.field("name", name)
      json.field("sequence", sequence)
    }
  }
}

extension BundleObject {
  fileprivate func write(_ json: inout JSONWriter) {
    json.object { json in
      json.field("sha256", digest.hex)
      json.field("size", size)
    }
  }
}

extension BundleArtifact {
  fileprivate func write(_ json: inout JSONWriter) {
    json.object { json in
      json.field("licence", licence)
      json.field("name", name)
      json.field("origin", origin)
      json.field("role", role)
      json.field("sha256", digest.hex)
    }
  }
}

extension Claim {
  fileprivate func write(_ json: inout JSONWriter) {
    json.object { json in
      json.field("id", id)
      json.texts("missing", missing)
      json.list("needs", needs) { $1.write($0.hex) }
      json.field("platform", platform)
      json.field("proof", proof?.hex)
      json.key("recipe")
      json.object { json in
        json.field("digest", recipe.digest.hex)
        json.field("document", recipe.document.hex)
        json.field("name", recipe.name)
      }
      if let standIn {
        json.key("standIn")
        json.object { json in
          json.field("format", standIn.format)
          json.texts("labels", standIn.labels)
          json.field("minimumCount", standIn.minimumCount)
        }
      }
      json.field("state", state.rawValue)
      json.field("task", task)
      json.texts("trees", trees)
    }
  }
}

extension BundleTree {
  fileprivate func write(_ json: inout JSONWriter) {
    json.object { json in
      json.field("digest", digest?.hex)
      json.list("entries", entries) { $0.write(&$1) }
      json.field("kind", kind.rawValue)
      if let library {
        json.key("library")
        library.write(&json)
      }
      json.field("name", name)
    }
  }
}

extension TreeEntry {
  fileprivate func write(_ json: inout JSONWriter) {
    json.object { json in
      switch content {
      case .file(let digest, let isExecutable):
        json.key("executable")
        json.write(isExecutable)
        json.field("path", path)
        json.field("sha256", digest.hex)
      case .link(let target):
        json.field("link", target)
        json.field("path", path)
      }
    }
  }
}

extension LibraryRecord {
  fileprivate func write(_ json: inout JSONWriter) {
    json.object { json in
      json.field("licence", licence)
      json.field("main", main)
      json.field("name", name)
      json.field("path", path)
      json.texts("preload", preload)
      json.field("sha256", digest?.hex)
      json.field("version", version)
    }
  }
}
