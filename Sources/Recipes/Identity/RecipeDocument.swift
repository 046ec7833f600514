// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import Galley

internal import FoundationEssentials

/// A whole recipe in one document that depends on no place: all variants, every value said, every ingredient with its
/// version, and for every file or folder the digest of its content, by which a pantry finds it.
///
/// `galley run` reads it in any folder. Its recipes have the digests of those that it was made of.
public struct RecipeDocument: Sendable, Hashable {
  /// Something that the recipe reads.
  public struct Reference: Sendable, Hashable, Codable {
    /// What it is.
    public enum Kind: String, Sendable, Hashable, Codable {
      /// A file.
      case file
      /// A folder.
      case folder
      /// Something in a pantry: the recipe named it by its digest already.
      case content
    }

    /// SHA-256 of a file; for a folder, of its content.
    public var digest: Digest
    /// What it is.
    public var kind: Kind
    /// Where it lies; `nil` if the recipe doesn't say so.
    public var path: String?
    /// Where it can be had.
    public var origin: String?
    /// The options that name it: `data.path`.
    public var options: [String]

    /// Its name, without folders; `nil` if nobody says it.
    public var name: String? {
      if let path { return path.split(separator: "/").last.map(String.init) }
      return origin.flatMap { try? WebReference("\($0)#sha256=\(digest.hex)") }?.name
    }
  }

  /// The recipe.
  public let content: ConfigurationValue
  /// What the recipe reads, in the order of the digests.
  public let references: [Reference]
  private let path: String

  /// Makes a file's recipes independent of places.
  /// - Throws: `GalleyError` if a file that an option names can't be read; what `RecipeFile.read` throws, if the
  ///   catalogue isn't the one that the recipes were read with.
  public static func portable(_ file: RecipeFile, catalogue: CardCatalogue) throws -> RecipeDocument {
    var collection = ReferenceCollection()
    var portable = file
    for index in file.variants.indices {
      portable.variants[index].recipe = try collection.replacing(file.variants[index].recipe)
    }
    let document = RecipeDocument(
      content: .map(portable.document), references: collection.sorted, path: file.path)
    try document.check(against: portable, catalogue)
    return document
  }

  /// The document as YAML, what it refers to in comments above it.
  /// - Throws: `GalleyError` if it holds something that no recipe can say.
  public func yaml(catalogue: CardCatalogue) throws(GalleyError) -> String {
    let heads = references.map { reference in
      let words = [reference.name, reference.origin.map { "from \($0)" }].compactMap(\.self)
      let place = "\(reference.kind.rawValue) for \(reference.options.joined(separator: ", "))"
      // A comment is one line.
      return ([ContentReference.prefix + reference.digest.hex, place] + words).joined(separator: "  ")
        .filter { !$0.isNewline }
    }
    let head = heads.isEmpty ? [] : ["It runs where the pantry holds:"] + heads
    return try RecipeDraft(document: content, comment: head, path: path, folder: ".", catalogue: catalogue).text()
  }

  /// The document as JSON with sorted keys: equal recipes give equal bytes.
  public func json() throws -> String { try content.canonicalText() + "\n" }

  /// Reads the document back: it must say the same.
  private func check(against file: RecipeFile, _ catalogue: CardCatalogue) throws {
    let read = try RecipeFile.read(text: json(), path: path, folder: ".", catalogue: catalogue)
    let texts = try [file, read].map { try $0.variants.map { "\($0.name)\n" + (try $0.recipe.canonicalText()) } }
    guard texts.first == texts.last else {
      throw GalleyError(
        .software, "can't make the recipe independent of its place", at: path,
        why: "what was written is read as another recipe", remedy: "Report this with the recipe.")
    }
  }
}

extension RecipeFile {
  /// The recipes as one document's keys: the first, and of the others what differs.
  fileprivate var document: [String: ConfigurationValue] {
    guard let first = variants.first else { return [:] }
    var keys = first.recipe.document
    keys["recipe"] = .string(name)
    guard variants.count > 1 || first.name != name else { return keys }
    keys["variants"] = .list(
      variants.map { variant in
        .map(["name": .string(variant.name), "set": .map(variant.recipe.differences(from: first.recipe))])
      })
    return keys
  }
}

extension Recipe {
  /// Values by path that make another recipe this one. Slots that only the other has are left: they have no use here.
  fileprivate func differences(from other: Recipe) -> [String: ConfigurationValue] {
    var values = slots.mapValues(\.document).filter { $0.value != other.slots[$0.key]?.document }
    for (name, value) in options where other.options[name] != value { values["task.\(name)"] = value.literal }
    return values
  }
}

/// What recipes read, each once.
private struct ReferenceCollection {
  private var references: [Digest: RecipeDocument.Reference] = [:]
  /// A folder is hashed once, however many variants read it.
  private var digests: [String: Digest] = [:]

  var sorted: [RecipeDocument.Reference] { references.values.sorted { $0.digest < $1.digest } }

  /// The recipe with digests in place of all places.
  mutating func replacing(_ recipe: Recipe) throws(GalleyError) -> Recipe {
    var recipe = recipe
    for (path, slot) in recipe.slots.sorted(by: { $0.key < $1.key }) {
      recipe.slots[path] = try replacing(slot, at: path, folder: recipe.folder)
    }
    return recipe
  }

  private mutating func replacing(
    _ slot: FilledSlot, at place: String, folder: String
  ) throws(GalleyError) -> FilledSlot {
    var slot = slot
    let (paths, web) = (slot.paths(relativeTo: folder), slot.webReferences)
    for declaration in slot.card.options where declaration.kind.isPath {
      let (name, option) = (declaration.name, "\(place).\(declaration.name)")
      guard case .string(let text)? = slot.options[name] else { continue }
      if let path = paths[name] {
        let digest = try digest(of: path, named: name, by: slot)
        add(.init(digest: digest, kind: Self.kind(path), path: path, options: [option]))
        slot.options[name] = .string(ContentReference.prefix + digest.hex)
      } else if let reference = web[name] {
        add(.init(digest: reference.digest, kind: .file, origin: reference.address, options: [option]))
        slot.options[name] = .string(ContentReference.prefix + reference.digest.hex)
        slot.artifacts.removeAll { $0.digest == reference.digest }
      } else if let digest = ContentReference.digest(in: text) {
        add(.init(digest: digest, kind: .content, options: [option]))
      }
    }
    for (name, inner) in slot.slots.sorted(by: { $0.key < $1.key }) {
      slot.slots[name] = try replacing(inner, at: "\(place).\(name)", folder: folder)
    }
    return slot
  }

  private mutating func digest(of path: String, named option: String, by slot: FilledSlot) throws(GalleyError) -> Digest
  {
    if let known = digests[path] { return known }
    let digest = try slot.contentDigest(of: option, at: path)
    digests[path] = digest
    return digest
  }

  private mutating func add(_ reference: RecipeDocument.Reference) {
    guard var known = references[reference.digest] else { return references[reference.digest] = reference }
    known.options += reference.options.filter { !known.options.contains($0) }
    known.path = known.path ?? reference.path
    known.origin = known.origin ?? reference.origin
    if known.kind == .content { known.kind = reference.kind }
    references[reference.digest] = known
  }

  private static func kind(_ path: String) -> RecipeDocument.Reference.Kind {
    var isFolder = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder ? .folder : .file
  }
}
