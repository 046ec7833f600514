// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Pantry
internal import Sandbox

/// Why a proof did not pass.
extension ClaimProof {
  /// The reasons as sentences.
  func failures(_ proof: ProofRecord, _ record: SandboxRecord, run: String) -> [String] {
    var sentences: [String] = []
    if !record.isSuccess {
      let words = Self.lastError("\(run)/messages.jsonl").map { ": \($0)" } ?? ""
      sentences.append("The run ended with \(record.exit)\(words).")
    }
    sentences += record.connections.map { attempt in
      "It wanted to connect to \(attempt)\(attempt.count > 1 ? ", \(attempt.count) times" : "")."
    }
    sentences += proof.outside.map { "It opened \($0), which is neither in the home nor one of the host's files." }
    sentences += proof.undeclared.map { "It used \($0), which the claim does not declare." }
    sentences += changes.map { "It changed \($0)." }
    if record.unreadable > 0 {
      sentences.append("\(record.unreadable) calls hid what they opened.")
    }
    return sentences
  }

  /// What of the claim's content is no longer what its digest says.
  private var changes: [String] {
    let digests = DigestCache(home)
    let artifacts = (claim.artifacts + [claim.document]).filter { !home.verify($0) }.map { "the artifact \($0)" }
    let folders = claim.folders.filter { !home.verifyFolder($0) }.map { "the folder \($0)" }
    let trees = claim.trees.compactMap { home.tree($0.name) }.flatMap { home.faults(of: $0, using: digests) }
    return artifacts + folders + trees.map(\.description)
  }

  private struct ErrorEvent: Decodable {
    var event: String
    var what: String
    var place: String?
    var why: String
  }

  /// The last error among the events that the program told, in words.
  private static func lastError(_ path: String) -> String? {
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    let lines = text.split(separator: "\n")
    let events = lines.reversed().lazy.compactMap { line in
      try? JSONDecoder().decode(ErrorEvent.self, from: Data(line.utf8))
    }
    guard let event = events.first(where: { $0.event == "error" }) else { return lines.last.map(String.init) }
    return (event.place.map { "\($0): " } ?? "") + "\(event.what): \(event.why)"
  }
}
