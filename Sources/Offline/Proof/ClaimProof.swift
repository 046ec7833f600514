// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
public import Galley
internal import Measuring
public import Pantry
internal import Recipes
public import Sandbox

/// Proves a claim: runs it with the network cut, from a home that holds nothing but what was imported.
///
/// Inside are the home, writable but for its programs, libraries and folders, empty temporary folders, and the fixed
/// files of the host. What the run opens and where it wants to connect is held against what the claim declares. The home
/// should be one made for the proof: the run leaves stages and records in it.
public struct ClaimProof: Sendable {
  /// The claim.
  public let claim: KeptClaim
  /// The home.
  public let home: Pantry
  /// The longest that it may take.
  public var timeLimit: Duration
  /// The least isolation that will do.
  public var weakest: Isolation.Kind

  static let what = "can't prove the claim"
  private static let temporary = ["/tmp", "/dev/shm"]

  /// Prepares a proof.
  public init(
    of claim: KeptClaim, in home: Pantry, timeLimit: Duration = .seconds(1800),
    weakest: Isolation.Kind = .seccompOnly
  ) {
    self.claim = claim
    self.home = home
    self.timeLimit = timeLimit
    self.weakest = weakest
  }

  /// What the host supplies to every proof on this machine.
  /// - Throws: `GalleyError` if its C library can't be found.
  public static func hostFiles() throws(GalleyError) -> HostFiles { try HostFiles.ofThisMachine() }

  /// Runs the claim.
  /// - Returns: What came of it; whether it passed is in the record.
  /// - Throws: `GalleyError` if it can't be run at all: the programs or the recipe are not in the home, the platform is
  ///   another one, the kernel does not let it be cut off; `interrupted` if the task was cancelled.
  public func run() async throws -> ProofRecord {
    let host = try checkedHost()
    let before = try inventory()
    return try await home.withWorkFolder { work in
      // Links in its path would lead elsewhere inside.
      let root = URL(filePath: home.root).resolvingSymlinksInPath().path
      let run = root + work.dropFirst(home.root.count)
      let recipe = try write(home.data(of: claim.document), to: "\(run)/recipe.yaml")
      let command = command(root: root, run: run, recipe: recipe, host)
      let record = try await command.run()
      let places = ProofPlaces(
        home: root, run: run, host: host, temporary: Self.temporary, targets: command.mounts.map(\.target))
      var proof = proof(record, command, places, before)
      proof.failures = failures(proof, record, run: run)
      return proof
    }
  }

  private func checkedHost() throws -> HostFiles {
    let program = "\(home.root)/\(PantryTree.programs)/galley"
    guard FileManager.default.isExecutableFile(atPath: program) else {
      throw GalleyError(
        .missingInput, Self.what, at: program, why: "Galley's programs are not in the home",
        remedy: "Put them into the pantry first: galley offline setup.")
    }
    guard home.contains(claim.document) else {
      throw GalleyError(
        .missingInput, Self.what, at: claim.id, why: "its recipe (\(claim.document.short)) is not in the home",
        remedy: "Prepare the recipe again.")
    }
    let host = try HostFiles.ofThisMachine(program: program)
    guard claim.platform == host.platform else {
      throw GalleyError(
        .configuration, Self.what, at: claim.id,
        why: "it is for \(claim.platform), and this machine is \(host.platform)",
        remedy: "Run galley offline prove on a machine of that platform.")
    }
    return host
  }

  /// The artifacts that are there before the run, with their names.
  private func inventory() throws -> [Digest: String?] {
    Dictionary(try home.artifacts().map { ($0.digest, $0.name) }) { first, _ in first }
  }

  private func write(_ data: Data, to path: String) throws(GalleyError) -> String {
    do throws(FileError) {
      try AtomicFile.write(data, to: path)
    } catch {
      throw GalleyError(writing: error, Self.what)
    }
    return path
  }

  private func command(root: String, run: String, recipe: String, _ host: HostFiles) -> SandboxedCommand {
    let fixed = [PantryTree.programs, PantryTree.interpreters, "native", "folders"].map { "\(root)/\($0)" }
      .filter(FileManager.default.fileExists)
    return SandboxedCommand(
      program: "\(root)/\(PantryTree.programs)/galley",
      arguments: [
        "run", recipe, "--rehearse", "--until", claim.task.goal.rawValue, "--output", "\(run)/output", "--json",
      ],
      environment: ["GALLEY_HOME": root, "GALLEY_OFFLINE": "1"], folder: run,
      mounts: host.mounts + Self.temporary.map { .temporary($0) } + [.writable(root)] + fixed.map { .readOnly($0) },
      timeLimit: timeLimit, output: "\(run)/result.json", errors: "\(run)/messages.jsonl", weakest: weakest)
  }

  private func proof(
    _ record: SandboxRecord, _ command: SandboxedCommand, _ places: ProofPlaces, _ before: [Digest: String?]
  ) -> ProofRecord {
    let trace = ProofTrace(record, places)
    let comparison = ProofComparison(claim, trace, before: before)
    let machine = EnvironmentReader(gpuLibrary: nil).record(galleyVersion: claim.galley)
    return ProofRecord(
      claim: claim.id, recipe: claim.recipe, task: claim.task, platform: claim.platform, galley: claim.galley,
      kernel: machine.kernel, processor: machine.processor, isolation: record.isolation.description,
      commands: [
        .init(
          words: ([command.program] + command.arguments).map(places.shown), exit: record.exit, seconds: record.seconds)
      ],
      used: comparison.used, unused: comparison.unused, undeclared: comparison.undeclared, host: trace.host.sorted(),
      outside: trace.outside.sorted(), absent: trace.absent.sorted(), connections: record.connections,
      sockets: record.sockets, failures: [])
  }
}
