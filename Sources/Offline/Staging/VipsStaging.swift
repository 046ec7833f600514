// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Images
internal import NativeLibraries
internal import Pantry

/// Gathers libvips with every library that it needs but the C library's.
///
/// What Galley decodes and encodes (JPEG, PNG, WebP, TIFF) is built into libvips; its loadable modules are for other
/// formats and stay behind.
struct VipsStaging: Sendable {
  /// The tree `vips-VERSION`: `lib/` with the libraries, `licenses/` with what their packages say.
  /// - Throws: `GalleyError` if libvips can't be used here.
  func tree(_ loader: DynamicLoader, _ digests: DigestCache) async throws -> StagedTree {
    let library: ImageLibrary
    do throws(ImageError) {
      library = try ImageLibrary.opened()
    } catch {
      throw GalleyError(.unavailable, "can't gather libvips", why: error.description)
    }
    let main = NativeLibrary.vips.fileNames.first ?? "libvips.so.42"
    let needed = try await loader.libraries(of: library.path)
    var files = ["lib/\(main)": library.path]
    for other in needed { files["lib/\(other.name)"] = other.path }
    for (package, file) in await PackageNotices.of(files.values.sorted()) { files["licenses/\(package).txt"] = file }
    let name = "vips-\(library.version)"
    var staged = try StagedTree.make(name, .library, files: files, taking: .linking, digests: digests)
    let digest = staged.tree.entries.first { $0.path == "lib/\(main)" }?.digest
    staged.tree.library = InstalledLibraries.Record(
      name: NativeLibrary.vips.name, version: library.version, path: name, main: "lib/\(main)",
      sha256: digest?.hex ?? "", licence: "LGPL-2.1-or-later AND LicenseRef-see-licenses-folder",
      preload: try await inOrder(needed, loader).map { "lib/\($0.name)" })
    return staged
  }

  /// The libraries, each after all that it needs: it then needs fewer than whoever needs it.
  private func inOrder(
    _ libraries: [DynamicLoader.Library], _ loader: DynamicLoader
  ) async throws -> [DynamicLoader.Library] {
    var counts: [DynamicLoader.Library: Int] = [:]
    for library in libraries { counts[library] = try await loader.libraries(of: library.path).count }
    return libraries.sorted { (counts[$0] ?? 0, $0.name) < (counts[$1] ?? 0, $1.name) }
  }
}
