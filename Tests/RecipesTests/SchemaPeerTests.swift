// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import PeerSupport
import Recipes
import Testing

/// The schema as Python's jsonschema sees it.
@Suite(.enabled(if: SchemaPeer.isPresent, "jsonschema is missing in .peers; Native/peers.sh installs it"))
struct SchemaPeerTests {
  private static let head = "recipe: x\ntask: classification\n"

  @Test func theSchemaIsValidAndTheExampleIsAccepted() throws {
    let example = try String(
      contentsOf: PeerPython.root.appending(path: "Examples/digits/recipe.yaml"), encoding: .utf8)
    let verdict = try SchemaPeer.judge(SchemaCards.all, [example])
    #expect(verdict.schema == nil)
    #expect(verdict.complaints == [[]])
  }

  @Test func theTasksOfTheHouseAcceptTheExample() throws {
    let example = try String(
      contentsOf: PeerPython.root.appending(path: "Examples/digits/recipe.yaml"), encoding: .utf8)
    let cards = Card.tasks + SchemaCards.all.filter { !$0.taxonomy.hasPrefix("task.") }
    let verdict = try SchemaPeer.judge(
      cards, [example, example + "compiler: int8\n", "recipe: x\ntask: {use: detection}\ntarget: {height: 640}\n"])
    #expect(verdict.schema == nil)
    #expect(verdict.complaints == [[], [], []])
  }

  @Test func aLargeSchemaIsValid() throws {
    let verdict = try SchemaPeer.judge(
      SchemaCards.many(60), ["recipe: x\ntask: large\nall: {option: 0}\nrole0: {use: kind0, inner: kind1}\n"])
    #expect(verdict.schema == nil)
    #expect(verdict.complaints == [[]])
  }

  @Test func whatRecipesMaySayIsAccepted() throws {
    let verdict = try SchemaPeer.judge(SchemaCards.all, Self.right.map { Self.head + $0 } + Self.rightWholes)
    #expect(verdict.schema == nil)
    for (text, complaints) in zip(Self.right + Self.rightWholes, verdict.complaints) {
      #expect(complaints == [], "\(text)")
    }
  }

