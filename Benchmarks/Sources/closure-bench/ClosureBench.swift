// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import FoundationEssentials
import Galley
import Offline
import Pantry
import Recipes

/// Times the closure of a recipe with 100 choices in a catalogue of 1,000 cards. `peer/closure.py` runs it.
///
///     closure-bench FOLDER TURNS   writes FOLDER/catalogue.json for the peer, then prints for each turn the
///                                  milliseconds that the family and its closure took, and the bytes of both
@main
struct ClosureBench {
  static let version = SemanticVersion(1, 0, 0)

  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 3, let turns = Int(arguments[2]), turns > 0 else {
      print("usage: closure-bench FOLDER TURNS")
      return
    }
    let folder = arguments[1]
    let cards = cards()
    try write(cards, to: folder)
    let start = ContinuousClock.now
    let catalogue = try CardCatalogue(cards + Card.tasks)
    print("catalogue of \(cards.count + Card.tasks.count) cards: \(milliseconds(since: start)) ms")
    let text = """
      recipe: bench
      task: classification
      data: {use: table, path: table.csv}
      model: {architecture: net-0}

      """
    let pantry = try Pantry(root: "\(folder)/pantry")
    for _ in 0..<turns {
      // New sources each time: nothing that was looked at before is known.
      let start = ContinuousClock.now
      let draft = try RecipeDraft(text: text, path: "bench.yaml", folder: folder, catalogue: catalogue)
      let family = try RecipeFamily(of: draft, each: [FamilyAxis("model.architecture=\(choices)")])
      let closure = Closure(family, ClosureSources(pantry, program: "\(folder)/galley"))
      let weights = ByteTotal(closure.items.filter { $0.role == .weights }.map(\.byteCount)).known
      let marginals = closure.marginals
      let time = milliseconds(since: start)
      let own = marginals.reduce(0) { $0 + $1.marginal.known }
      print("\(time) ms, \(closure.members.count) recipes, \(weights) bytes of weights, \(own) of one choice only")
    }
  }

  static let choices = (0..<100).map { "net-\($0)" }.joined(separator: ",")

  /// A hundred networks, each with weights of its own and weights of its family of ten, in a catalogue of a thousand.
  private static func cards() -> [Card] {
    let networks = (0..<100).map { number in
      Card(
        taxonomy: "model.classification.net-\(number)", version: version, summary: "Network \(number).",
        options: [
          OptionDeclaration("width", .int(minimum: 1, maximum: 64), default: .int(8), help: "Channels."),
          OptionDeclaration(
            "pretrained", .ingredient(accepts: ["weights"]), default: .string("of-\(number)"), help: "Weights."),
        ], constraints: [Constraint(".width >= 1", reason: "A network has channels.")])
    }
    let weights = (0..<100).map { number in
      Card(
        taxonomy: "weights.of-\(number)", version: version, summary: "Weights \(number).",
        artifacts: [
          artifact("own-\(number).pth", bytes: 1_000_000 + number),
          artifact("family-\(number / 10).pth", bytes: 5_000_000),
        ])
    }
    let fixed = [
      Card(
        taxonomy: "data.classification.table", version: version, summary: "A table.",
        options: [OptionDeclaration("path", .path, default: nil, help: "The file.")]),
      Card(taxonomy: "split.stratified", version: version, summary: "A split."),
      Card(
        taxonomy: "trainer.supervised", version: version, summary: "A trainer.",
        options: [OptionDeclaration("epochs", .int(minimum: 1, maximum: 100), default: .int(10), help: "Epochs.")],
        tools: ["libtorch"]),
      Card(taxonomy: "export.onnx", version: version, summary: "ONNX.", tools: ["libtorch", "onnxruntime"]),
      Card(taxonomy: "optimizer.none", version: version, summary: "Nothing."),
      Card(taxonomy: "runtime.onnxruntime", version: version, summary: "A runtime.", tools: ["onnxruntime"]),
      Card(taxonomy: "measurement.interleaved", version: version, summary: "Turns."),
    ]
    let others = (0..<(1000 - networks.count - weights.count - fixed.count - Card.tasks.count)).map { number in
      Card(
        taxonomy: "callback.other-\(number)", version: version, summary: "Another ingredient.",
        artifacts: [artifact("other-\(number).bin", bytes: 10)])
    }
    return networks + weights + fixed + others
  }

  private static func artifact(_ name: String, bytes: Int) -> ArtifactRequirement {
    ArtifactRequirement(
      name: name, role: .weights, digest: Digest(of: name), byteCount: bytes, origins: ["https://example.org/\(name)"],
      licence: "BSD-3-Clause")
  }

  private static func write(_ cards: [Card], to folder: String) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try JSONEncoder().encode(cards).write(to: URL(filePath: "\(folder)/catalogue.json"))
    try Data(repeating: 1, count: 100_000).write(to: URL(filePath: "\(folder)/table.csv"))
  }

  private static func milliseconds(since start: ContinuousClock.Instant) -> Double {
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    return ((Double(seconds) * 1e3 + Double(attoseconds) / 1e15) * 1000).rounded() / 1000
  }
}
