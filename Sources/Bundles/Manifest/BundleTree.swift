// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files

/// A named folder that is made of objects.
public struct BundleTree: Sendable, Hashable {
  /// What a tree is, and thereby where it goes.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// Programs with their shared libraries.
    case programs
    /// A native library.
    case library
    /// A folder of the user's: a data set.
    case folder
    /// What reports are made with.
    case report
    /// What Python workers run on.
    case interpreter
  }

  /// Its name, unique in the bundle.
  public var name: String
  /// What it is.
  public var kind: Kind
  /// The digest of the content, as `Digest(ofContentAt:)` has it; stated of folders that recipes name by it.
  public var digest: Digest?
  /// What is known of a library.
  public var library: LibraryRecord?
  /// Files and links, in the order of their paths' bytes.
  public var entries: [TreeEntry]

  /// Creates a tree; its entries are brought into order.
  public init(
    name: String, kind: Kind, digest: Digest? = nil, library: LibraryRecord? = nil, entries: [TreeEntry] = []
  ) {
    self.name = name
    self.kind = kind
    self.digest = digest
    self.library = library
    self.entries = entries.sorted { $0.path.precedes($1.path) }
  }

  /// The objects of its files, each once, in the order of the entries.
  public var objects: [Digest] {
    var seen: Set<Digest> = []
    return entries.compactMap(\.object).filter { seen.insert($0).inserted }
  }
}

/// A file or a link in a tree.
public struct TreeEntry: Sendable, Hashable {
  /// What an entry is.
  public enum Content: Sendable, Hashable {
    /// A file with the bytes of an object.
    case file(Digest, isExecutable: Bool)
    /// A symbolic link; its target is relative to the entry's folder and stays within the tree.
    case link(String)
  }

  /// Where it is: relative to the tree, `/` between folders, no `.` and no `..`.
  public var path: String
  /// What it is.
  public var content: Content

  /// Creates an entry.
  public init(path: String, content: Content) {
    self.path = path
    self.content = content
  }

  /// The object of a file; `nil` for a link.
  public var object: Digest? {
    if case .file(let digest, _) = content { digest } else { nil }
  }
}

/// What `installed.json` states of a native library: see `NativeLibraryLocator`.
public struct LibraryRecord: Sendable, Hashable {
  /// The library's name.
  public var name: String
  /// Its version.
  public var version: String
  /// Its folder, beside `installed.json`.
  public var path: String
  /// The file that is opened, relative to its folder.
  public var main: String
  /// The digest that `installed.json` states.
  public var digest: Digest?
  /// The licence, as SPDX writes it.
  public var licence: String?
  /// Files that are opened before the main one, in this order, relative to its folder.
  public var preload: [String]

  /// Describes a library.
  public init(
    name: String, version: String, path: String, main: String, digest: Digest? = nil, licence: String? = nil,
    preload: [String] = []
  ) {
    self.name = name
    self.version = version
    self.path = path
    self.main = main
    self.digest = digest
    self.licence = licence
    self.preload = preload
  }
}
