// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Bundles
public import Files
internal import FoundationEssentials
public import Pantry

/// What is here already.
public protocol Holdings: Sendable {
  /// What the place is called in sentences: `the pantry`, `the bundle site.galley`.
  var name: String { get }
  /// The bytes of an artifact or folder with this digest: their number, and where they lie if they lie anywhere.
  func artifact(_ digest: Digest) -> HeldArtifact?
  /// The artifact whose digest begins with these hexadecimal digits.
  func artifact(startingWith digits: String) -> HeldArtifact?
  /// Whether a library, a program or a file of the user's is here, given what this machine knows of it.
  func holds(_ item: ClosureItem) -> Bool
}

/// Bytes that are here.
public struct HeldArtifact: Sendable, Hashable {
  /// Their digest.
  public var digest: Digest
  /// Their number.
  public var byteCount: Int?
  /// Where they lie; `nil` if they are part of something else.
  public var path: String?

  /// Names bytes.
  public init(digest: Digest, byteCount: Int? = nil, path: String? = nil) {
    self.digest = digest
    self.byteCount = byteCount
    self.path = path
  }
}

/// What a machine holds: its pantry, its libraries, and the user's files where they are.
public struct MachineHoldings: Holdings {
  private let pantry: Pantry

  /// The holdings of the machine that this runs on.
  public init(_ pantry: Pantry) { self.pantry = pantry }

  public var name: String { "this machine" }

  public func artifact(_ digest: Digest) -> HeldArtifact? {
    let path = pantry.path(of: digest)
    if let size = FileSizes.size(of: path) { return HeldArtifact(digest: digest, byteCount: size, path: path) }
    guard pantry.containsFolder(digest) else { return nil }
    let folder = pantry.folderPath(of: digest)
    return HeldArtifact(digest: digest, byteCount: FileSizes.total(of: folder), path: folder)
  }

  public func artifact(startingWith digits: String) -> HeldArtifact? {
    let prefix = digits.lowercased()
    guard prefix.utf8.count >= 2, prefix.allSatisfy(\.isHexDigit) else { return nil }
    let shard = "\(pantry.root)/artifacts/\(prefix.prefix(2))"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: shard)) ?? []
    return names.filter { $0.hasPrefix(prefix) }.sorted().lazy.compactMap { Digest(hex: $0) }.first
      .flatMap { artifact($0) }
  }

  public func holds(_ item: ClosureItem) -> Bool {
    // An ingredient of a worker is in the catalogue only if its file is here and could be described.
    item.kind == .worker || item.path != nil
  }
}

/// What a bundle carries, by its manifest.
public struct BundleHoldings: Holdings {
  public let name: String
  private let objects: [Digest: Int]
  private let folders: [Digest: Int]
  private let libraries: Set<String>
  private let programs: Set<String>
  private let interpreters: Set<String>

  /// The holdings of a bundle.
  /// - Parameter bases: The manifests of the bundles that it builds upon, whose objects are presupposed.
  public init(_ manifest: Manifest, bases: [Manifest] = []) {
    name = "the bundle \(manifest.name)"
    let all = manifest.objects + bases.flatMap(\.objects)
    let objects = Dictionary(all.map { ($0.digest, $0.size) }) { first, _ in first }
    // A tree counts only with all its bytes.
    let trees = manifest.trees.filter { $0.objects.allSatisfy { objects[$0] != nil } }
    let folders = trees.compactMap { tree in
      tree.digest.map { ($0, tree.objects.reduce(0) { $0 + (objects[$1] ?? 0) }) }
    }
    self.objects = objects
    self.folders = Dictionary(folders) { first, _ in first }
    libraries = Set(trees.compactMap(\.library?.name))
    interpreters = Set(trees.filter { $0.kind == .interpreter }.map(\.name))
    programs = Set(trees.filter { $0.kind == .programs }.flatMap { $0.entries.map(\.path) })
  }

  public func artifact(_ digest: Digest) -> HeldArtifact? {
    (objects[digest] ?? folders[digest]).map { HeldArtifact(digest: digest, byteCount: $0) }
  }

  public func artifact(startingWith digits: String) -> HeldArtifact? {
    guard digits.utf8.count >= 2 else { return nil }
    return objects.keys.filter { $0.hex.hasPrefix(digits.lowercased()) }.min().flatMap(artifact)
  }

  public func holds(_ item: ClosureItem) -> Bool {
    switch item.kind {
    case .library: item.library.map(libraries.contains) ?? false
    case .program: programs.contains(item.name)
    case .artifact, .file, .folder, .volume: item.digest.flatMap(artifact) != nil
    // Its name tells an interpreter's content, and libraries of packages are named by the lock that they belong to.
    case .interpreter: interpreters.contains(item.name)
    case .worker: item.digest.flatMap { folders[$0] } != nil
    }
  }
}
