// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Fetching
import Files
import Foundation
import Galley
import Testing

@Suite struct LocalSourceTests {
  /// A cache as huggingface_hub lays it out, with a file that git keeps and one that its large file storage keeps.
  private func makeHub(_ scene: Scene, bytes: Data) throws -> String {
    let hub = "\(scene.folder)/hub"
    let repository = "\(hub)/models--acme--tiny"
    try AtomicFile.write(bytes, to: "\(repository)/blobs/\(scene.digest.hex)")
    try AtomicFile.write(bytes, to: "\(repository)/blobs/f3e1c0ffee")
    try AtomicFile.createFolder("\(repository)/snapshots/0123abcd/onnx")
    for (name, blob) in [("onnx/model.onnx", "../../../blobs/f3e1c0ffee"), ("config.json", "../../blobs/missing")] {
      try FileManager.default.createSymbolicLink(
        atPath: "\(repository)/snapshots/0123abcd/\(name)", withDestinationPath: blob)
    }
    return hub
  }

  @Test func aHuggingFaceBlobIsFoundByItsDigest() async throws {
    let scene = try Scene()
    var policy = FetchPolicy.quick
    policy.caches = [.huggingFace(try makeHub(scene, bytes: scene.bytes))]
    policy.isOffline = true
    let requirement = scene.requirement([])
    let found = try #require(await Fetcher(policy).locate(requirement))
    #expect(found.path.hasSuffix("models--acme--tiny/blobs/\(scene.digest.hex)"))
    #expect(found.digest == scene.digest)
    let fetched = try await scene.fetch(requirement, policy)
    #expect(fetched.way == .cache)
    #expect(scene.isInPlace)
    #expect(scene.leftovers.isEmpty)
  }

  @Test(arguments: ["main", "0123abcd", "refs%2Fpr%2F1"])
  func aHuggingFaceSnapshotIsFoundByTheAddress(revision: String) async throws {
    let scene = try Scene()
    var policy = FetchPolicy.quick
    policy.caches = [.huggingFace(try makeHub(scene, bytes: scene.bytes))]
    policy.isOffline = true
    var requirement = scene.requirement(["https://huggingface.co/acme/tiny/resolve/\(revision)/onnx/model.onnx"])
    requirement.digest = nil
    requirement.digestPrefix = String(scene.digest.hex.prefix(8))
    let fetched = try await scene.fetch(requirement, policy)
    #expect(fetched.way == .cache)
    #expect(fetched.digest == scene.digest)
    #expect(fetched.origin.hasSuffix("snapshots/0123abcd/onnx/model.onnx"))
  }

  @Test func aTorchCheckpointIsFoundByItsName() async throws {
    let scene = try Scene()
    try AtomicFile.write(scene.bytes, to: "\(scene.folder)/torch/weights-\(scene.digest.hex.prefix(8)).pth")
    var policy = FetchPolicy.quick
    policy.caches = [.torchHub("\(scene.folder)/torch")]
    policy.isOffline = true
    var requirement = scene.requirement([
      "https://download.pytorch.org/models/weights-\(scene.digest.hex.prefix(8)).pth"
    ])
    requirement.digest = nil
    requirement.digestPrefix = String(scene.digest.hex.prefix(8))
    #expect(try await scene.fetch(requirement, policy).way == .cache)
  }

  @Test func aCandidateWithOtherBytesIsNotTaken() async throws {
    let scene = try Scene()
    var wrong = scene.bytes
    wrong[1000] ^= 1
    var policy = FetchPolicy.quick
    policy.caches = [.huggingFace(try makeHub(scene, bytes: wrong)), .folder("\(scene.folder)/stick")]
    try AtomicFile.write(wrong, to: "\(scene.folder)/stick/\(scene.name)")
    let requirement = scene.requirement([
      "\(scene.folder)/stick/\(scene.name)", try await scene.address("plain/-"),
    ])
    #expect(await Fetcher(policy).locate(requirement) == nil)
    #expect(try await scene.fetch(requirement, policy).way == .network)
    #expect(scene.leftovers.isEmpty)
  }

  @Test(arguments: ["file://", "file://localhost", "file:", ""])
  func aFileIsAnOrigin(prefix: String) async throws {
    let scene = try Scene()
    let path = "\(scene.folder)/a folder/100%"
    try AtomicFile.write(scene.bytes, to: path)
    let written = prefix.isEmpty ? path : path.replacingOccurrences(of: "%", with: "%25").replacing(" ", with: "%20")
    var policy = FetchPolicy.quick
    policy.isOffline = true
    let fetched = try await scene.fetch(scene.requirement([prefix + written]), policy)
    #expect(fetched.way == .file)
    #expect(fetched.origin == path)
    #expect(scene.isInPlace)
    #expect(await Fetcher(policy).locate(scene.requirement([prefix + written]))?.way == .file)
  }

  @Test(arguments: ["/", "/dev/zero", "/proc/self/mem", "file://server/share", "file:", "file:///a%zz"])
  func whatIsNoFileIsRefused(origin: String) async throws {
    let scene = try Scene()
    let error = try #require(await scene.failure(scene.requirement([origin])))
    #expect(error.exitCode == .unavailable)
    #expect(scene.isAbsent)
  }

  @Test func aPipeDoesNotMakeItWait() async throws {
    let scene = try Scene()
    let pipe = "\(scene.folder)/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    #expect(try #require(await scene.failure(scene.requirement([pipe]))).why.contains("it is not a file"))
  }

  @Test func aFileThatMayNotBeReadIsAReason() async throws {
    let scene = try Scene()
    let loop = "\(scene.folder)/loop"
    try FileManager.default.createSymbolicLink(atPath: loop, withDestinationPath: loop)
    let error = try #require(await scene.failure(scene.requirement([loop])))
    #expect(error.why.contains("\(loop): "))
    #expect(error.exitCode == .unavailable)
  }

  @Test func cachesLieWhereTheirVariablesSay() {
    func caches(_ environment: [String: String]) -> [CacheFolder] {
      CacheFolder.standard(environment: environment, home: "/home/u")
    }
    #expect(
      caches([:]) == [
        .huggingFace("/home/u/.cache/huggingface/hub"), .torchHub("/home/u/.cache/torch/hub/checkpoints"),
      ])
    #expect(
      caches(["HF_HOME": "~/hf", "TORCH_HOME": "/t"]) == [
        .huggingFace("/home/u/hf/hub"), .torchHub("/t/hub/checkpoints"),
      ])
    #expect(caches(["HF_HOME": "/hf", "HF_HUB_CACHE": "/hub"]).first == .huggingFace("/hub"))
    #expect(caches(["XDG_CACHE_HOME": "/x"]).map(\.path) == ["/x/huggingface/hub", "/x/torch/hub/checkpoints"])
  }
}
