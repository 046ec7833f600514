// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Bundles
import Files
import Foundation
import Galley

/// A small bundle with every kind of thing in it: two claims that share a tree, and each with something of its own.
struct SampleBundle {
  static let platform = "linux-x86_64"
  static let created = BundleTime(seconds: 1_764_115_200) ?? .now
  static let now = created.adding(seconds: 3600)

  let key: SigningKey
  var manifest: Manifest
  let contents: [Digest: Data]

  /// Names of the objects, for tests that ask for one.
  static let texts: [String: String] = [
    "recipe a": "recipe: a\n", "recipe b": "recipe: b\n", "proof a": #"{"format":"galley.proof/1"}"#,
    "program": String(repeating: "a program ", count: 333), "library": String(repeating: "ein Werk ", count: 99),
    "weights": String(repeating: "w", count: 4096), "image": String(repeating: "pixel", count: 101), "empty": "",
    "volume": String(repeating: "rows", count: 128),
  ]

  init(seed: UInt8 = 7) {
    key = Self.key(seed)
    contents = Dictionary(uniqueKeysWithValues: Self.texts.values.map { (Digest(of: $0), Data($0.utf8)) })
    let app = BundleTree(
      name: "galley", kind: .programs,
      entries: [
        TreeEntry(path: "galley", content: .file(Self.digest("program"), isExecutable: true)),
        TreeEntry(path: "libz.so", content: .link("libz.so.1")),
        TreeEntry(path: "libz.so.1", content: .file(Self.digest("library"), isExecutable: false)),
      ])
    let data = BundleTree(
      name: "photos", kind: .folder, digest: Digest(of: "photos"),
      entries: [
        TreeEntry(path: "é/1.png", content: .file(Self.digest("image"), isExecutable: false)),
        TreeEntry(path: "train/\"1\\\".png", content: .file(Self.digest("image"), isExecutable: false)),
        TreeEntry(path: "train/none", content: .file(Self.digest("empty"), isExecutable: false)),
      ])
    let torch = BundleTree(
      name: "torch-2", kind: .library,
      library: LibraryRecord(
        name: "torch", version: "2", path: "torch-2", main: "lib/libtorch.so", licence: "BSD-3-Clause",
        preload: ["lib/libc10.so"]),
      entries: [TreeEntry(path: "lib/libtorch.so", content: .file(Self.digest("library"), isExecutable: false))])
    manifest = Manifest(
      name: "site", sequence: 3, created: Self.created, validFrom: Self.created,
      validUntil: Self.created.adding(seconds: 86_400 * 365), galley: "0.1.0", platforms: [Self.platform],
      claims: [Self.claimA, Self.claimB],
      artifacts: [
        BundleArtifact(
          digest: Self.digest("weights"), name: "weights.safetensors", role: "weights",
          origin: "https://example.org/w", licence: "Apache-2.0"),
        BundleArtifact(digest: Self.digest("volume")),
      ],
      objects: contents.map { BundleObject(digest: $0.key, size: $0.value.count) }, trees: [app, data, torch],
      host: ["/proc", "/dev/null"])
  }

  private static let claimA = Claim(
    id: "a", recipe: .init(name: "a", digest: Digest(of: "a"), document: digest("recipe a")), task: "train",
    platform: platform, state: .proven, needs: [digest("weights")], trees: ["galley", "torch-2"],
    proof: digest("proof a"))
  private static let claimB = Claim(
    id: "b", recipe: .init(name: "b", digest: Digest(of: "b"), document: digest("recipe b")), task: "bench",
    platform: platform, state: .closed, standIn: .init(format: "image-folder", labels: ["x", "y"], minimumCount: 2),
    needs: [digest("volume")], trees: ["galley", "photos"])

  /// The objects that each claim can't do without, said independently of the code.
  static let needed: [String: Set<String>] = [
    "a": ["recipe a", "proof a", "weights", "program", "library"],
    "b": ["recipe b", "volume", "program", "library", "image", "empty"],
  ]

  static func digest(_ name: String) -> Digest { Digest(of: texts[name] ?? name) }

  /// A key made from one number.
  static func key(_ seed: UInt8) -> SigningKey {
    SigningKey(seed: Data(repeating: seed, count: 32)) ?? SigningKey()
  }

  /// Trusts the key of the bundle.
  var trust: TrustRoot {
    get throws { try TrustRoot(keys: [.init(name: "office", key: key.verifyingKey)]) }
  }

  /// A verifier at the time of the bundle.
  var verifier: BundleVerifier {
    get throws { BundleVerifier(trust: try trust, now: Self.now, platform: Self.platform, threadCount: 2) }
  }

  /// Where the bytes are.
  var source: ObjectSource {
    { [contents] object throws(GalleyError) in
      guard let data = contents[object.digest] else {
        throw GalleyError(.missingInput, "can't find an object", why: object.digest.hex)
      }
      return .data(data)
    }
  }

  /// Writes the bundle.
  @discardableResult
  func write(to path: String, keys: [SigningKey]? = nil) throws -> BundleWriter.Written {
    try BundleWriter(manifest: manifest, keys: keys ?? [key], contents: source).write(to: path)
  }

  /// The bundle's bytes.
  func bytes(in folder: String) throws -> Data {
    try write(to: folder + "/good.galley")
    return try Data(contentsOf: URL(filePath: folder + "/good.galley"))
  }

  /// The same with changes.
  func changed(_ change: (inout Manifest) -> Void) -> SampleBundle {
    var other = self
    change(&other.manifest)
    return other
  }
}

/// Runs something in a folder that is removed afterwards.
func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "bundles-\(UUID().uuidString)").path
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
}

/// What another program said.
struct Outcome {
  var status: Int32
  var output: String

  /// Runs a program of the system.
  @discardableResult
  static func of(_ program: String, _ arguments: [String], in folder: String) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.currentDirectoryURL = URL(filePath: folder)
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let status = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    return Outcome(status: status, output: String(decoding: data, as: UTF8.self))
  }

  /// Whether the system has a program.
  static func has(_ program: String) -> Bool {
    (try? of("sh", ["-c", "command -v \(program)"], in: "/"))?.status == 0
  }
}
