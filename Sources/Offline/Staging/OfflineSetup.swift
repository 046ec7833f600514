// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
public import Pantry
internal import Subprocess
internal import SystemPackage

/// Puts what every recipe needs into the pantry, once: programs, native libraries, what reports embed.
public struct OfflineSetup: Sendable {
  /// What became of a tree.
  public struct Outcome: Sendable, Hashable, Codable {
    /// What was done.
    public enum Action: String, Sendable, Hashable, Codable {
      /// It was not there before.
      case added
      /// It took the place of another.
      case replaced
      /// It was there already, byte for byte.
      case kept
    }

    /// The tree's name.
    public var name: String
    /// What was done.
    public var action: Action
    /// How many files it has.
    public var files: Int
    /// Bytes of its files.
    public var bytes: Int
  }

  /// What a setup did.
  public struct Summary: Sendable, Hashable, Codable {
    /// What became of each tree, by name.
    public var trees: [Outcome] = []
    /// What this machine lacks, as sentences.
    public var absent: [String] = []
    /// What the programs in the pantry say their version is.
    public var version = ""
    /// What the doctor found where only the machine's declared files and these trees can be seen; `nil` if this machine
    /// lets nobody be cut off.
    public var proof: SetupProof?
    /// Why there is no proof.
    public var unproven: String?
  }

  private let pantry: Pantry
  private let staging: MachineStaging

  /// Prepares a setup.
  public init(_ staging: MachineStaging, into pantry: Pantry) {
    self.staging = staging
    self.pantry = pantry
  }

  /// Puts the trees into the pantry, all at once, starts the programs there, and has their doctor look at everything with
  /// the network cut.
  /// - Throws: `GalleyError`; the pantry is then as it was, unless only the start failed.
  public func run() async throws -> Summary {
    var summary = Summary(absent: staging.absent)
    summary.trees = try StagedTree.deliver(staging.trees, into: pantry, id: "setup")
    summary.version = try await InstalledProgram(in: pantry).version()
    do {
      summary.proof = try await SetupProof.run(in: pantry)
    } catch let error as GalleyError where error.exitCode == .unavailable {
      summary.unproven = error.why
    }
    return summary
  }
}

extension StagedTree {
  /// Puts trees into a pantry, all at once; those that are there already, byte for byte, stay.
  /// - Parameter id: tells the delivery from others that may go on at the same time.
  /// - Throws: `GalleyError`; the pantry is then as it was.
  static func deliver(_ trees: [StagedTree], into pantry: Pantry, id: String) throws -> [OfflineSetup.Outcome] {
    let digests = DigestCache(pantry)
    defer { digests.save() }
    let delivery = try PantryDelivery(into: pantry, id: id)
    do {
      var outcomes: [OfflineSetup.Outcome] = []
      for staged in trees {
        let present = pantry.tree(staged.tree.name)
        let isKept = present == staged.tree && pantry.faults(of: staged.tree, using: digests).isEmpty
        outcomes.append(
          .init(
            name: staged.tree.name, action: isKept ? .kept : present == nil ? .added : .replaced,
            files: staged.tree.entries.count, bytes: staged.byteCount))
        if isKept { continue }
        try staged.put(into: delivery.place(forTree: staged.tree))
        try delivery.add(tree: staged.tree)
      }
      if outcomes.allSatisfy({ $0.action == .kept }) { delivery.discard() } else { try delivery.commit() }
      return outcomes
    } catch {
      delivery.discard()
      throw error
    }
  }
}

/// The program in a pantry.
public struct InstalledProgram: Sendable {
  /// Its file.
  public let path: String

  /// The program of a pantry, whether it is there or not.
  public init(in pantry: Pantry) { path = "\(pantry.root)/\(PantryTree.programs)/galley" }

  /// What the program says its version is, started with nothing in its environment.
  /// - Throws: `GalleyError` if it doesn't start.
  public func version() async throws -> String {
    do {
      let result = try await Subprocess.run(
        .path(FilePath(path)), arguments: ["--version"], environment: .custom([:]), input: .none,
        output: .string(limit: 1 << 16), error: .string(limit: 1 << 16))
      if result.terminationStatus.isSuccess {
        return result.standardOutput.split(separator: "\n").first.map(String.init) ?? ""
      }
      throw failure(result.standardError.split(separator: "\n").first.map(String.init) ?? "it says nothing")
    } catch let error as SubprocessError {
      throw failure("\(error)")
    }
  }

  private func failure(_ why: String) -> GalleyError {
    GalleyError(
      .unavailable, "the programs in the pantry don't start", at: path, why: why,
      remedy: "Run galley offline setup again; if it fails again, this machine's C library is older than theirs.")
  }
}
