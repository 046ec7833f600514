// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import NativeLibraries
internal import Pantry

/// Gathers the native libraries that are installed for Galley, each as the whole folder that the bootstrap made, but for
/// what only compilers read.
struct LibraryStaging: Sendable {
  /// What the bootstrap notes of a folder.
  private struct Installation: Decodable {
    struct File: Decodable {
      let byteCount: Int
      let digest: Digest

      init(from decoder: any Decoder) throws {
        var list = try decoder.unkeyedContainer()
        byteCount = try list.decode(Int.self)
        digest = try list.decode(Digest.self)
      }
    }

    let files: [String: File]
  }

  private static let installationName = ".galley-install.json"

  let locator: NativeLibraryLocator

  init(_ locator: NativeLibraryLocator = NativeLibraryLocator()) { self.locator = locator }

  /// A tree for each library that is installed, of every version.
  /// - Throws: `GalleyError` if a folder is damaged.
  func trees(_ digests: DigestCache) throws -> [StagedTree] {
    var taken: Set<String> = []
    var trees: [StagedTree] = []
    do {
      for installed in try locator.installations() {
        let records = installed.records.filter { !taken.contains($0.name) }
        taken.formUnion(records.map(\.name))
        for record in records { trees.append(try tree(record, in: installed.folder, digests)) }
      }
    } catch let error as NativeLibraryError {
      throw GalleyError(
        .badData, "can't gather the native libraries", at: error.path, why: error.reason, remedy: error.advice)
    }
    return trees
  }

  private func tree(
    _ record: InstalledLibraries.Record, in root: String, _ digests: DigestCache
  ) throws(GalleyError) -> StagedTree {
    let folder = "\(root)/\(record.path)"
    let walk = try TreeWalk(folder) { $0 != "include" && $0 != Self.installationName }
    // The record's folder lies beside those of other libraries, which find it by its name.
    let name = record.path.contains("/") ? "\(record.name)-\(record.version)" : record.path
    let isCode = NativeLibrary.all.first { $0.name == record.name }?.isLoadable ?? true
    var staged = try StagedTree.make(
      name, isCode ? .library : .report, files: walk.files, links: walk.links, taking: .linking, digests: digests)
    staged.tree.library = InstalledLibraries.Record(
      name: record.name, version: record.version, path: name, main: record.main, sha256: record.sha256,
      licence: record.licence, preload: record.preload)
    try check(staged, folder)
    return staged
  }

  /// Holds what was found against what was installed.
  private func check(_ staged: StagedTree, _ folder: String) throws(GalleyError) {
    let path = "\(folder)/\(Self.installationName)"
    guard let data = try? Data(contentsOf: URL(filePath: path)),
      let installation = try? JSONDecoder().decode(Installation.self, from: data)
    else { return }
    let found = Dictionary(staged.tree.entries.map { ($0.path, $0.digest) }) { first, _ in first }
    for (file, expected) in installation.files where !file.hasPrefix("include/") {
      guard let digest = found[file] ?? nil, digest == expected.digest else {
        throw GalleyError(
          .badData, "can't gather the native libraries", at: "\(folder)/\(file)",
          why: found[file] == nil ? "it was installed and isn't there" : "its bytes are not those that were installed",
          remedy: "Run 'make setup' or 'python3 Native/bootstrap.py --verify', which repairs the folder.")
      }
    }
  }
}
