// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import NativeLibraries
internal import Sandbox

/// The agent's program for a platform, with the libraries that lie beside it and that no device has by itself.
struct AgentProgram: Sendable {
  /// The program.
  let path: String
  /// Libraries beside it, by name.
  let libraries: [String: String]
  /// The newest version of the C library that one of them asks for.
  let library: LibraryVersion?

  static let name = "galley-agent"

  /// What a device brings: the C library, and the C++ library with what it stands on.
  private static let ofDevices = Set(HostFiles.libraryNames + ["libstdc++.so.6", "libgcc_s.so.1"])

  /// Finds the program: the one that the user names; else beside `galley`, in `.build` above it, and in the pantry.
  /// - Throws: `GalleyError`: `missingInput` if the named one can't be used, `unavailable` with how to get one otherwise.
  static func find(
    for platform: DevicePlatform, named given: String?, home: String,
    executable: String = NativeLibraryLocator.runningExecutable
  ) throws(GalleyError) -> AgentProgram {
    if let given {
      switch look(at: given, platform) {
      case .success(let program): return program
      case .failure(let flaw):
        throw GalleyError(
          .missingInput, "can't install this agent", at: given, why: flaw.why, remedy: advice(platform))
      }
    }
    var reasons: [String] = []
    for place in places(platform, home: home, executable: executable) where TrustedPlace.isTrusted(place) {
      switch look(at: place, platform) {
      case .success(let program): return program
      case .failure(let flaw): if !flaw.isAbsence { reasons.append("\(place): \(flaw.why)") }
      }
    }
    throw GalleyError(
      .unavailable, "can't install an agent",
      why: "there is no agent's program for \(platform) here"
        + (reasons.isEmpty ? "" : " (\(reasons.joined(separator: "; ")))"),
      remedy: advice(platform))
  }

  private static func advice(_ platform: DevicePlatform) -> String {
    platform.description == MachineName.platform
      ? "Build it with 'make agent' and name it with --agent if it isn't found."
      : "Build it for \(platform): run 'make agent' on such a machine, or see 'Other platforms' in "
        + "Documentation/agent.md; then name it with --agent."
  }

  private static func places(_ platform: DevicePlatform, home: String, executable: String) -> [String] {
    var (places, folder): ([String], String) = ([], executable)
    let isOwn = platform.description == MachineName.platform
    while let slash = folder.lastIndex(of: "/") {
      folder = String(folder[..<slash])
      if places.isEmpty { places.append(isOwn ? "\(folder)/\(name)" : "\(folder)/\(name)-\(platform)") }
      places.append(isOwn ? "\(folder)/.build/agent/\(name)" : "\(folder)/.build/agent-\(platform)/\(name)")
    }
    return isOwn ? places + ["\(home)/programs/\(name)"] : places
  }

  // MARK: Looking at one

  private struct Flaw: Error {
    var why: String
    var isAbsence = false
  }

  private static func look(at path: String, _ platform: DevicePlatform) -> Result<AgentProgram, Flaw> {
    guard FileManager.default.isReadableFile(atPath: path) else {
      return .failure(Flaw(why: "there is no such file, or it can't be read", isAbsence: true))
    }
    guard let facts = ProgramFacts(ofFileAt: path) else { return .failure(Flaw(why: "it is no program of Linux")) }
    guard facts.platform == platform.description else {
      return .failure(Flaw(why: "it was built for \(facts.platform), and the device is \(platform)"))
    }
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    var (found, asked, newest): ([String: String], [String], LibraryVersion?) = ([:], facts.libraries, facts.library)
    while let name = asked.popLast() {
      guard found[name] == nil, !name.hasPrefix("ld-linux"), !HostFiles.libraryNames.contains(name) else { continue }
      let beside = "\(folder)/\(name)"
      guard !name.contains("/"), let library = ProgramFacts(ofFileAt: beside) else {
        if ofDevices.contains(name) { continue }
        return .failure(
          Flaw(why: "it needs \(name), which doesn't lie beside it; 'make agent' builds one that needs no such library")
        )
      }
      found[name] = beside
      asked += library.libraries
      if let version = library.library { newest = max(newest ?? version, version) }
    }
    return .success(AgentProgram(path: path, libraries: found, library: newest))
  }
}
