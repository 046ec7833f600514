// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

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
  let siteData: KeptClaim.SiteData?

  /// Puts a subject's document and files into the pantry.
  /// - Parameter site: What is left out because it is at the site.
  /// - Throws: `GalleyError` if a file can't be read or kept, or no stand-in can be made.
  init(of subject: ClaimSubject, site: [SiteDataNeed], catalogue: CardCatalogue, in pantry: Pantry) throws {
    name = subject.file.name
    var file = subject.file
    var replaced: [String: String] = [:]
    var made: [String] = []
    defer { for folder in made { try? FileManager.default.removeItem(atPath: folder) } }
    for need in site {
      let folder = FileManager.default.temporaryDirectory.appending(path: "galley-stand-in-\(UUID().uuidString)").path
      made.append(folder)
      let path = try StandInData(need).write(into: folder)
      let digest = try Digest(ofContentAt: path)
      for index in file.variants.indices {
        let written = try file.variants[index].recipe.replace(need.path, by: path)
        replaced["\(ContentReference.prefix)\(digest.hex)"] = written
      }
    }
    let document = try RecipeDocument.portable(file, catalogue: catalogue)
    recipeDigest = try file.digest()
    for reference in document.references {
      let note = ArtifactNote(name: reference.name, role: .data, origin: reference.origin)
      let isStandIn = replaced["\(ContentReference.prefix)\(reference.digest.hex)"] != nil
      let isFolder = try Self.store(reference, note: note, in: pantry)
      switch (isStandIn, isFolder) {
      case (true, true): standIn.folders.append(reference.digest)
      case (true, false): standIn.artifacts.append(reference.digest)
      case (false, true): carried.folders.append(reference.digest)
      case (false, false): carried.artifacts.append(reference.digest)
      }
    }
    let text = try document.json()
    rehearsed = try pantry.store(Data(text.utf8), note: ArtifactNote(name: "\(name).recipe.json"))
    guard !site.isEmpty else {
      (kept, siteData) = (rehearsed, nil)
      return
    }
    var atSite = text
    for (reference, written) in replaced {
      atSite = atSite.replacing("\"\(reference)\"", with: ConfigurationValue.string(written).description)
    }
    kept = try pantry.store(Data(atSite.utf8), note: ArtifactNote(name: "\(name).recipe.json"))
    siteData = site.first.map {
      .init(format: $0.format, labels: $0.labels, minimumCount: $0.minimumCount ?? max(1, $0.labels.count))
    }
  }

  /// Keeps what a reference names.
  /// - Returns: Whether it is a folder.
  private static func store(
    _ reference: RecipeDocument.Reference, note: ArtifactNote, in pantry: Pantry
  ) throws -> Bool {
    switch reference.kind {
    case .folder:
      if let path = reference.path {
        try pantry.store(folderAt: path, note: note, expecting: reference.digest)
      }
      return true
    case .file:
      if let path = reference.path { try pantry.store(fileAt: path, note: note, expecting: reference.digest) }
      return false
    case .content:
      return !pantry.contains(reference.digest) && pantry.containsFolder(reference.digest)
    }
  }
}

extension Recipe {
  /// Puts a path in place of the one that an option names.
  /// - Parameter place: The option: `data.path`.
  /// - Returns: What stood there.
  /// - Throws: `GalleyError` if no slot has such an option.
  fileprivate mutating func replace(_ place: String, by path: String) throws(GalleyError) -> String {
    guard let dot = place.lastIndex(of: "."), case let slotPath = String(place[..<dot]), var slot = slots[slotPath]
    else {
      throw GalleyError(.software, Preparation.what, at: place, why: "the recipe has no such place")
    }
    let name = String(place[place.index(after: dot)...])
    var before = ""
    if case .string(let text)? = slot.options[name] { before = text }
    slot.options[name] = .string(path)
    slots[slotPath] = slot
    return before
  }
}
