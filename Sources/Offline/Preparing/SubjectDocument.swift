// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Bundles
internal import Files
internal import FoundationEssentials
internal import Galley
internal import Pantry
internal import Recipes

/// A subject's recipes as the pantry keeps them, with every file that they name.
struct SubjectDocument {
  /// Contents of the pantry.
  struct Contents {
    var artifacts: [Digest] = []
    var folders: [Digest] = []

    mutating func add(_ digest: Digest, _ isFolder: Bool) {
      if isFolder { folders.append(digest) } else { artifacts.append(digest) }
    }
  }

  /// What people call the recipe.
  let name: String
  /// The digest of what it means; with data at the site, of what it means with the stand-in.
  let recipeDigest: Digest
  /// The document that is carried.
  let kept: Digest
  /// The document that is rehearsed: the same, but with stand-in data where the data is at the site.
  let rehearsed: Digest
  /// Files and folders that are carried.
  private(set) var carried = Contents()
  /// Files and folders that only the rehearsal reads.
  private(set) var standIn = Contents()
  /// What the data at the site must be like.
  let siteData: Claim.StandIn?

  /// Puts a subject's document and files into the pantry.
  /// - Parameter splits: The ways to divide items, if the data is left out because it is at the site; else `nil`.
  /// - Throws: `GalleyError` if a file can't be read or kept, or no stand-in can be made.
  init(of subject: ClaimSubject, standingIn splits: SplitRegistry?, catalogue: CardCatalogue, in pantry: Pantry) throws
  {
    name = subject.file.name
    let folder = FileManager.default.temporaryDirectory.appending(path: "galley-stand-in-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var standIns = StandIns(folder: folder)
    let file = try splits.map { try standIns.replacing(subject.file, $0) } ?? subject.file
    let document = try RecipeDocument.portable(file, catalogue: catalogue)
    recipeDigest = try file.digest()
    for reference in document.references {
      let isFolder = try Self.store(reference, in: pantry)
      let isStandIn = reference.path.map { standIns.written[$0] != nil } ?? false
      if isStandIn { standIn.add(reference.digest, isFolder) } else { carried.add(reference.digest, isFolder) }
    }
    let text = try document.json()
    rehearsed = try pantry.store(Data(text.utf8), note: ArtifactNote(name: "\(name).recipe.json"))
    siteData = standIns.need.map {
      .init(format: $0.format, labels: $0.labels, minimumCount: $0.minimumCount ?? max(1, $0.labels.count))
    }
    var atSite = text
    for reference in document.references {
      guard let path = reference.path, let written = standIns.written[path] else { continue }
      let place = String(decoding: try Self.encoder.encode(written), as: UTF8.self)
      atSite = atSite.replacing("\"\(ContentReference.prefix)\(reference.digest.hex)\"", with: place)
    }
    kept =
      atSite == text
      ? rehearsed : try pantry.store(Data(atSite.utf8), note: ArtifactNote(name: "\(name).recipe.json"))
  }

  private static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return encoder
  }

  /// Keeps what a reference names.
  /// - Returns: Whether it is a folder.
  private static func store(_ reference: RecipeDocument.Reference, in pantry: Pantry) throws -> Bool {
    let note = ArtifactNote(name: reference.name, role: .data, origin: reference.origin)
    switch reference.kind {
    case .folder:
      if let path = reference.path { try pantry.store(folderAt: path, note: note, expecting: reference.digest) }
      return true
    case .file:
      if let path = reference.path { try pantry.store(fileAt: path, note: note, expecting: reference.digest) }
      return false
    case .content:
      return !pantry.contains(reference.digest) && pantry.containsFolder(reference.digest)
    }
  }
}

/// Made-up data in the place of data that is at the site.
private struct StandIns {
  let folder: String
  /// What stood in the recipe, by the path of what took its place.
  private(set) var written: [String: String] = [:]
  private(set) var need: SiteDataNeed?
  private var made: [String: String] = [:]

  init(folder: String) { self.folder = folder }

  /// The recipes with made-up data; data sets that are part of the program stay.
  mutating func replacing(_ file: RecipeFile, _ splits: SplitRegistry) throws -> RecipeFile {
    var file = file
    for index in file.variants.indices {
      let recipe = file.variants[index].recipe
      guard let standIn = try StandInData(for: recipe, splits: splits), var slot = recipe.slots["data"] else {
        continue
      }
      let option = String(standIn.need.path.dropFirst("data.".count))
      guard case .string(let text)? = slot.options[option] else { continue }
      let path = try made[text] ?? standIn.write(to: "\(folder)/\(made.count)", seed: recipe.seed)
      (made[text], written[path]) = (path, text)
      need = need ?? standIn.need
      slot.options[option] = .string(path)
      file.variants[index].recipe.slots["data"] = slot
    }
    return file
  }
}
