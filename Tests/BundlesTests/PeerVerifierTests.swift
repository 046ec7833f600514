// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Bundles
import Files
import Foundation
import Galley
import Testing

/// A second verifier, in Python, written from Documentation/bundles.md: both must say the same of every bundle.
@Suite(.enabled(if: Outcome.has("python3") && Outcome.has("openssl"))) struct PeerVerifierTests {
  private let sample = SampleBundle()
  private static let script = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    .appending(path: "Peers/verify.py").path

  /// What a verifier says: of each claim the missing objects, or nothing if it refuses the bundle.
  private struct Answer: Decodable {
    var ok: Bool
    var why: String?
    var claims: [String: [Digest]]?
  }

  private func peer(_ files: [String], _ options: [String] = [], in folder: String) throws -> [Answer] {
    try sample.trust.write(to: folder + "/root.json")
    let arguments = [Self.script, "--trust", "root.json", "--now", SampleBundle.now.description] + options + files
    let outcome = try Outcome.of("python3", ["-B"] + arguments, in: folder)
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.count == files.count, "\(outcome.output)")
    return try lines.map { try JSONDecoder().decode(Answer.self, from: Data($0.utf8)) }
  }

  private func ours(_ path: String, _ verifier: BundleVerifier) -> [String: [Digest]]? {
    guard let verification = try? verifier.verify(path) else { return nil }
    return Dictionary(uniqueKeysWithValues: verification.claims.map { ($0.claim.id, $0.missing) })
  }

  /// Writes bundles under numbers and compares both verifiers' answers; says how many are believed.
  private func compare(_ bundles: [Data], in folder: String) throws -> Int {
    let names = bundles.indices.map { "\($0).galley" }
    for (name, bytes) in zip(names, bundles) { try bytes.write(to: URL(filePath: "\(folder)/\(name)")) }
    var believed = 0
    for (name, answer) in zip(names, try peer(names, in: folder)) {
      let claims = ours("\(folder)/\(name)", try sample.verifier)
      #expect(answer.ok == (claims != nil), "\(name): the peer says \(answer.why ?? "ok")")
      if let claims {
        #expect(answer.claims == claims)
        believed += 1
      }
    }
    return believed
  }

  @Test func goodAndPoorBundlesAreJudgedAlike() throws {
    try withFolder { folder in
      var bundles = [try sample.bytes(in: folder)]
      for digest in sample.contents.keys {
        bundles.append(try sample.changed { $0.objects.removeAll { $0.digest == digest } }.bytes(in: folder))
      }
      #expect(try compare(bundles, in: folder) == bundles.count)
    }
  }

  @Test func mutatedBundlesAreJudgedAlike() throws {
    try withFolder { folder in
      var mutation = Mutation(try sample.bytes(in: folder), seed: 8)
      #expect(try compare((0..<400).map { _ in mutation.next().1 }, in: folder) == 0)
    }
  }

  /// Manifests that are changed and signed anew, so that only their rules can refuse them.
  @Test func changedManifestsAreJudgedAlike() throws {
    try withFolder { folder in
      let good = String(decoding: try sample.manifest.canonicalBytes(), as: UTF8.self)
      let objects = RawArchive.objects(of: sample)
      func bundle(_ payload: String) throws -> Data {
        var envelope = Envelope(type: Envelope.bundleType, payload: Data(payload.utf8))
        try envelope.sign(with: sample.key)
        return RawArchive(envelope: envelope.data, objects: objects, isEnded: true).bytes
      }
      let changes: [(String, String)] = [
        ("\"sequence\":3", "\"sequence\":0"), ("\"sequence\":3", "\"sequence\":4"),
        ("\"sequence\":3", "\"sequence\":9223372036854775807"), ("\"sequence\":3", "\"sequence\":9223372036854775808"),
        ("\"sequence\":3", "\"sequence\":true"), ("\"sequence\":3", "\"sequence\":null"),
        ("\"name\":\"site\"", "\"name\":\"\""), ("\"name\":\"site\"", "\"name\":\"\u{65}\u{301}\""),
        ("\"galley\":\"0.1.0\"", "\"galley\":\"\""), ("\"host\":[\"/dev/null\",", "\"host\":["),
        ("\"host\":[\"/dev/null\",", "\"host\":[\"/x\","), ("\"state\":\"closed\"", "\"state\":\"proven\""),
        ("\"state\":\"closed\"", "\"state\":\"stale\""), ("\"state\":\"closed\"", "\"state\":\"incomplete\""),
        ("\"minimumCount\":2", "\"minimumCount\":-1"), ("\"minimumCount\":2", "\"minimumCount\":0"),
        ("\"labels\":[\"x\",\"y\"]", "\"labels\":[\"y\",\"\"]"), ("\"link\":\"libz.so.1\"", "\"link\":\"..\""),
        ("\"link\":\"libz.so.1\"", "\"link\":\"a/../..\""), ("\"link\":\"libz.so.1\"", "\"link\":\"galley\""),
        ("\"path\":\"galley\"", "\"path\":\"../\u{301}x\""), ("\"path\":\"galley\"", "\"path\":\"a/b\""),
        ("\"path\":\"galley\"", "\"path\":\"libz.so/a\""), ("\"kind\":\"folder\"", "\"kind\":\"report\""),
        ("\"kind\":\"folder\"", "\"kind\":\"library\""), ("\"kind\":\"folder\"", "\"kind\":\"x\""),
        ("\"executable\":true", "\"executable\":1"), ("\"version\":\"2\"", "\"version\":\"\""),
        ("\"validUntil\":\"2026", "\"validUntil\":\"2024"), ("\"validUntil\":\"2026", "\"validUntil\":\"2025"),
        ("\"created\":\"2025-11-26T00", "\"created\":\"2025-11-26T02"), ("\"role\":\"weights\"", "\"role\":\"\""),
        ("\"platforms\":[", "\"platforms\":[\"\","), ("\"platforms\":[", "\"platforms\":[\"a\","),
        ("\"size\":4096", "\"size\":4095"), ("\"size\":4096", "\"size\":4611686018427387904"), ("{", "{\"a\":1,"),
        ("\"format\":", "\"base\":{\"digest\":\"\(Digest(of: "x"))\",\"name\":\"x\",\"sequence\":1},\"format\":"),
        ("\"preload\":[\"lib/libc10.so\"]", "\"preload\":[]"), ("\"preload\":[\"lib/", "\"preload\":[\"../"),
      ]
      var bundles: [Data] = []
      for (old, new) in changes {
        #expect(good.contains(old), "\(old)")
        bundles.append(try bundle(good.replacing(old, with: new, maxReplacements: 1)))
      }
      let believed = try compare(bundles, in: folder)
      #expect(believed >= 10)
      #expect(believed < bundles.count - 15)
    }
  }

  @Test func seriesTimesAndBasesAreJudgedAlike() throws {
    try withFolder { folder in
      try sample.write(to: folder + "/base.galley")
      let base = Digest(of: try sample.manifest.canonicalBytes())
      let delta = sample.changed {
        $0.sequence = 4
        $0 = $0.delta(from: sample.manifest, digest: base)
      }
      try delta.write(to: folder + "/delta.galley")
      #expect(try peer(["delta.galley"], in: folder).map(\.ok) == [false])
      #expect(try peer(["delta.galley"], ["--base", "base.galley"], in: folder).map(\.ok) == [true])
      var seen = SeenBundles()
      seen.record(delta.manifest, digest: Digest(of: "delta"), now: SampleBundle.now)
      try seen.write(to: folder + "/seen.json")
      let options = ["--seen", "seen.json", "--base", "base.galley"]
      #expect(
        try peer(["base.galley", "delta.galley"], options, in: folder).map(\.why) == [
          "an older one", "another one with this sequence",
        ])
      #expect(try peer(["base.galley"], ["--platform", "x"], in: folder).map(\.ok) == [false])
    }
  }
}
