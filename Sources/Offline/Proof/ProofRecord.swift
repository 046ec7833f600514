// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import Recipes
public import Sandbox

/// What a run of a claim with the network cut opened, wanted and gave; it is kept as an artifact and goes along with the
/// claim.
public struct ProofRecord: Sendable, Hashable, Codable {
  /// The format of its document.
  public static let currentFormat = "galley.proof/1"

  /// A program that was run.
  public struct Command: Sendable, Hashable, Codable {
    /// Its words; `$HOME` stands for the imported home, `$RUN` for the run's own folder.
    public var words: [String]
    /// How it ended.
    public var exit: SandboxExit
    /// How long it took.
    public var seconds: Double
  }

  /// Something of the home: an artifact, a folder, or a tree of programs or of a library.
  public struct Content: Sendable, Hashable, Codable {
    /// What it is.
    public enum Kind: String, Sendable, Codable { case artifact, folder, tree }

    /// What it is.
    public var kind: Kind
    /// A tree's name; what people call an artifact, if anybody calls it anything.
    public var name: String?
    /// SHA-256 of its content; `nil` for a tree that the claim doesn't name.
    public var digest: Digest?
    /// How many of its files were opened.
    public var files: Int
  }

  /// The format of the document.
  public var format = Self.currentFormat
  /// The claim's id.
  public var claim: String
  /// What people call the recipe.
  public var recipe: String
  /// The task that was run.
  public var task: ClaimedTask
  /// The platform on which it was run, and for which alone it counts.
  public var platform: String
  /// The version of Galley that was run.
  public var galley: String
  /// The kernel.
  public var kernel: String
  /// The processor.
  public var processor: String
  /// How it was cut off: `namespaces`, or `seccomp only (weaker: …)`.
  public var isolation: String
  /// What was run.
  public var commands: [Command]
  /// What was used of the home.
  public var used: [Content]
  /// What the claim declares and the run did not use.
  public var unused: [Content]
  /// What the run used and the claim does not declare.
  public var undeclared: [Content]
  /// What was used of the machine itself.
  public var host: [String]
  /// What was opened that belongs to nobody.
  public var outside: [String]
  /// What was looked for and is not there.
  public var absent: [String]
  /// Where it wanted to connect, AF_UNIX excepted.
  public var connections: [ConnectionAttempt]
  /// Sockets that were opened beside AF_UNIX ones.
  public var sockets: [SocketOpening]
  /// Why it did not pass, as sentences; empty if it passed.
  public var failures: [String]

  /// Whether the claim is proven on this platform.
  public var isPassed: Bool { failures.isEmpty }
  /// How long all of it took.
  public var seconds: Double { commands.reduce(0) { $0 + $1.seconds } }

  /// The record for people.
  public var text: String {
    var lines = [isPassed ? "\(claim): proven on \(platform)" : "\(claim): not proven"]
    lines += failures.map { "  \($0)" }
    lines.append("  isolation: \(isolation)")
    lines += commands.map { "  ran: \($0.words.joined(separator: " ")) (\($0.exit))" }
    lines.append("  used: \(Self.list(used))")
    if !unused.isEmpty { lines.append("  declared but unused: \(Self.list(unused))") }
    if !undeclared.isEmpty { lines.append("  used but undeclared: \(Self.list(undeclared))") }
    lines.append(
      "  connections: \(connections.isEmpty ? "none" : connections.map(\.description).joined(separator: ", "))")
    lines.append("  of this machine: \(host.joined(separator: ", "))")
    return lines.joined(separator: "\n")
  }

  private static func list(_ contents: [Content]) -> String {
    contents.isEmpty ? "nothing" : contents.map(\.description).joined(separator: ", ")
  }
}

extension ProofRecord.Content: CustomStringConvertible {
  public var description: String {
    let short = digest?.short ?? ""
    switch kind {
    case .tree: return name ?? short
    case .artifact: return name.map { "\($0) (\(short))" } ?? "artifact \(short)"
    case .folder: return name.map { "\($0) (\(short))" } ?? "folder \(short)"
    }
  }
}
