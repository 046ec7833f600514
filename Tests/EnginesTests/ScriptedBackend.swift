// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley

/// A backend that says what a test wants, and does what a test wants.
struct ScriptedBackend: Backend {
  typealias Script = @Sendable (VerbRequest, EventSink) async throws -> VerbResult

  var descriptor: BackendDescriptor
  var architectures: [Card]
  var score: Int
  var known: ModelMeaning?
  var isHere = true
  var script: Script

  init(
    _ id: String, score: Int = 10, verbs: Set<EngineVerb> = Set(EngineVerb.allCases),
    tasks: Set<EngineTask> = [.classification, .multiLabelClassification],
    forms: Set<ModelForm> = [.architecture, .checkpoint, .file(.onnx)], architectures: [Card] = [smallNet, mobileNet],
    options: [EngineVerb: [OptionDeclaration]] = [:], refusals: [EngineVerb: [String: String]] = [:],
    known: ModelMeaning? = nil, script: @escaping Script = { _, _ in VerbResult(status: .succeeded) }
  ) {
    descriptor = BackendDescriptor(
      id: id, version: SemanticVersion(1, 2, 3), summary: "Does what a test says.", licence: "Apache-2.0",
      requirements: [], abilities: [.init(verbs: verbs, tasks: tasks, forms: forms)], options: options,
      refusals: refusals)
    self.architectures = architectures
    self.score = score
    self.known = known
    self.script = script
  }

  func match(_ verb: EngineVerb, _ model: ModelReference, task: EngineTask) -> BackendMatch {
    let objections = descriptor.objections(verb, model.form, task)
    return objections.isEmpty ? .yes(score: score, reason: "it says so") : .no(objections)
  }

  func meaning(of model: ModelReference) throws(GalleyError) -> ModelMeaning? { known }

  func availability() -> Availability {
    isHere
      ? .available(version: "1", library: "none")
      : .unavailable(reason: "the library is not installed", searched: ["/nowhere"])
  }

  func run(_ request: VerbRequest, events: EventSink) async throws -> VerbResult { try await script(request, events) }

  static let smallNet = Card(
    taxonomy: "model.classification.small-convnet", version: SemanticVersion(1, 0, 0), summary: "Small.",
    options: [
      OptionDeclaration("width", .int(minimum: 1, maximum: 64), default: 16, help: "Channels."),
      OptionDeclaration("pretrained", .ingredient(accepts: ["weights"]), default: "none", help: "Weights."),
    ])

  static let mobileNet = Card(
    taxonomy: "model.classification.mobilenet-v3-small", version: SemanticVersion(1, 0, 0), summary: "Mobile.",
    options: [OptionDeclaration("dropout", .float(minimum: 0, maximum: 1), default: 0.2, help: "Dropout.")])
}

/// A folder that goes with the test.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    let number = UInt64.random(in: 1 << 60...UInt64.max)
    path =
      URL(filePath: FileManager.default.temporaryDirectory.path())
      .appending(path: "galley-engines-\(String(number, radix: 16))").standardizedFileURL.path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file, making its folders.
  func write(_ data: Data, _ name: String) throws {
    let file = URL(filePath: "\(path)/\(name)")
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: file)
  }

  /// Writes a folder of images: for each class so many files of a size, all different.
  func images(
    _ classes: [String: Int], in folder: String = "photos", side: Int = 40, subset: String? = nil, from first: Int = 0
  ) throws -> String {
    for (name, count) in classes {
      for number in first..<first + count {
        let place = [folder, subset, name, "\(number).bmp"].compactMap { $0 }.joined(separator: "/")
        try write(Self.bitmap(side, side, mark: "\(name)\(number)\(subset ?? "")"), place)
      }
    }
    return "\(path)/\(folder)"
  }

  /// A BMP file (BITMAPINFOHEADER, 24 bits); the mark makes its bytes its own.
  static func bitmap(_ width: Int, _ height: Int, mark: String) -> Data {
    func little(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
    let row = (width * 3 + 3) / 4 * 4
    var pixels = [UInt8](repeating: 120, count: row * height)
    for (index, byte) in mark.utf8.enumerated() where index < pixels.count { pixels[index] = byte }
    var bytes: [UInt8] = Array("BM".utf8) + little(54 + pixels.count, 4) + little(0, 4) + little(54, 4)
    bytes += little(40, 4) + little(width, 4) + little(height, 4) + little(1, 2) + little(24, 2)
    bytes += little(0, 4) + little(pixels.count, 4) + little(2835, 4) + little(2835, 4) + little(0, 8)
    return Data(bytes + pixels)
  }
}
