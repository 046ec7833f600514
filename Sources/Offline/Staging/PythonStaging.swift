// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Pantry
internal import Workers

/// Gathers an interpreter for workers: the program, its standard library, and every shared library that these need but
/// the C library's.
///
/// Python finds its standard library from where its program lies, so that the tree can lie anywhere; `shared/` with the
/// libraries is named to it when it is started.
struct PythonStaging: Sendable {
  private static let what = "can't gather the Python interpreter"

  let interpreter: WorkerParts.Interpreter
  let pantry: Pantry

  /// The tree `python-VERSION-DIGITS`; one that came with a bundle as it is.
  /// - Parameter common: libraries that wheels and their installer expect of every system, by name.
  /// - Throws: `GalleyError` if something of it can't be read.
  func tree(
    _ loader: DynamicLoader, _ digests: DigestCache, common: [String: String]
  ) async throws -> StagedTree {
    if let carried = pantry.carriedTree(around: interpreter.executable) { return carried }
    var files = try standardLibrary()
    var shared = common
    for library in try await loader.libraries(of: interpreter.executable) { shared[library.name] = library.path }
    for (path, file) in files.sorted(by: { $0.key < $1.key }) where path.hasSuffix(".so") {
      do {
        for library in try await loader.libraries(of: file) { shared[library.name] = library.path }
      } catch let error as GalleyError where error.place == file {
        // A module that can't be loaded here can't be needed. That the loader couldn't be asked is another matter.
        files[path] = nil
      }
    }
    files[CarriedPython.program] = interpreter.executable
    return try await named(
      "python-\(interpreter.version)", files, shared, executables: [CarriedPython.program], digests)
  }

  private func named(
    _ name: String, _ files: [String: String], _ shared: [String: String], executables: Set<String>,
    _ digests: DigestCache
  ) async throws -> StagedTree {
    var files = files
    for (library, path) in shared { files["\(CarriedPython.libraries)/\(library)"] = path }
    for (package, file) in await PackageNotices.of([interpreter.executable] + shared.values.sorted()) {
      files["licenses/\(package).txt"] = file
    }
    // Whoever builds or changes a Python may write into its files.
    var staged = try StagedTree.make(
      name, .interpreter, files: files, executables: executables, taking: .copying, digests: digests)
    staged.tree.name = "\(name)-\(staged.tree.digest.hex.prefix(8))"
    return staged
  }

  /// The files of the standard library by their paths from the prefix on; links become the files that they lead to.
  private func standardLibrary() throws(GalleyError) -> [String: String] {
    var files: [String: String] = [:]
    let folders = [interpreter.library] + (isInLibrary(interpreter.extensions) ? [] : [interpreter.extensions])
    for folder in folders {
      guard folder.hasPrefix("\(interpreter.prefix)/") else {
        throw GalleyError(.configuration, Self.what, at: folder, why: "it does not lie in \(interpreter.prefix)")
      }
      let place = folder.dropFirst(interpreter.prefix.utf8.count + 1)
      let walk = try TreeWalk(folder, isWanted: Self.isWanted)
      for (path, file) in walk.files { files["\(place)/\(path)"] = file }
      for path in walk.links.keys {
        var isFolder = false
        let file = "\(folder)/\(path)"
        if FileManager.default.fileExists(atPath: file, isDirectory: &isFolder), !isFolder {
          files["\(place)/\(path)"] = file
        }
      }
    }
    return files
  }

  private func isInLibrary(_ path: String) -> Bool { "\(path)/".hasPrefix("\(interpreter.library)/") }

  /// Whether a path of the standard library is carried.
  private static func isWanted(_ path: String) -> Bool {
    let parts = path.split(separator: "/")
    guard let first = parts.first, let last = parts.last else { return false }
    let module = first.hasSuffix(".py") ? first.dropLast(3) : first
    let isLeftOut =
      WorkerParts.Interpreter.uncarriedModules.contains(String(module)) || first.hasPrefix("config-")
      || ["site-packages", "dist-packages"].contains(first)
    let isOfTests = parts.contains { ["__pycache__", "test", "tests"].contains($0) }
    // Modules that only Python's own tests and windows on a screen load.
    let isOfOthers = last.hasSuffix(".so") && ["_test", "_tkinter", "xxlimited"].contains(where: last.hasPrefix)
    return !isLeftOut && !isOfTests && !isOfOthers
  }
}

/// Gathers the shared libraries that the packages of an environment expect of the system, beside those that come with the
/// interpreter.
struct PackagesStaging: Sendable {
  /// The environment's folder.
  let environment: String
  /// The name of the tree: by the lock.
  let name: String
  let pantry: Pantry

  /// The tree; `nil` if the packages need nothing more.
  /// - Throws: `GalleyError` if a library can't be read.
  func tree(_ loader: DynamicLoader, _ digests: DigestCache, beside python: StagedTree) async throws -> StagedTree? {
    // Where the interpreter came with a bundle, this tree did too.
    if pantry.carriedTree(around: python.sources[CarriedPython.program] ?? "") != nil {
      return pantry.tree(name).map { pantry.staged($0) }
    }
    let real = URL(filePath: environment).resolvingSymlinksInPath().path
    var files: [String: String] = [:]
    for file in try TreeWalk(environment, isWanted: { !$0.hasSuffix("__pycache__") }).files.values.sorted()
    where file.hasSuffix(".so") || file.contains(".so.") {
      for library in await loader.present(for: file) {
        let path = "\(CarriedPython.libraries)/\(library.name)"
        let place = URL(filePath: library.path).resolvingSymlinksInPath().path
        if !place.hasPrefix("\(real)/"), python.sources[path] == nil { files[path] = library.path }
      }
    }
    guard !files.isEmpty else { return nil }
    for (package, file) in await PackageNotices.of(files.values.sorted()) { files["licenses/\(package).txt"] = file }
    return try StagedTree.make(name, .interpreter, files: files, taking: .copying, digests: digests)
  }
}

extension Pantry {
  /// The tree of an interpreter that lies in the pantry; `nil` if the program lies elsewhere.
  fileprivate func carriedTree(around executable: String) -> StagedTree? {
    let folder = "\(URL(filePath: root).resolvingSymlinksInPath().path)/\(PantryTree.interpreters)/"
    let place = URL(filePath: executable).resolvingSymlinksInPath().path
    guard place.hasPrefix(folder),
      let name = place.dropFirst(folder.count).split(separator: "/").first.map(String.init), let tree = tree(name)
    else { return nil }
    return staged(tree)
  }

  /// A tree that is here already, to be put here or elsewhere.
  fileprivate func staged(_ tree: PantryTree) -> StagedTree {
    let files = tree.entries.filter { $0.link == nil }.map { ($0.path, "\(path(of: tree))/\($0.path)") }
    return StagedTree(tree: tree, sources: Dictionary(files) { first, _ in first }, taking: .copying)
  }
}
