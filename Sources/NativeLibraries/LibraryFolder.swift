// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Glibc

/// What a path names.
enum FileKind {
  case file, folder, nothing

  init(of path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      self = .nothing
      return
    }
    self = status.st_mode & S_IFMT == S_IFDIR ? .folder : .file
  }
}

/// A folder with the layout of `.native`: `installed.json` says what is in it; without that file, the folders
/// `<name>-<version>` and the names of the files do.
struct LibraryFolder {
  private let path: String
  private let origin: LibraryOrigin

  init(_ path: String, _ origin: LibraryOrigin) {
    self.path = path
    self.origin = origin
  }

  /// Looks for a library in the folder.
  func step(_ library: NativeLibrary) -> SearchStep {
    SearchStep(origin, path, outcome(library))
  }

  private func outcome(_ library: NativeLibrary) -> SearchStep.Outcome {
    guard FileKind(of: path) == .folder else { return .absent("no such folder") }
    guard ![.program, .pantry].contains(origin) || TrustedPlace.isTrusted(path) else {
      return .absent("belongs to another user, so it is not used")
    }
    do throws(NativeLibraryError) {
      if let installed = try InstalledLibraries.read(folder: path) { return try recorded(library, installed) }
    } catch {
      return .refused(error)
    }
    return unrecorded(library)
  }

  private func recorded(
    _ library: NativeLibrary, _ installed: InstalledLibraries
  ) throws(NativeLibraryError) -> SearchStep.Outcome {
    guard let record = installed.record(of: library) else { return .absent("does not have it") }
    let file = installed.path(of: record)
    guard FileKind(of: file) == .file else {
      throw InstalledLibraries.damaged(file, "\(InstalledLibraries.fileName) lists it and it does not exist")
    }
    return .found(
      LocatedLibrary(
        library: library, path: file, origin: origin, version: record.version, digest: record.sha256,
        preload: installed.preload(of: record)))
  }

  /// A folder that someone filled by hand, for example on a device.
  private func unrecorded(_ library: NativeLibrary) -> SearchStep.Outcome {
    for folder in candidateFolders(library) {
      for name in library.fileNames where FileKind(of: "\(folder)/\(name)") == .file {
        return .found(LocatedLibrary(library: library, path: "\(folder)/\(name)", origin: origin))
      }
    }
    return .absent("does not have it")
  }

  private func candidateFolders(_ library: NativeLibrary) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let versioned = names.filter { $0.hasPrefix(library.name + "-") && isVersion($0.dropFirst(library.name.count + 1)) }
    let newestFirst = versioned.sorted { Self.numbers($0).lexicographicallyPrecedes(Self.numbers($1)) }.reversed()
    let wanted = library.version.map { "\(library.name)-\($0)" }
    let inOrder = newestFirst.filter { $0 == wanted } + newestFirst.filter { $0 != wanted }
    return inOrder.flatMap { ["\(path)/\($0)/lib", "\(path)/\($0)"] } + ["\(path)/lib", path]
  }

  private func isVersion(_ text: Substring) -> Bool {
    text.first.map { ("0"..."9").contains($0) } ?? false
  }

  private static func numbers(_ name: String) -> [Int] {
    name.split { !("0"..."9").contains($0) }.compactMap { Int($0) }
  }
}
