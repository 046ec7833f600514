// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Backends
import Files
import Foundation
import Galley
import Tensors
import Testing

/// Trainings that begin with weights that PyTorch saved.
@Suite(
  .enabled(if: Digits.isAvailable, Digits.absence),
  .enabled(if: TorchSave.isPresent, "there is no PyTorch in .peers; Native/peers.sh installs it"))
struct InitialWeightsTests {
  private let folder: TorchWorkerFolder
  private let trained: Checkpoint

  init() async throws {
    folder = try TorchWorkerFolder()
    let result = try await folder.run(folder.training(name: "trained")).0
    trained = try Checkpoint(contentsOf: #require(result.files["checkpoint"]).path)
  }

  private var source: String { "\(folder.path)/trained/checkpoint.safetensors" }

  /// One step that hardly changes anything.
  private func request(_ weights: String, _ name: String) throws -> VerbRequest {
    try folder.training(name: name) {
      ($0.initialWeights, $0.maxSteps, $0.optimizer, $0.learningRate) = (weights, 1, .sgd, 1e-9)
      ($0.weightDecay, $0.schedule) = (0, .constant)
    }
  }

  private func rows(_ checkpoint: Checkpoint) throws -> [[Float]] {
    let tensor = try #require(checkpoint.weights["classifier.weight"])
    let values = try tensor.values(as: Float.self)
    let width = tensor.shape[1]
    return (0..<tensor.shape[0]).map { Array(values[$0 * width..<($0 + 1) * width]) }
  }

  private func isClose(_ left: [Float], _ right: [Float]) -> Bool {
    left.count == right.count && zip(left, right).allSatisfy { abs($0 - $1) < 1e-5 }
  }

  @Test(arguments: ["classes", "meta.class_to_idx"])
  func rowsGoToTheClassesThatThePyTorchFileNames(key: String) async throws {
    // The file's rows stand for the digits from 9 down to 1, and for something else in the place of 0.
    let path = "\(folder.path)/weights.pth"
    let names = Digits.labels.dropFirst().reversed() + ["a.zebra"]
    try TorchSave.write(source, to: path, classes: Array(names), under: key)
    let (result, events) = try await folder.run(request(path, "run"))
    let own = try rows(Checkpoint(contentsOf: #require(result.files["last"]).path))
    let theirs = try rows(trained)
    for digit in 1...9 { #expect(isClose(own[digit], theirs[9 - digit]), "\(digit)") }
    #expect(!isClose(own[0], theirs[9]))
    let note =
      "The last layer's rows are taken from weights.pth by class name: 9 classes are known, and 0 begin afresh."
    #expect(result.notes.contains(note))
    #expect(events.contains(.warning(note)))
    let report = try String(contentsOfFile: #require(result.files["initialWeights"]).path, encoding: .utf8)
    #expect(report.contains(#""mapped":{"fresh":["0"],"known":["1","2","3","4","5","6","7","8","9"]}"#))
    let checkpoint = try Checkpoint(contentsOf: #require(result.files["checkpoint"]).path)
    #expect(try checkpoint.initialWeights == Digest(ofFileAt: path))
  }

  @Test func withoutClassesRowsAreTakenInTheirOrder() async throws {
    let path = "\(folder.path)/weights.pth"
    try TorchSave.write(source, to: path)
    let result = try await folder.run(request(path, "run")).0
    let own = try rows(Checkpoint(contentsOf: #require(result.files["last"]).path))
    #expect(zip(own, try rows(trained)).allSatisfy(isClose))
  }

  @Test func keysThatDifferAreListed() async throws {
    let path = "\(folder.path)/weights.pth"
    try TorchSave.write(source, to: path, renaming: ["features.0.conv.weight": "features.0.kernel"])
    let request = try request(path, "run")
    let error = await #expect(throws: GalleyError.self) { try await folder.run(request) }
    #expect(error?.place == path)
    #expect(error?.exitCode == .badData)
    #expect(error?.why == "missing: features.0.conv.weight; unexpected: features.0.kernel")
    #expect(try !folder.outputs().contains("run/checkpoint.safetensors"))
  }

  @Test func aResumedRunKnowsItsWeightsAndEndsInTheSameBits() async throws {
    let path = "\(folder.path)/weights.pth"
    try TorchSave.write(source, to: path, classes: Digits.labels.reversed(), under: "classes")
    func training(_ name: String, resume: String? = nil) throws -> VerbRequest {
      // The file needn't be there any more.
      try folder.training(epochs: 3, name: name) {
        ($0.initialWeights, $0.resume) = (resume == nil ? path : nil, resume)
      }
    }
    let whole = try await folder.run(training("whole")).0
    try await folder.kill(training("part"), atStep: 17)
    let resumed = try await folder.run(training("resumed", resume: "\(folder.path)/part")).0
    for file in ["checkpoint", "last", "initialWeights"] {
      #expect(try resumed.files[file]?.digest == #require(whole.files[file]).digest, "\(file) differs")
    }
  }
}

/// Writes files with `torch.save`.
enum TorchSave {
  private static let python = Digits.package.appending(path: ".peers/bin/python3")
  static let isPresent = FileManager.default.isExecutableFile(atPath: python.path())

  struct Failure: Error {
    var status: Int32
  }

  /// Saves the weights of a safetensors file under `state_dict`.
  /// - Parameters:
  ///   - classes: Names of the classes.
  ///   - key: Where they stand: under `…class_to_idx` as a dictionary, under others as a list.
  static func write(
    _ source: String, to path: String, classes: [String] = [], under key: String = "", renaming: [String: String] = [:]
  ) throws {
    let program = """
      import json, sys, numpy, torch
      source, path, classes, key, renaming = sys.argv[1], sys.argv[2], *map(json.loads, sys.argv[3:])
      data = open(source, "rb").read()
      length = int.from_bytes(data[:8], "little")
      header = json.loads(data[8:8 + length])
      kinds = {"F32": "<f4", "I64": "<i8"}
      state = {}
      for name, entry in header.items():
        if name == "__metadata__": continue
        start, end = entry["data_offsets"]
        part = numpy.frombuffer(data[8 + length + start:8 + length + end], kinds[entry["dtype"]])
        state[renaming.get(name, name)] = torch.from_numpy(part.reshape(entry["shape"]).copy())
      content = {"epoch": 3, "state_dict": state}
      place = content
      *steps, last = key.split(".")
      for step in steps: place = place.setdefault(step, {})
      if classes:
        place[last] = {name: number for number, name in enumerate(classes)} if last == "class_to_idx" else classes
      torch.save(content, path)
      """
    func json(_ value: some Encodable) throws -> String {
      String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }
    let process = Process()
    process.executableURL = python
    process.arguments = ["-c", program, source, path, try json(classes), try json(key), try json(renaming)]
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure(status: process.terminationStatus) }
  }
}
