// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import NativeLibraries

/// The runtimes for a platform that are at hand, each with the files that it consists of.
struct RuntimeShelf: Sendable {
  /// A runtime.
  struct Item: Sendable, Hashable {
    let record: InstalledLibraries.Record
    /// The folder that `record.path` is relative to.
    let root: String

    var name: String { record.name }
    var folder: String { "\(root)/\(record.path)" }
  }

  /// The runtimes that an agent can use, by the names of their libraries in the lock.
  static let names = [NativeLibrary.onnxRuntime.name, NativeLibrary.openVINO.name, NativeLibrary.liteRT.name]

  private let items: [Item]
  private let platform: DevicePlatform

  /// Looks where native libraries lie: for this machine's platform as always, for another one in folders of the same
  /// layout with the platform's name: `.native-linux-aarch64`.
  /// - Parameter folder: A folder that the user names instead.
  /// - Throws: `GalleyError` if one of the folders is damaged, or the named one has no list of what is in it.
  init(
    for platform: DevicePlatform, in folder: String?, home: String,
    executable: String = NativeLibraryLocator.runningExecutable
  ) throws(GalleyError) {
    self.platform = platform
    var items: [Item] = []
    do throws(NativeLibraryError) {
      for installed in try Self.installations(platform, folder, home, executable) {
        for record in installed.records where Self.names.contains(record.name) {
          if !items.contains(where: { $0.name == record.name }) {
            items.append(Item(record: record, root: installed.folder))
          }
        }
      }
    } catch {
      throw GalleyError(
        .badData, "can't use the native libraries", at: error.path, why: error.reason, remedy: error.advice)
    }
    if let folder, items.isEmpty {
      throw GalleyError(
        .missingInput, "can't use the native libraries", at: folder,
        why: "there is no list '\(InstalledLibraries.fileName)' that names a runtime",
        remedy: "Name a folder that 'python3 Native/bootstrap.py --root FOLDER' has filled.")
    }
    self.items = items
  }

  private static func installations(
    _ platform: DevicePlatform, _ folder: String?, _ home: String, _ executable: String
  ) throws(NativeLibraryError) -> [InstalledLibraries] {
    if let folder { return try InstalledLibraries.read(folder: folder).map { [$0] } ?? [] }
    let environment = ProcessInfo.processInfo.environment.merging(["GALLEY_HOME": home]) { $1 }
    return try NativeLibraryLocator(environment: environment, executable: executable)
      .installations(for: platform.description)
  }

  /// The runtimes that are to be installed.
  /// - Parameter wanted: Names; `nil` for all that are at hand.
  /// - Throws: `GalleyError`: `usage` if a name is none of a runtime, `unavailable` if one isn't at hand.
  func chosen(_ wanted: [String]?) throws(GalleyError) -> [Item] {
    guard let wanted else { return items }
    var chosen: [Item] = []
    for name in wanted where !chosen.contains(where: { $0.name == name }) {
      guard Self.names.contains(name) else {
        let guess = NearestName.match(name, in: Self.names).map { "Did you mean '\($0)'?" }
        throw GalleyError(
          .usage, "can't install the runtime '\(name)'", why: "there is no runtime of this name",
          remedy: guess ?? "There are \(Self.names.joined(separator: ", ")), and 'none'.")
      }
      guard let item = items.first(where: { $0.name == name }) else {
        throw GalleyError(
          .unavailable, "can't install the runtime '\(name)'", why: "it isn't here for \(platform)",
          remedy: "Fetch it: python3 Native/bootstrap.py --only \(name)\(bootstrapPlatform).")
      }
      chosen.append(item)
    }
    return chosen
  }

  private var bootstrapPlatform: String {
    platform.description == MachineName.platform ? "" : " --platform \(platform)"
  }
}

extension RuntimeShelf.Item {
  /// What of its folder a device needs: all but what compilers and the bootstrap read.
  /// - Throws: `GalleyError` if the folder can't be read, or its main file isn't the one that was installed.
  func content(for platform: DevicePlatform) throws(GalleyError) -> (files: [String], links: [String: String]) {
    let files: [String]
    do throws(FileError) {
      files = try FolderContent.paths(in: folder).filter { !$0.hasPrefix("include/") && !$0.hasPrefix(".galley") }
        .sorted()
    } catch {
      throw GalleyError(.missingInput, "can't read the runtime '\(name)'", at: error.path, why: error.reason)
    }
    var links: [String: String] = [:]
    for path in files {
      if let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(path)") {
        guard !target.hasPrefix("/"), !target.split(separator: "/").contains("..") else {
          throw damaged(path, "the link leads out of the folder")
        }
        links[path] = target
      }
    }
    try checkMain(platform)
    return (files.filter { links[$0] == nil }, links)
  }

  private func checkMain(_ platform: DevicePlatform) throws(GalleyError) {
    let main = "\(folder)/\(record.main)"
    guard let digest = try? Digest(ofFileAt: main) else { throw damaged(record.main, "it can't be read") }
    guard digest.hex == record.sha256 else { throw damaged(record.main, "its bytes are not those that were installed") }
    guard let facts = ProgramFacts(ofFileAt: main), facts.platform == platform.description else {
      throw damaged(record.main, "it is no library for \(platform)")
    }
  }

  private func damaged(_ path: String, _ why: String) -> GalleyError {
    GalleyError(
      .badData, "can't install the runtime '\(name)'", at: "\(folder)/\(path)", why: why,
      remedy: "Run 'python3 Native/bootstrap.py --verify', which repairs the folder.")
  }
}
