// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import FoundationEssentials
public import NativeLibraries

/// A folder with a name and a purpose that the pantry holds for programs to be run from and libraries to be opened from:
/// `programs/`, `native/NAME/` for each library, and `interpreters/NAME/` for what Python workers run on. `trees/NAME.json` says what is in it.
public struct PantryTree: Sendable, Hashable, Codable {
  /// What a tree is for.
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    /// Galley's programs and the shared libraries that they need, in one flat folder. There is one such tree.
    case programs
    /// A native library.
    case library
    /// What reports embed.
    case report
    /// What Python workers run on: an interpreter with its standard library, or shared libraries that packages expect.
    case interpreter
  }

  /// One file or link of a tree.
  public struct Entry: Sendable, Hashable, Codable {
    /// Its path in the tree, with `/` between the parts.
    public var path: String
    /// SHA-256 of a file's bytes; `nil` for a link.
    public var digest: Digest?
    /// Whether a file may be run.
    public var isExecutable: Bool
    /// What a link names, relative to its own folder; `nil` for a file.
    public var link: String?

    /// A file.
    public init(path: String, digest: Digest, isExecutable: Bool = false) {
      (self.path, self.digest, self.isExecutable) = (path, digest, isExecutable)
    }

    /// A link.
    public init(path: String, link: String) {
      (self.path, isExecutable, self.link) = (path, false, link)
    }
  }

  /// The name, which is the folder's: `programs`, or a library's name and version.
  public var name: String
  /// What it is for.
  public var kind: Kind
  /// The library's record in `installed.json`; its `path` is the tree's name.
  public var library: InstalledLibraries.Record?
  /// The files and links, in the order of their paths' bytes.
  public var entries: [Entry]

  /// The folder of the pantry in which trees of interpreters lie.
  public static let interpreters = "interpreters"
  /// The only name of the tree of programs.
  public static let programs = "programs"

  /// A tree.
  public init(name: String, kind: Kind, library: InstalledLibraries.Record? = nil, entries: [Entry]) {
    self.name = name
    self.kind = kind
    self.library = library
    self.entries = entries.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  /// Why the tree can't be put anywhere, as a clause; `nil` if it can.
  public var fault: String? {
    if !Self.isName(name) { return "'\(name)' can't be the name of a tree" }
    if (kind == .programs) != (name == Self.programs) { return "'\(name)' is no name for a tree of \(kind.rawValue)" }
    if let library, library.path != name { return "the record of '\(library.name)' names another folder" }
    if kind == .library, library == nil { return "it has no record of the library" }
    var folders: Set<String> = []
    var names: Set<String> = []
    for entry in entries {
      if let fault = Self.fault(of: entry) { return fault }
      if !names.insert(entry.path).inserted { return "'\(entry.path)' is there twice" }
      var path = entry.path[...]
      while let slash = path.lastIndex(of: "/") {
        path = path[..<slash]
        folders.insert(String(path))
      }
    }
    // What lies below a link would be written wherever the link leads.
    if let both = folders.intersection(names).min() { return "'\(both)' is a folder and something else" }
    return nil
  }

  private static func fault(of entry: Entry) -> String? {
    if !isRelative(entry.path) { return "'\(entry.path)' is no path within a tree" }
    guard let link = entry.link else {
      return entry.digest == nil ? "'\(entry.path)' is neither a file nor a link" : nil
    }
    let steps = link.split(separator: "/", omittingEmptySubsequences: false)
    // Behind a name, which may be a link itself, `..` would lead elsewhere than it says.
    let up = steps.prefix { $0 == ".." }.count
    guard up < entry.path.split(separator: "/").count else { return "the link '\(entry.path)' leads out of the tree" }
    guard isRelative(steps.dropFirst(up).joined(separator: "/")) || (up > 0 && up == steps.count) else {
      return "the link '\(entry.path)' names '\(link)'"
    }
    return nil
  }

  private static func isName(_ name: String) -> Bool {
    !name.contains("/") && !name.hasPrefix(".") && isRelative(name)
  }

  /// Whether a path has only ordinary parts, each short enough for any file system.
  private static func isRelative(_ path: String) -> Bool {
    guard !path.isEmpty, path.utf8.count <= 4000, path.utf8.allSatisfy({ $0 >= 32 && $0 != 127 }) else { return false }
    return path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
      !part.isEmpty && part != "." && part != ".." && part.utf8.count <= 255
    }
  }
}

extension Pantry {
  /// The folder with native libraries, with the layout of `.native`.
  public var nativeFolder: String { "\(root)/\(PantryPlace.nativeFolder)" }

  /// Where a tree lies, whether it is there or not.
  public func path(of tree: PantryTree) -> String {
    switch tree.kind {
    case .programs: "\(root)/\(PantryTree.programs)"
    case .interpreter: "\(root)/\(PantryTree.interpreters)/\(tree.name)"
    case .library, .report: "\(nativeFolder)/\(tree.name)"
    }
  }

  /// The trees that the pantry holds, by name.
  public func trees() -> [PantryTree] {
    let names = (FolderScan("\(root)/trees")?.entries ?? []).map(\.name).filter { $0.hasSuffix(".json") }.sorted()
    return names.compactMap { tree(String($0.dropLast(5))) }
  }

  /// A tree; `nil` if the pantry doesn't hold it.
  public func tree(_ name: String) -> PantryTree? {
    guard !name.contains("/"),
      let tree = CheckedDocument.decode(PantryTree.self, at: "\(root)/\(Self.documentPath(ofTree: name))"),
      tree.name == name, tree.fault == nil
    else { return nil }
    return tree
  }

  static func documentPath(ofTree name: String) -> String { "trees/\(name).json" }

  /// What is wrong with the files of a tree; each is a fault of the kind that a check of the store finds.
  /// - Parameter digests: knows the digests of files that were not changed since they were hashed.
  public func faults(of tree: PantryTree, using digests: DigestCache) -> [PantryFault] {
    let folder = path(of: tree)
    let place = folder.dropFirst(root.utf8.count + 1)
    return tree.entries.compactMap { entry in
      let path = "\(folder)/\(entry.path)"
      func fault(_ kind: PantryFault.Kind, _ detail: String) -> PantryFault {
        PantryFault(kind: kind, path: "\(place)/\(entry.path)", digest: entry.digest, detail: detail)
      }
      if let link = entry.link {
        let found = try? FileManager.default.destinationOfSymbolicLink(atPath: path)
        return found == link ? nil : fault(found == nil ? .missing : .changed, "it is not the link that was stored")
      }
      guard let status = FileStatus(path) else { return fault(.missing, "it is known and isn't there") }
      guard status.isRegular else { return fault(.changed, "it is no file") }
      do throws(FileError) {
        let found = try digests.digest(ofFileAt: path)
        return found == entry.digest ? nil : fault(.changed, "its bytes are not those that were stored")
      } catch {
        return fault(.unreadable, error.reason)
      }
    }
  }
}
