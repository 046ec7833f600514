// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CTorchShim
internal import Files
internal import FoundationEssentials
internal import Galley
package import NativeLibraries

/// What is known of native libraries: of those that are here from what the installer recorded, of the others from the
/// lock.
package struct LibraryShelf: Sendable {
  let locator: NativeLibraryLocator
  let pins: LibraryPins
  private let asksLinker: Bool

  /// A shelf.
  /// - Parameter asksLinker: Whether the dynamic linker is asked for what lies in no folder; it also gives what this
  ///   process has loaded already.
  package init(locator: NativeLibraryLocator, pins: LibraryPins, asksLinker: Bool = true) {
    (self.locator, self.pins, self.asksLinker) = (locator, pins, asksLinker)
  }

  /// The libraries that a tool of a card consists of, each after those that it needs.
  static func libraries(ofTool tool: String) -> [String] {
    tool == "libtorch" ? ["torch", NativeLibrary.galleyTorch.name] : [tool]
  }

  /// A library as a thing that is needed.
  package func item(_ name: String) -> ClosureItem {
    let role: ArtifactRequirement.Role = name == NativeLibrary.plotly.name ? .report : .library
    var item = ClosureItem(kind: .library, role: role, name: name, library: name)
    let pin = pins[name]
    item.origins = pin?.origins ?? []
    item.licence = pin?.licence ?? Self.licences[name]
    item.provenance = Self.provenances[name]
    if let library = Self.library(name), let located = find(library) {
      describe(&item, located)
      return item
    }
    item.packing = .wheel
    if let version = pin?.version ?? Self.library(name)?.version { item.name = "\(name)-\(version)" }
    guard let pin else { return item }
    item.digest = pin.digest
    item.byteCount = pin.byteCount
    return item
  }

  /// What is built here or comes from the system, and stands in no lock.
  private static let licences = [
    NativeLibrary.galleyTorch.name: "Apache-2.0", NativeLibrary.vips.name: "LGPL-2.1-or-later",
  ]
  private static let provenances = [
    NativeLibrary.galleyTorch.name: "built from Native/TorchShim by make setup",
    NativeLibrary.vips.name: "the system's package libvips42",
  ]

  private static func library(_ name: String) -> NativeLibrary? {
    switch name {
    case "torch":
      NativeLibrary(name: name, displayName: "LibTorch", fileNames: ["libtorch_cpu.so"], isLoadable: false)
    case NativeLibrary.galleyTorch.name: NativeLibrary.galleyTorch.ofVersion("\(GALLEY_TORCH_ABI_VERSION)")
    default: NativeLibrary.all.first { $0.name == name }
    }
  }

  /// Folders are asked first: the dynamic linker loads what it finds.
  private func find(_ library: NativeLibrary) -> LocatedLibrary? {
    let quiet = NativeLibrary(
      name: library.name, displayName: library.displayName, fileNames: library.fileNames, version: library.version,
      isLoadable: false)
    if let located = try? locator.locate(quiet) {
      // Another version than the only one that will do is as good as none.
      return library.version == nil || located.version == nil || located.version == library.version ? located : nil
    }
    return library.isLoadable && asksLinker ? try? locator.locate(library) : nil
  }

  private func describe(_ item: inout ClosureItem, _ located: LocatedLibrary) {
    item.isHere = true
    item.path = located.path
    item.packing = .unpacked
    item.digest = located.digest.flatMap(Digest.init(hex:)) ?? (try? Digest(ofFileAt: located.path))
    if let version = located.version { item.name = "\(item.name)-\(version)" }
    item.byteCount =
      Self.folder(around: located.path).map { FileSizes.total(of: $0, without: Self.unused) }
      ?? FileSizes.size(of: located.path)
  }

  /// The file that the installer writes into a library's folder.
  private static let installerRecord = ".galley-install.json"
  /// Nothing at run time opens these: headers serve only to build the shim.
  private static let unused: Set<String> = ["include", installerRecord]

  /// The folder of an installed library: that of its main file, or one of the two around it.
  private static func folder(around main: String) -> String? {
    var folder = main[...]
    for _ in 0..<3 {
      guard let slash = folder.lastIndex(of: "/"), slash > folder.startIndex else { return nil }
      folder = folder[..<slash]
      if FileSizes.size(of: "\(folder)/\(installerRecord)") != nil { return String(folder) }
    }
    return nil
  }
}
