// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import NativeLibraries

/// What a version of an agent consists of on a device: its program in `bin`, its runtimes in `lib/galley/native`, where
/// the program looks for them.
struct Payload: Sendable {
  /// A file.
  struct File: Sendable, Hashable {
    /// Its path in the version's folder.
    let path: String
    let digest: Digest
    let byteCount: Int
    let isExecutable: Bool
    /// Where it lies on this machine.
    let source: String
  }

  private(set) var files: [File] = []
  /// What the link at each path names.
  private(set) var links: [String: String] = [:]
  /// The runtimes' names with their versions.
  private(set) var runtimes: [String: String] = [:]
  /// What was left out, and why, as sentences.
  private(set) var remarks: [String] = []

  /// The version's name: the digest of the list of all that it consists of.
  var id: String {
    let lines =
      files.map { "\($0.digest.hex) \($0.isExecutable) \($0.path)" } + links.map { "link \($0.value) \($0.key)" }
    return Digest(of: lines.sorted().joined(separator: "\n")).short
  }

  private static let nativeFolder = "lib/galley/native"

  /// Gathers the program and the runtimes.
  /// - Parameters:
  ///   - library: The device's C library, if it says which it has.
  ///   - isChosen: Whether the user named the runtimes; one that the device can't run is then an error.
  ///   - folder: Where files can be kept while they are sent.
  /// - Throws: `GalleyError` if a file can't be read, or the device's C library is too old.
  init(
    _ program: AgentProgram, _ runtimes: [RuntimeShelf.Item], for platform: DevicePlatform, library: LibraryVersion?,
    isChosen: Bool, in folder: String
  ) throws(GalleyError) {
    if let needed = program.library, let library, library < needed {
      throw GalleyError(
        .unavailable, "can't install this agent", at: program.path,
        why: "it needs glibc \(needed), and the device has \(library)",
        remedy: "Build it on a system as old as the device's, or with a Swift SDK for one (Documentation/agent.md).")
    }
    try add("bin/\(AgentProgram.name)", program.path, isExecutable: true)
    for (name, path) in program.libraries.sorted(by: { $0.key < $1.key }) { try add("bin/\(name)", path) }
    var records: [InstalledLibraries.Record] = []
    for runtime in runtimes {
      let content = try runtime.content(for: platform)
      if let needed = Self.library(of: content.files, in: runtime.folder), let library, library < needed {
        let why = "it needs glibc \(needed), and the device has \(library)"
        guard !isChosen else {
          throw GalleyError(
            .unavailable, "can't install the runtime '\(runtime.name)'", why: why,
            remedy: "Leave it out: name the others with --runtime.")
        }
        remarks.append("The runtime '\(runtime.name)' is left out: \(why).")
        continue
      }
      let place = "\(runtime.name)-\(runtime.record.version)"
      for file in content.files { try add("\(Self.nativeFolder)/\(place)/\(file)", "\(runtime.folder)/\(file)") }
      for (path, target) in content.links { links["\(Self.nativeFolder)/\(place)/\(path)"] = target }
      records.append(runtime.record.moved(to: place))
      self.runtimes[runtime.name] = runtime.record.version
    }
    try addList(of: records, folder)
    guard let path = (files.map(\.path) + links.keys + links.values).first(where: { !Self.isPlain($0) }) else { return }
    throw GalleyError(
      .badData, "can't install a file", at: path, why: "its name has a space or another strange character")
  }

  /// The newest C library that one of the files asks for.
  private static func library(of files: [String], in folder: String) -> LibraryVersion? {
    files.filter { $0.contains(".so") }.compactMap { ProgramFacts(ofFileAt: "\(folder)/\($0)")?.library }.max()
  }

  /// Lists of files have spaces and ends of lines between them.
  private static func isPlain(_ path: String) -> Bool {
    path.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }
  }

  private mutating func addList(of records: [InstalledLibraries.Record], _ folder: String) throws(GalleyError) {
    let path = "\(folder)/\(InstalledLibraries.fileName)"
    do {
      try AtomicFile.write(try InstalledLibraries.document(of: records), to: path)
    } catch let error as FileError {
      throw GalleyError(writing: error, "can't list the runtimes")
    } catch {
      throw GalleyError(.software, "can't list the runtimes", why: "\(error)")
    }
    try add("\(Self.nativeFolder)/\(InstalledLibraries.fileName)", path)
  }

  private mutating func add(_ path: String, _ source: String, isExecutable: Bool = false) throws(GalleyError) {
    do throws(FileError) {
      let digest = try Digest(ofFileAt: source)
      let size = Int(clamping: try FileFacts.byteCount(of: source))
      files.append(File(path: path, digest: digest, byteCount: size, isExecutable: isExecutable, source: source))
    } catch {
      throw GalleyError(.missingInput, "can't read what is to be installed", at: error.path, why: error.reason)
    }
  }
}

extension InstalledLibraries.Record {
  fileprivate func moved(to path: String) -> Self {
    Self(
      name: name, version: version, path: path, main: main, sha256: sha256, licence: licence, preload: preload)
  }
}
