// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials

internal import Glibc

/// Finds native libraries. The order: an explicit path, the folder that `GALLEY_NATIVE` names, `.native` beside the
/// program or above it, `../lib/galley/native` of an installed program, `native` in the pantry, the system's dynamic
/// linker.
///
/// A path or folder that the user named and that does not exist ends the search: another library must not be used
/// behind the user's back. A folder that exists and lacks the library does not.
public struct NativeLibraryLocator: Sendable {
  /// The variable that names a folder with the layout of `.native`.
  public static let variable = "GALLEY_NATIVE"
  static let localFolder = ".native"
  static let installedFolder = "lib/galley/native"

  private let explicit: String?
  private let environment: [String: String]
  private let executable: String

  /// A locator.
  /// - Parameters:
  ///   - explicit: a library's file, or a folder with the layout of `.native`, that the user named for this run.
  ///   - environment: where `GALLEY_NATIVE` is looked up, and what says where the pantry lies.
  ///   - executable: the path of the program beside which libraries are looked for.
  public init(
    explicit: String? = nil,
    environment: [String: String] = ProcessInfo.processInfo.environment,
    executable: String = NativeLibraryLocator.runningExecutable
  ) {
    self.explicit = explicit
    self.environment = environment
    self.executable = executable
  }

  /// The path of the running program; empty if the system doesn't tell.
  public static var runningExecutable: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
  }

  /// Where a library is.
  /// - Throws: `NativeLibraryError`: `notFound` with every place that was searched, or `installationDamaged`.
  public func locate(_ library: NativeLibrary) throws(NativeLibraryError) -> LocatedLibrary {
    let steps = search(library)
    switch steps.last?.outcome {
    case .found(let located): return located
    case .refused(let error): throw error
    case .absent, nil: throw notFound(library, steps)
    }
  }

  /// Every place that is searched for a library, up to and including the one that decides.
  ///
  /// If no folder has it, the dynamic linker is asked, which loads the library into this process if it has it.
  public func search(_ library: NativeLibrary) -> [SearchStep] {
    var steps: [SearchStep] = []
    for place in places(library) {
      let step = place()
      steps.append(step)
      if case .absent = step.outcome { continue }
      break
    }
    return steps
  }

  /// The folders of installed libraries, in the order of the search; of the system's nothing is known.
  /// - Parameter platform: Whose libraries, as ``MachineName/platform`` has it. Those of another platform than this
  ///   machine's lie at the same places in folders with its name, `.native-linux-aarch64`; what the user named is for
  ///   this machine.
  /// - Throws: `NativeLibraryError.Code.installationDamaged` if one of them can't be understood.
  public func installations(
    for platform: String = MachineName.platform
  ) throws(NativeLibraryError) -> [InstalledLibraries] {
    let isOwn = platform == MachineName.platform
    let suffix = isOwn ? "" : "-\(platform)"
    var folders: [String] = []
    for folder in [explicit, environment[Self.variable]] where isOwn {
      if let folder, !folder.isEmpty { folders.append(folder) }
    }
    folders += programFolders(suffix) + [pantryFolder + suffix]
    var found: [InstalledLibraries] = []
    for folder in folders where TrustedPlace.isTrusted(folder) {
      if let installed = try InstalledLibraries.read(folder: folder) { found.append(installed) }
    }
    return found
  }

  private var pantryFolder: String {
    "\(PantryPlace.root(environment: environment))/\(PantryPlace.nativeFolder)"
  }

  private func places(_ library: NativeLibrary) -> [() -> SearchStep] {
    var places: [() -> SearchStep] = []
    if let explicit { places.append { named(explicit, .option, library) } }
    if let folder = environment[Self.variable], !folder.isEmpty {
      places.append { named(folder, .environment, library) }
    }
    for folder in programFolders() {
      places.append { LibraryFolder(folder, .program).step(library) }
    }
    places.append { LibraryFolder(pantryFolder, .pantry).step(library) }
    if library.isLoadable { places.append { askLinker(library) } }
    return places
  }

  /// A place that the user named: a folder, or for an explicit path the library itself.
  private func named(_ path: String, _ origin: LibraryOrigin, _ library: NativeLibrary) -> SearchStep {
    switch FileKind(of: path) {
    case .folder: return LibraryFolder(path, origin).step(library)
    case .file where origin == .option:
      return SearchStep(origin, path, .found(LocatedLibrary(library: library, path: path, origin: origin)))
    case .file: return SearchStep(origin, path, .refused(unusable(path, origin, library, "it is not a folder")))
    case .nothing: return SearchStep(origin, path, .refused(unusable(path, origin, library, "it does not exist")))
    }
  }

  /// `.native` in the program's folder and in each folder above it that holds one, then the installed program's folder;
  /// each name with a suffix.
  private func programFolders(_ suffix: String = "") -> [String] {
    var folders: [String] = []
    var folder = executable
    while let slash = folder.lastIndex(of: "/") {
      folder = String(folder[..<slash])
      let candidate = "\(folder)/\(Self.localFolder)\(suffix)"
      if folders.isEmpty || FileKind(of: candidate) == .folder { folders.append(candidate) }
    }
    let parts = executable.split(separator: "/")
    if parts.count >= 2 {
      folders.append("/" + (parts.dropLast(2) + ["\(Self.installedFolder)\(suffix)"]).joined(separator: "/"))
    }
    return folders
  }

  private func askLinker(_ library: NativeLibrary) -> SearchStep {
    var reasons: [String] = []
    for name in library.fileNames {
      do throws(NativeLibraryError) {
        let path = try DynamicLibrary.open(name).resolvedPath
        let located = LocatedLibrary(library: library, path: path, origin: .system)
        return SearchStep(.system, "the system's dynamic linker", .found(located))
      } catch {
        reasons.append(error.reason)
      }
    }
    return SearchStep(.system, "the system's dynamic linker", .absent(reasons.joined(separator: "; ")))
  }

  private func unusable(
    _ path: String, _ origin: LibraryOrigin, _ library: NativeLibrary, _ reason: String
  ) -> NativeLibraryError {
    let source = origin == .environment ? "the folder that \(Self.variable) names" : "the path that was given for it"
    return NativeLibraryError(
      .notFound, failure: "\(library.displayName) was not found at \(source)", path: path, reason: reason,
      advice: "correct the path, or leave it out and \(library.remedy)",
      steps: [SearchStep(origin, path, .absent(reason))])
  }

  private func notFound(_ library: NativeLibrary, _ steps: [SearchStep]) -> NativeLibraryError {
    NativeLibraryError(
      .notFound, failure: "\(library.displayName) was not found",
      reason: "looked at \(steps.map(\.description).joined(separator: ", "))",
      advice: "to get it, \(library.remedy)", steps: steps)
  }
}
