// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import FoundationEssentials
public import Galley

/// What a choice means, whatever it is called and wherever its files lie.
extension FilledSlot {
  /// The choice as one canonical text: taxonomy, version, options in which every file stands for the digest of its
  /// bytes, digests of artifacts, and the same for the ingredients in its slots.
  /// - Parameter folder: where relative paths in the options start.
  /// - Throws: `GalleyError` if a file that an option names can't be read.
  public func canonicalText(relativeTo folder: String) throws -> String {
    try canonicalValue(relativeTo: folder).canonicalText()
  }

  func canonicalValue(relativeTo folder: String) throws -> ConfigurationValue {
    var document: [String: ConfigurationValue] = [
      "ingredient": .string(card.taxonomy), "version": .string(card.version.description),
      "options": .map(try optionsByContent(relativeTo: folder)),
    ]
    if let program = card.program { document["program"] = .string(ContentReference.prefix + program.hex) }
    // What an option names on the network stands in the options already.
    let web = Set(webReferences.values.map(\.digest))
    let artifacts = artifacts.filter { $0.digest.map(web.contains) != true }
    if !artifacts.isEmpty {
      document["artifacts"] = .list(artifacts.map { ConfigurationValue.string($0.identity) })
    }
    if !slots.isEmpty {
      document["slots"] = .map(try slots.mapValues { try $0.canonicalValue(relativeTo: folder) })
    }
    return .map(document)
  }

  /// The options with every file or folder replaced by the digest of its content.
  func optionsByContent(relativeTo folder: String) throws -> [String: ConfigurationValue] {
    var options = options
    for (name, path) in paths(relativeTo: folder) {
      options[name] = .string(ContentReference.prefix + (try contentDigest(of: name, at: path)).hex)
    }
    for (name, reference) in webReferences {
      options[name] = .string(ContentReference.prefix + reference.digest.hex)
    }
    return options
  }

  /// The files on the network that the options name.
  public var webReferences: [String: WebReference] {
    var references: [String: WebReference] = [:]
    for declaration in card.options where declaration.kind.isPath {
      guard case .string(let text)? = options[declaration.name], let reference = try? WebReference(text) else {
        continue
      }
      references[declaration.name] = reference
    }
    return references
  }

  /// Absolute paths of the files and folders that the options name; those on the network or named by their digest are not among
  /// them, nor are empty names, which stand for no file.
  public func paths(relativeTo folder: String) -> [String: String] {
    var paths: [String: String] = [:]
    for declaration in card.options where declaration.kind.isPath {
      guard case .string(let path)? = options[declaration.name], !path.isEmpty,
        ContentReference.digest(in: path) == nil,
        !WebReference.isAddress(path)
      else {
        continue
      }
      paths[declaration.name] = path.hasPrefix("/") ? path : "\(folder)/\(path)"
    }
    return paths
  }

  func contentDigest(of option: String, at path: String) throws(GalleyError) -> Digest {
    do throws(FileError) {
      return try Digest(ofContentAt: path)
    } catch {
      throw GalleyError(
        .missingInput, "can't read a file of the recipe", at: "\(card.name).\(option)", why: error.description,
        remedy: "Relative paths start at the folder of the recipe's file.")
    }
  }
}

/// A path option that names a file by its content: `sha256:` and the digest of an artifact in the pantry.
public enum ContentReference {
  /// What stands before the digits.
  public static let prefix = "sha256:"

  /// The digest that a path option names; `nil` if it is a path.
  public static func digest(in path: String) -> Digest? {
    path.hasPrefix(prefix) ? Digest(hex: String(path.dropFirst(prefix.count))) : nil
  }
}

extension ArtifactRequirement {
  /// What tells these bytes from others, as far as it is known.
  var identity: String {
    digest.map { ContentReference.prefix + $0.hex } ?? "\(name) \(ContentReference.prefix)\(digestPrefix ?? "")…"
  }
}

extension ConfigurationValue {
  /// JSON with sorted keys and no spaces: equal values give equal text.
  func canonicalText() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}
