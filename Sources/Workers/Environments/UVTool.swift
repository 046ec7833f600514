// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Archives
public import Files
internal import FoundationEssentials
public import Galley
internal import Glibc
internal import NativeLibraries
internal import Pantry

/// Brings an artifact into the pantry by its digest.
public typealias ArtifactFetch = (ArtifactRequirement) async throws -> Digest

/// `uv`, which finds out what a worker's file needs and installs wheels: a program of one pinned version, fetched by
/// digest when it is first needed.
struct UVTool {
  /// What is pinned for one kind of machine.
  struct Pin: Decodable, Hashable {
    var platform: String
    var file: String
    var size: Int
    var sha256: Digest
    var url: String
    /// The program's path in the wheel.
    var member: String
  }

  private struct Pins: Decodable {
    var version: String
    var licence: String
    var wheels: [Pin]
  }

  /// The pinned version.
  let version: String
  private let licence: String
  private let pin: Pin

  /// The tool for this machine.
  /// - Throws: `GalleyError` (`unavailable`) if none is pinned for it.
  init(platform: String = MachineName.platform) throws(GalleyError) {
    let pins = try? JSONDecoder().decode(Pins.self, from: Data(PackageResources.uv_lock))
    guard let pins, let pin = pins.wheels.first(where: { $0.platform == platform }) else {
      throw GalleyError(
        .unavailable, "can't make Python environments", why: "no uv is pinned for \(platform)",
        remedy: "Name an interpreter that has the packages with --python or GALLEY_PYTHON.")
    }
    (version, licence, self.pin) = (pins.version, pins.licence, pin)
  }

  /// The wheel that holds it.
  var requirement: ArtifactRequirement {
    ArtifactRequirement(
      name: pin.file, role: .toolchain, digest: pin.sha256, byteCount: pin.size, origins: [pin.url], licence: licence)
  }

  /// Whether it needs no fetching.
  func isHere(_ pantry: Pantry) -> Bool { isUnpacked(pantry) || pantry.contains(pin.sha256) }

  /// The program's path; it is fetched and unpacked if it isn't yet.
  /// - Throws: `GalleyError` of `fetch`, or if it can't be unpacked.
  func executable(in pantry: Pantry, fetch: ArtifactFetch) async throws -> String {
    if isUnpacked(pantry) { return path(pantry) }
    let digest = try await fetch(requirement)
    let program = try program(in: pantry.path(of: digest))
    try await pantry.withWorkFolder { work in
      let folder = "\(work)/uv"
      do throws(FileError) {
        try AtomicFile.write(program, to: "\(folder)/uv")
        guard chmod("\(folder)/uv", 0o755) == 0 else { throw FileError(.write, "\(folder)/uv") }
        try AtomicFile.createFolder(WorkerHome(root: pantry.root).tools)
      } catch {
        throw GalleyError(writing: error, "can't unpack uv")
      }
      try EmbeddedPython.place(folder, as: self.folder(pantry), "can't unpack uv")
    }
    return path(pantry)
  }

  private func program(in wheel: String) throws(GalleyError) -> Data {
    do {
      let archive = try ZipArchive(Data(contentsOf: URL(filePath: wheel), options: .alwaysMapped))
      if let member = archive.members.first(where: { $0.path == pin.member }) { return Data(try archive.read(member)) }
      throw ArchiveProblem("it has no '\(pin.member)'")
    } catch {
      throw GalleyError(
        .badData, "can't unpack uv", at: wheel, why: "\(error)",
        remedy: "Run galley pantry verify --repair, then the command again.")
    }
  }

  private func folder(_ pantry: Pantry) -> String {
    "\(WorkerHome(root: pantry.root).tools)/uv-\(version)-\(pin.sha256.short)"
  }

  private func path(_ pantry: Pantry) -> String { "\(folder(pantry))/uv" }

  private func isUnpacked(_ pantry: Pantry) -> Bool { access(path(pantry), X_OK) == 0 }
}
