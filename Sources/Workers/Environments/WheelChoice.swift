// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley

/// The wheel of each package of a lock that an interpreter takes: one for each, and no other is fetched.
struct WheelChoice {
  /// A package with its wheel.
  struct Entry: Hashable {
    var package: EnvironmentLock.Package
    var wheel: ArtifactRequirement
  }

  /// In the lock's order.
  let entries: [Entry]

  /// Chooses.
  /// - Throws: `GalleyError` (`unavailable`) if no wheel of a package fits.
  init(of lock: EnvironmentLock, for facts: InterpreterFacts, _ program: WorkerProgram) throws(GalleyError) {
    let tags = WheelTags(facts)
    var entries: [Entry] = []
    for package in lock.packages {
      // The first of those that fit equally well.
      let ranked = package.wheels.compactMap { wheel in tags.rank(ofWheelNamed: wheel.name).map { (wheel, $0) } }
      guard let best = ranked.min(by: { $0.1 < $1.1 }) else {
        throw GalleyError(
          .unavailable, "can't make the worker's environment", at: program.lockPath,
          why: "no wheel of \(package.name) \(package.version) fits \(tags.description)",
          remedy: "Lock it on this machine: galley worker lock \(program.path)")
      }
      entries.append(Entry(package: package, wheel: best.0))
    }
    self.entries = entries
  }

  /// The wheels, each once.
  var wheels: [ArtifactRequirement] {
    var seen: Set<String> = []
    return entries.map(\.wheel).filter { seen.insert($0.digest?.hex ?? $0.name).inserted }
  }

  /// What uv's `--require-hashes` wants; uv itself judges the markers.
  var requirementsText: String {
    entries.map { entry in
      let marker = entry.package.marker.map { " ; \($0)" } ?? ""
      let hash = entry.wheel.digest.map { " --hash=sha256:\($0.hex)" } ?? ""
      return "\(entry.package.name)==\(entry.package.version)\(marker)\(hash)\n"
    }.joined()
  }
}
