// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import Files
internal import FoundationEssentials
public import Galley

/// What a user names to have it answered, as items: images, folders, patterns, zip and tar archives, lists of items.
///
/// An id is the path as it was named; within a folder or an archive, that path with the inner one behind it. Equal
/// arguments over equal files give equal ids in the same order.
public struct PredictionInputs: Sendable {
  /// The items, without a subset. One that can't be used has its reason.
  public let listing: ItemListing
  /// What was left out, in sentences.
  public let notes: [String]

  /// Suffixes of the images that are looked for in folders and archives.
  static let suffixes: Set<String> = ["jpg", "jpeg", "jpe", "png", "webp", "tif", "tiff", "bmp"]

  /// Finds the items.
  /// - Parameters:
  ///   - arguments: Paths and patterns (`*`, `?`, `[…]`); a path that exists is taken as it is.
  ///   - labels: The classes' names, for the listing.
  ///   - folder: Where members of archives are unpacked, if there are any.
  /// - Throws: `GalleyError` if nothing was named or nothing usable was found.
  public init(
    _ arguments: [String], task: EngineTask, labels: [String], unpackingInto folder: String
  ) throws(GalleyError) {
    guard !arguments.isEmpty else {
      throw GalleyError(
        .usage, "can't answer items", why: "none were named", remedy: "Name images, folders, patterns or archives.")
    }
    var search = InputSearch(folder: folder)
    for argument in arguments { try search.add(argument) }
    guard search.items.contains(where: { $0.fault == nil }) else { throw Self.nothing(search, arguments) }
    listing = try ItemListing(
      task: task, root: FileManager.default.currentDirectoryPath, labels: labels, items: search.items)
    notes = search.notes
  }

  private static func nothing(_ search: InputSearch, _ arguments: [String]) -> GalleyError {
    guard let first = search.items.first, let fault = first.fault else {
      return GalleyError(
        .missingInput, "can't answer items", at: arguments.count == 1 ? arguments[0] : nil,
        why: search.notes.first ?? "nothing was found",
        remedy: "Images are known by their suffixes: \(suffixes.sorted().joined(separator: ", ")).")
    }
    let rest = search.items.count - 1
    return GalleyError(
      .missingInput, "can't answer items", at: first.id,
      why: fault + (rest > 0 ? "; and \(rest) more can't be used" : ""), remedy: "Check the paths.")
  }
}

/// Items on their way to a listing.
private struct InputSearch {
  let folder: String
  var items: [ItemListing.Item] = []
  var notes: [String] = []
  private var ids: Set<String> = []
  private var unpackedCount = 0

  init(folder: String) { self.folder = folder }

  mutating func add(_ argument: String) throws(GalleyError) {
    switch PathKind(argument) {
    case .folder: addTree(argument)
    case .archive: addTree(argument)
    case .listing: try addListing(argument)
    case .file: add(id: argument, file: argument)
    case .missing:
      guard PathPattern.isPattern(argument) else {
        return add(id: argument, file: argument, fault: FileError(.read, argument).reason)
      }
      let matches = PathPattern.matches(of: argument)
      if matches.isEmpty { notes.append("nothing matches '\(argument)'") }
      for match in matches { try add(match) }
    }
  }

  private mutating func add(id: String, file: String, fault: String? = nil) {
    guard ids.insert(id).inserted else { return }
    let path = file.hasPrefix("/") ? file : "\(FileManager.default.currentDirectoryPath)/\(file)"
    items.append(ItemListing.Item(id: id, file: path, subset: nil, classes: [], fault: fault))
  }

  private mutating func addListing(_ path: String) throws(GalleyError) {
    let listing = try ItemListing(contentsOf: path)
    for item in listing.items {
      add(id: item.id, file: item.file.hasPrefix("/") ? item.file : "\(listing.root)/\(item.file)", fault: item.fault)
    }
  }

  /// The images of a folder or an archive.
  private mutating func addTree(_ path: String) {
    var name = path
    while name.utf8.count > 1, name.hasSuffix("/") { name.removeLast() }
    do throws(GalleyError) {
      let tree = try FileTree(path)
      let images = tree.paths.filter { PredictionInputs.suffixes.contains(PathKind.suffix(of: $0)) }
      for image in images {
        switch tree.source(image) {
        case .file(let file): add(id: "\(name)/\(image)", file: file)
        default: unpack(image, of: tree, id: "\(name)/\(image)")
        }
      }
      let others = tree.paths.count - images.count
      if images.isEmpty { notes.append("there are no images in '\(path)'") }
      if !images.isEmpty, others > 0 { notes.append("\(others) files in '\(path)' are no images and were left out") }
      notes += tree.refused.map { "'\($0.place)' in '\(path)' was left out: \($0.message)" }
    } catch {
      add(id: name, file: path, fault: error.why)
    }
  }

  /// Writes a member under a name of our own: an archive doesn't decide where files lie.
  private mutating func unpack(_ member: String, of tree: FileTree, id: String) {
    unpackedCount += 1
    let file = "\(folder)/\(unpackedCount).\(PathKind.suffix(of: member))"
    do {
      try AtomicFile.write(try tree.read(member), to: file)
      add(id: id, file: file)
    } catch {
      add(id: id, file: file, fault: (error as? GalleyError)?.why ?? (error as? FileError)?.reason ?? "\(error)")
    }
  }
}
