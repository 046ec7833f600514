// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Testing

/// Data and weights that are named by an address and a digest, from a server on this machine.
@Suite(.serialized) struct EngineFetchingTests {
  private static let python = Program.root + ".peers/bin/python3"
  private static let hasTorchvision: Bool = {
    let process = Process()
    process.executableURL = URL(filePath: python)
    process.arguments = ["-c", "import torchvision"]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()

  private let program: Program
  private let served: String

  init() throws {
    program = try Program()
    served = "\(program.folder)/served"
    try FileManager.default.createDirectory(atPath: served, withIntermediateDirectories: true)
    try ImageSet([("", 24)]).pack(as: "set.zip", in: served)
  }

  private func address(_ name: String, _ port: Int) throws -> (bare: String, whole: String) {
    let bare = "http://127.0.0.1:\(port)/\(name)"
    return (bare, "\(bare)#sha256=\(try Digest(ofFileAt: "\(served)/\(name)").hex)")
  }

  private func files(_ output: String) throws -> [String: [String: Any]] {
    let run = try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any], "\(output)")
    let manifest = try #require(run["manifest"] as? [String: Any])
    return try #require(manifest["files"] as? [String: [String: Any]])
      .mapValues { $0.merging(["folder": run["folder"] ?? ""]) { first, _ in first } }
  }

  private func path(_ file: [String: Any]?) throws -> String {
    let path = try #require(file?["path"] as? String)
    return path.hasPrefix("/") ? path : "\(try #require(file?["folder"] as? String))/\(path)"
  }

  private static let quick = [
    "--model", "small-convnet:width=8,depth=2", "--epochs", "1", "--batch-size", "8", "--threads", "1", "--workers",
    "1", "--json",
  ]

  @Test func dataAndWeightsAreFetchedOnceAndRefusedWithoutTheirDigest() async throws {
    defer { program.remove() }
    let server = try LocalServer(of: served)
    defer { server.stop() }
    let port = try await server.port()
    let set = try address("set.zip", port)
    let bare = try await program.run(["train", "--data", set.bare] + Self.quick, named: "bare")
    #expect(bare.status == 64, "\(bare.status) \(bare.errors)")
    #expect(bare.errors.contains("curl -fsSL") && bare.errors.contains("sha256sum"), "\(bare.errors)")

    let first = try await program.run(["train", "--data", set.whole] + Self.quick, named: "first")
    #expect(first.status == 0, "\(first.errors)")
    let checkpoint = try path(files(first.output)["checkpoint"])
    try FileManager.default.copyItem(atPath: checkpoint, toPath: "\(served)/base.safetensors")
    let weights = try address("base.safetensors", port)
    let unsafe = try await program.run(
      ["train", "--data", set.whole, "--initial-weights", weights.bare] + Self.quick, named: "unsafe")
    #expect(unsafe.status == 64, "\(unsafe.status) \(unsafe.errors)")
    #expect(unsafe.errors.contains("curl -fsSL") && unsafe.errors.contains("sha256sum"), "\(unsafe.errors)")
    let begun = ["train", "--data", set.whole, "--initial-weights", weights.whole] + Self.quick
    let second = try await program.run(begun, named: "second")
    #expect(second.status == 0, "\(second.errors)")
    let report = try Data(contentsOf: URL(filePath: path(files(second.output)["initialWeights"])))
    #expect(String(decoding: report, as: UTF8.self).contains(try Digest(ofFileAt: checkpoint).hex))

    // A recipe says the same; its set keeps the name by which its format is known.
    try Data(
      """
      recipe: fetched
      task: classification
      seed: 5
      data: {use: images, path: '\(set.whole)', height: 16, width: 16}
      model:
        architecture: {use: small-convnet, width: 8, depth: 2, pretrained: {use: file, path: '\(weights.whole)'}}
      """.utf8
    ).write(to: URL(filePath: "\(program.folder)/fetched.yaml"))
    let recipe = ["train", "fetched.yaml", "--epochs", "1", "--threads", "1", "--json"]
    let third = try await program.run(recipe, named: "third")
    #expect(third.status == 0, "\(third.errors)")
    #expect(try files(third.output)["initialWeights"] != nil)

    // What is in the pantry isn't fetched again: the server is gone.
    server.stop()
    for (name, arguments) in [("fourth", begun), ("fifth", recipe)] {
      let again = try await program.run(arguments, named: name)
      #expect(again.status == 0, "\(again.errors)")
    }
  }

  @Test(.enabled(if: EngineFetchingTests.hasTorchvision, "torchvision is missing: run 'sh Native/peers.sh'"))
  func weightsOfTorchvisionsAreFetchedAndTaken() async throws {
    defer { program.remove() }
    let process = Process()
    process.executableURL = URL(filePath: Self.python)
    process.arguments = [
      "-c",
      """
      import sys, torch, torchvision
      torch.manual_seed(7)
      torch.save(torchvision.models.mobilenet_v3_small(weights=None).state_dict(), sys.argv[1])
      """, "\(served)/mobilenet.pth",
    ]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let server = try LocalServer(of: served)
    defer { server.stop() }
    let port = try await server.port()
    let outcome = try await program.run(
      [
        "train", "--data", try address("set.zip", port).whole, "--model", "mobilenet-v3-small", "--initial-weights",
        try address("mobilenet.pth", port).whole, "--fast-dev-run", "--input-size", "32", "--threads", "1", "--json",
      ], named: "torchvision")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let report = try #require(
      try JSONSerialization.jsonObject(
        with: Data(contentsOf: URL(filePath: path(files(outcome.output)["initialWeights"])))) as? [String: Any])
    // All but the last layer, whose classes are others.
    #expect((report["takenCount"] as? Int ?? 0) > 200, "\(report)")
    #expect((report["fresh"] as? [String])?.isEmpty == false, "\(report)")
  }
}