  @Test func mistakesAreRejected() throws {
    let texts = Self.wrong.map { Self.head + $0 } + Self.wrongWholes
    let verdict = try SchemaPeer.judge(SchemaCards.all, texts)
    #expect(verdict.complaints.count == texts.count)
    for (text, complaints) in zip(texts, verdict.complaints) { #expect(!complaints.isEmpty, "\(text)") }
  }

  private static let rightWholes = [
    "recipe: x\ntask: task.classification\ndata:\n",
    "recipe: x\ntask: classification@1.0.0\n",
    "recipe: x\ntask: {use: classification, height: 64}\n",
    "recipe: x\ntask: detection\nmodel:\noptimizer: int8\n",
    "{\"$schema\": \"recipe.schema.json\", \"recipe\": \"x\", \"task\": \"classification\"}",
  ]

  private static let right = [
    "seed: 0", "optimizer: none", "optimizer: optimizer.int8", "optimizer: int8@1.0.0",
    "optimizer: optimizer.int8@1.2.3", "optimizer: {use: int8, samples: 3}", "optimizer:",
    "trainer: {epochs: 3}", "trainer: {use: supervised@1.0.0, learningRate: 1}",
    "trainer: {epochs: '${task.height}'}", "trainer: {mixed: '${.epochs}'}",
    "trainer: {schedule: warmup}", "trainer: {schedule: {use: warmup, then: {use: warmup, then: cosine}}}",
    "trainer: {schedule: {use: warmup, steps: 3}}", "trainer: {algorithm: sgd}",
    "trainer: {num_epochs: 3}", "train: {num_epochs: 3, optimizer: {lr: 0.1}, schedule: cosine}", "num_epochs: 9",
    "train: {method: {epochs: 3}}", "model: {backbone: small-convnet}", "net: {use: small-convnet, width: 4}",
    "model:", "model: {architecture: tiny}", "model: {architecture: {use: tiny, channels: 4}}",
    "model: {architecture: {use: small-convnet, pretrained: none}}",
    "model: {architecture: {use: small-convnet, pretrained: imagenet}}", "model: {architecture: perceptron}",
    "data: {use: image-table, path: a.csv, width: 8, augment: [flip, blur], classes: [a], means: [0, 0.5]}",
    "steps: {one: int8, two: {use: onnx, opset: 18}}", "loggers: {file: csv, screen: {use: plain}}",
    "loggers: {file: {use: csv, path: x}}", "optimizer: '${steps.one}'",
    "variants: [{name: a}, {name: b, set: {optimizer: int8, optimizer.samples: 3, model.backbone.width: 4}}]",
    "variants: [{name: a, set: {train.num_epochs: 3, trainer.schedule.steps: 3, trainer.schedule: warmup}}]",
    "variants: [{name: a, set: {trainer.schedule.then.then.steps: 3, steps.one: int8, task.height: 9}}]",
    "model: small-convnet", "model: {use: small-convnet, width: 3}", "model: {input: {height: 9}, backbone: tiny}",
    "model: {use: tiny, input: {height: 9}}", "variants:", "seed:", "trainer: {epochs: }",
    "data: {use: image-table, path: }",
    "variants: [{name: a, set: {optimizer.use: none, trainer.epochs: '${task.height}', net: small-convnet}}]",
  ]

  private static let wrongWholes = [
    "task: classification\n", "recipe: x\n", "recipe: 3\ntask: classification\n", "recipe: x\ntask: segmentatio\n",
    "recipe: x\ntask: {height: 3}\n", "recipe: x\ntask: {use: classification, heigth: 3}\n",
    "recipe: x\ntask: {use: classification, height: 0}\n", "recipe: x\ntask: detection\ntrainer: supervised\n",
    "recipe: x\ntask: classification@one\n", "recipe: x\ntask: {use: classification, data: image-table}\n",
  ]

  private static let wrong = [
    "seed: -1", "seed: 1.5", "seed: many", "sed: 1", "trianer: supervised", "model.architecture: small-convnet",
    "optimizer: int9", "optimizer: onnxruntime", "optimizer: [int8]", "optimizer: 8", "optimizer: int8@1",
    "optimizer: {use: int9}", "optimizer: {samples: 3}", "optimizer: {use: none, samples: 3}",
    "optimizer: {use: int8, samples: 0}", "optimizer: {use: int8, samples: 1001}",
    "optimizer: {use: int8, samples: few}", "optimizer: {use: int8, samples: 2.5}",
    "optimizer: {use: int8, sample: 3}", "trainer: {epochs: true}", "trainer: {learningRate: 1000}",
    "trainer: {learningRate: [1]}", "trainer: {mixed: 1}", "trainer: {algorithm: adam}",
    "trainer: {schedule: {use: warmup, steps: -1}}", "trainer: {schedule: int8}",
    "trainer: {schedule: {use: warmup, then: {use: warmup, then: none}}}", "trainer: {epochs: '$${task.height}'}",
    "train: {num_epoch: 3}", "train: {optimizer: {lr: -1}}", "num_epochs: 0", "model: {backbone: convnet}",
    "model: {backbon: small-convnet}", "model: {input: {height: 0}}", "model: {use: int8}", "model: [tiny]",
    "variants: [{name: a, set: {seed: 4}}]", "data: {use: image-table, classes: [null]}",
    "model: {architecture: {use: small-convnet, pretrained: imagnet}}",
    "data: {use: image-table, augment: [flip, flip]}", "data: {use: image-table, augment: flop}",
    "data: {use: image-table, augment: [flop]}", "data: {use: image-table, classes: [1]}",
    "data: {use: image-table, means: [2]}", "data: {use: image-table, path: 3}", "steps: [int8]",
    "steps: {one: supervised}", "loggers: {file: plain}", "loggers: {disk: csv}",
    "loggers: {file: {use: csv, path: 3}}",
    "variants: []", "variants: {name: a}", "variants: [{nam: a}]", "variants: [{set: {}}]",
    "variants: [{name: a, set: {optimiser: int8}}]", "variants: [{name: a, set: {trainer.epochs: 0}}]",
    "variants: [{name: a, set: {trainer.epoch: 3}}]", "variants: [{name: a, set: {trainer.schedule.steps: 200}}]",
    "variants: [{name: a, set: {train.num_epochs: 0}}]", "variants: [{name: a, set: {task.heigth: 3}}]",
    "variants: [{name: a, set: {optimizer.use: onnx}}]", "variants: [{name: a, set: [optimizer]}]",
  ]
}

/// Python's jsonschema, in the virtual environment `.peers`.
enum SchemaPeer {
  private static let python = PeerPython()
  static let isPresent = python.finds("jsonschema")

  struct Verdict: Decodable {
    var schema: String?
    var complaints: [[String]]
  }

  private struct Request: Encodable {
    var schema: ConfigurationValue
    var documents: [ConfigurationValue]
  }

  /// What jsonschema says of the cards' schema and of documents, which are YAML.
  static func judge(_ cards: [Card], _ documents: [String]) throws -> Verdict {
    let schema = RecipeSchema(cards: cards, id: "https://example.org/recipe.schema.json").document()
    let values = try documents.map { try RecipeText($0).value(at: []) ?? .null }
    let file = FileManager.default.temporaryDirectory.appending(path: "galley-schema-\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: file) }
    try JSONEncoder().encode(Request(schema: schema, documents: values)).write(to: file)
    return try python.ask("schema_peer.py", [file.path])
  }
}
