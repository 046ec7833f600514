// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Runtimes
import Tensors
import Testing

/// Python's ai-edge-litert, in `.peers` or wherever the interpreter is that `GALLEY_LITERT_PYTHON` names.
private enum LiteRTPeer {
  static let python =
    ProcessInfo.processInfo.environment["GALLEY_LITERT_PYTHON"]
    ?? URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: ".peers/bin/python3").path
  static let isPresent: Bool = (try? output(["-c", "import ai_edge_litert.interpreter"])) != nil

  /// What the peer makes of one file: what went in and came out, or why it refused.
  struct Answer: Decodable {
    struct Value: Decodable {
      var shape: [Int]
      var bytes: Data?
      var texts: [String]?
    }

    var inputs: [Value]?
    var outputs: [Value]?
    var error: String?
  }

  static func run(_ paths: [String], _ kernels: LiteRTRuntime.Kernels, threads: Int) throws -> [String: Answer] {
    let script = Fixture.path("litert_peer.py")
    return try JSONDecoder().decode(
      [String: Answer].self, from: output([script, kernels.rawValue, "\(threads)"] + paths))
  }

  private static func output(_ arguments: [String]) throws -> Data {
    let (process, pipe) = (Process(), Pipe())
    process.executableURL = URL(filePath: python)
    process.arguments = arguments
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw CocoaError(.fileReadUnknown) }
    return data
  }
}

@Suite(
  "LiteRT beside Python's ai-edge-litert",
  .enabled(if: isLiteRTHere && LiteRTPeer.isPresent, "ai-edge-litert is missing in .peers; Native/peers.sh installs it")
)
struct LiteRTPeerTests {
  /// The folder of the models: the fixtures, or one that is named for a run by hand.
  private static let folder =
    ProcessInfo.processInfo.environment["GALLEY_LITERT_MODELS"] ?? Fixture.path("litert")

  /// What Python's interpreter, which is not built on LiteRT's C interface, takes and that interface doesn't; the last
  /// is refused because of its two equal names.
  private static let refused: Set<String> = ["nonzero", "recurrent", "dupname"]
  /// Types for which the peer's NumPy has no name.
  private static let unknownToPeer: Set<String> = [
    "identity-int4", "identity-uint4", "identity-bfloat16", "identity-float8e4m3fn", "identity-float8e5m2",
    "identity-complex128",
  ]

  private static func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".tflite") }
      .map { String($0.dropLast(7)) }.filter { !unknownToPeer.contains($0) }.sorted()
  }

  @Test(arguments: LiteRTRuntime.Kernels.allCases, [1, 2])
  func `gives the same outputs bit for bit`(kernels: LiteRTRuntime.Kernels, threads: Int) throws {
    let runtime = try LiteRTRuntime(.init(threads: threads, kernels: kernels))
    let names = try Self.names()
    let answers = try LiteRTPeer.run(names.map(Self.path), kernels, threads: threads)
    var compared = 0
    for name in names {
      let answer = try #require(answers[Self.path(name)])
      let file = try ModelFile(at: Self.path(name), format: .tflite)
      guard answer.error == nil, !Self.refused.contains(name) else {
        #expect(throws: GalleyError.self, "\(name): \(answer.error ?? "")") { try Self.outputs(runtime, file, answer) }
        continue
      }
      let outputs = try Self.outputs(runtime, file, answer)
      let expected = try zip(answer.outputs ?? [], outputs).map { try Self.value($0, like: $1) }
      #expect(outputs == expected, "\(name) with \(kernels.rawValue) kernels")
      compared += 1
    }
    #expect(compared >= 30)
  }

  private static func path(_ name: String) -> String { "\(folder)/\(name).tflite" }

  /// What the runtime gives for the peer's inputs, or for zeros if the peer refused.
  private static func outputs(
    _ runtime: LiteRTRuntime, _ file: ModelFile, _ answer: LiteRTPeer.Answer
  ) throws -> [ModelValue] {
    let model = try runtime.compile(file)
    guard let inputs = answer.inputs else {
      return try model.run(
        model.inputs.compactMap(\.tensor).map { spec in
          .tensor(try Tensor(zeros: spec.elementType, shape: spec.shape.map { $0 ?? 1 }))
        })
    }
    return try model.run(
      zip(model.inputs, inputs).map { spec, value in
        if let texts = value.texts { return .strings(try StringTensor(texts, shape: value.shape)) }
        let elementType = spec.tensor?.elementType ?? .uint8
        return .tensor(try Tensor(elementType: elementType, shape: value.shape, bytes: [UInt8](value.bytes ?? Data())))
      })
  }

  private static func value(_ value: LiteRTPeer.Answer.Value, like other: ModelValue) throws -> ModelValue {
    if let texts = value.texts { return .strings(try StringTensor(texts, shape: value.shape)) }
    return .tensor(
      try Tensor(
        elementType: other.tensor?.elementType ?? .uint8, shape: value.shape, bytes: [UInt8](value.bytes ?? Data())))
  }
}
