// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import Pantry
internal import Sandbox

/// What the doctor of the programs in a pantry finds where nothing can be seen but the machine's declared files and the
/// pantry's trees, with the network cut.
public struct SetupProof: Sendable, Hashable, Codable {
  /// One of the doctor's findings.
  public struct Finding: Sendable, Hashable, Codable {
    /// The thing: `ONNX Runtime`.
    public var subject: String
    /// `good`, `missing` or `advice`.
    public var health: String
    /// Where it lies.
    public var path: String?
    /// Why it isn't good.
    public var detail: String?
  }

  /// How the programs were cut off.
  public var isolation: String
  /// What the doctor found.
  public var findings: [Finding]
  /// Where the programs wanted to connect to; nowhere, if all is well.
  public var connections: [String]

  /// What isn't as it should be, as sentences.
  public var faults: [String] {
    findings.filter { $0.health == "missing" }.map { "\($0.subject) is not usable: \($0.detail ?? "it is missing")" }
      + connections.map { "The programs wanted to connect to \($0)." }
  }

  private struct Document: Decodable { var findings: [Finding] }

  /// Runs the doctor of a pantry's programs.
  /// - Throws: `GalleyError` if it can't be cut off on this machine, or the doctor gives no answer.
  static func run(in pantry: Pantry) async throws -> SetupProof {
    try await pantry.withWorkFolder { folder in
      for name in ["home/native", "home/programs"] {
        try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
      }
      let trees = [("native", pantry.nativeFolder), ("programs", "\(pantry.root)/\(PantryTree.programs)")]
      var mounts =
        try HostFiles.ofThisMachine().mounts + [.temporary("/tmp"), .writable("\(folder)/home", at: "/home")]
      for (name, path) in trees where FileManager.default.fileExists(atPath: path) {
        mounts.append(.readOnly(path, at: "/home/\(name)"))
      }
      let command = SandboxedCommand(
        program: "/home/programs/galley", arguments: ["doctor", "--json"],
        environment: ["GALLEY_HOME": "/home", "HOME": "/home", "GALLEY_OFFLINE": "1", "TMPDIR": "/tmp"],
        mounts: mounts, timeLimit: .seconds(300), output: "\(folder)/answer", errors: "\(folder)/complaint")
      let record = try await command.run()
      let answer = (try? Data(contentsOf: URL(filePath: "\(folder)/answer"))) ?? Data()
      guard let document = try? JSONDecoder().decode(Document.self, from: answer) else {
        let complaint = (try? String(contentsOf: URL(filePath: "\(folder)/complaint"), encoding: .utf8)) ?? ""
        throw GalleyError(
          .unavailable, "can't prove the programs in the pantry", at: pantry.root,
          why: "the doctor ended with \(record.exit): \(complaint.prefix(500))",
          remedy: "Run galley offline setup again; if it fails again, report this text.")
      }
      return SetupProof(
        isolation: "\(record.isolation)", findings: document.findings,
        connections: record.connections.map(\.description))
    }
  }
}
