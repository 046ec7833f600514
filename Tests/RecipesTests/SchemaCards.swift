// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Galley

/// A catalogue for schemas: ingredients with the names and options that Examples/digits/recipe.yaml uses, and one of
/// every kind of option.
enum SchemaCards {
  private static let version = SemanticVersion(1, 0, 0)

  static let all = [
    task, detection, table, split, model, oldModel, trainer, warmup, cosine, export, int8, none, runtime, measurement,
    csv, screen,
  ]

  static let task = Card(
    taxonomy: "task.classification", version: version, summary: "Says which class an item belongs to.",
    options: [
      OptionDeclaration(
        "height", .int(minimum: 1, maximum: 4096), default: .int(8), help: "Height in pixels.",
        synonyms: ["model.input.height"]),
      OptionDeclaration("data", .ingredient(accepts: ["data.classification"]), default: nil, help: "The items."),
      OptionDeclaration("split", .ingredient(accepts: ["split"]), default: .string("stratified"), help: "The subsets."),
      OptionDeclaration(
        "model.architecture", .ingredient(accepts: ["model.classification"]), default: nil,
        suggestion: .string("small-convnet"), help: "The network.", synonyms: ["model", "model.backbone", "net"]),
      OptionDeclaration(
        "trainer", .ingredient(accepts: ["trainer"]), default: .string("supervised"), help: "Trains.",
        synonyms: ["train.method"]),
      OptionDeclaration("export", .ingredient(accepts: ["export"]), default: .string("onnx"), help: "Exports."),
      OptionDeclaration("optimizer", .ingredient(accepts: ["optimizer"]), default: .string("none"), help: "Shrinks."),
      OptionDeclaration("runtime", .ingredient(accepts: ["runtime"]), default: .string("onnxruntime"), help: "Runs."),
      OptionDeclaration(
        "measurement", .ingredient(accepts: ["measurement"]), default: .string("interleaved"), help: "Measures."),
      OptionDeclaration(
        "steps", .ingredients(accepts: ["optimizer", "export"]), default: .map([:]), help: "Named steps."),
      OptionDeclaration(
        "loggers", .ingredientPerSubcategory(accepts: "logger"), default: .map([:]), help: "Where progress is told."),
    ])
  static let detection = Card(
    taxonomy: "task.detection", version: version, summary: "Finds things.",
    options: [
      OptionDeclaration("model", .ingredient(accepts: ["model.detection"]), default: nil, help: "The network."),
      OptionDeclaration("optimizer", .ingredient(accepts: ["optimizer"]), default: .string("none"), help: "Shrinks."),
    ])
  static let table = Card(
    taxonomy: "data.classification.image-table", version: version, summary: "Images in a CSV file.",
    options: [
      OptionDeclaration("path", .path, default: nil, suggestion: .string("data.csv"), help: "The file."),
      OptionDeclaration("height", .int(minimum: 1, maximum: 4096), default: .string("${task.height}"), help: "Pixels."),
      OptionDeclaration("width", .int(minimum: 1, maximum: 4096), default: nil, help: "Pixels."),
      OptionDeclaration("maximum", .int(minimum: 1, maximum: 255), default: .int(255), help: "Full intensity."),
      OptionDeclaration(
        "augment", .multipleChoice(["flip", "crop", Choice(.string("blur"), help: "Softly.")]), default: .list([]),
        help: "What is changed at random."),
      OptionDeclaration("classes", .list(.string), default: .list([]), help: "Names."),
      OptionDeclaration(
        "means", .list(.float(minimum: -1, maximum: 1)), default: .list([]), help: "One for each channel."),
    ])
  static let split = Card(
    taxonomy: "split.stratified", version: version, summary: "Each class alike.",
    options: ["train", "validation", "test"].map {
      OptionDeclaration($0, .float(minimum: 0.01, maximum: 0.98), default: .float(0.3), help: "A part.")
    })
  static let model = Card(
    taxonomy: "model.classification.small-convnet", version: SemanticVersion(2, 1, 0), summary: "A small network.",
    options: [
      OptionDeclaration("width", .int(minimum: 1, maximum: 512), default: .int(16), help: "Channels."),
      OptionDeclaration(
        "pretrained", .choice([Choice(.bool(false)), "imagenet"]), default: .bool(false), help: "Weights."),
    ],
    formerNames: ["model.classification.tiny"],
    upgrades: [
      UpgradeRule(since: SemanticVersion(2, 0, 0), option: "channels", .renamed(to: "width"), reason: "Clearer."),
      UpgradeRule(
        since: SemanticVersion(2, 1, 0), option: "pretrained", .value(from: .string("none"), to: .bool(false)),
        reason: "A plain no."),
    ])
  static let oldModel = Card(
    taxonomy: "model.classification.perceptron", version: version, summary: "Layers.",
    deprecation: Deprecation("It is weak.", replacement: "small-convnet"))
  static let trainer = Card(
    taxonomy: "trainer.supervised", version: version, summary: "Trains a classifier.",
    options: [
      OptionDeclaration(
        "epochs", .int(minimum: 1, maximum: 1000), default: .int(40), help: "Passes.",
        synonyms: ["train.num_epochs", "trainer.num_epochs", "num_epochs"]),
      OptionDeclaration(
        "learningRate", .float(minimum: 1e-9, maximum: 100), default: .float(0.01), help: "Step size.",
        synonyms: ["train.optimizer.lr"]),
      OptionDeclaration(
        "algorithm", .choice(["adamw", Choice(.string("sgd"), deprecation: Deprecation("Slow."))]),
        default: .string("adamw"), help: "What changes the weights."),
      OptionDeclaration(
        "schedule", .ingredient(accepts: ["schedule"]), default: .string("cosine"), help: "The rate over the run.",
        synonyms: ["train.schedule"]),
      OptionDeclaration("mixed", .bool, default: .bool(false), help: "Half precision.", when: ".algorithm == 'adamw'"),
    ])
  static let warmup = Card(
    taxonomy: "schedule.warmup", version: version, summary: "Rises, then follows another.",
    options: [
      OptionDeclaration("steps", .int(minimum: 0, maximum: 100), default: .int(5), help: "Steps."),
      OptionDeclaration("then", .ingredient(accepts: ["schedule"]), default: nil, help: "What follows."),
    ])
  static let cosine = Card(taxonomy: "schedule.cosine", version: version, summary: "Falls.")
  static let export = Card(
    taxonomy: "export.onnx", version: version, summary: "ONNX.",
    options: [OptionDeclaration("opset", .int(minimum: 18, maximum: 21), default: .int(18), help: "Operators.")])
  static let int8 = Card(
    taxonomy: "optimizer.int8", version: version, summary: "Static quantization.",
    options: [OptionDeclaration("samples", .int(minimum: 1, maximum: 1000), default: .int(256), help: "Items.")])
  static let none = Card(taxonomy: "optimizer.none", version: version, summary: "Nothing.")
  static let runtime = Card(
    taxonomy: "runtime.onnxruntime", version: version, summary: "ONNX Runtime.",
    options: [OptionDeclaration("threads", .int(minimum: 1, maximum: 64), default: .int(1), help: "Threads.")])
  static let measurement = Card(taxonomy: "measurement.interleaved", version: version, summary: "Takes turns.")
  static let csv = Card(
    taxonomy: "logger.file.csv", version: version, summary: "A table.",
    options: [OptionDeclaration("path", .path, default: .string("log.csv"), help: "The file.")])
  static let screen = Card(taxonomy: "logger.screen.plain", version: version, summary: "Lines.")

  /// A catalogue of `count` ingredients in ten slots, each with ten options.
  static func many(_ count: Int) -> [Card] {
    let roles = (0..<10).map { "role\($0)" }
    let task = Card(
      taxonomy: "task.large", version: version, summary: "Many.",
      options: roles.map { OptionDeclaration($0, .ingredient(accepts: [$0]), default: nil, help: "A slot.") })
    return [task]
      + (0..<count).map { index in
        Card(
          taxonomy: "\(roles[index % 10]).kind\(index)", version: version, summary: "Number \(index).",
          options: (0..<9).map {
            OptionDeclaration(
              "option\($0)", .int(minimum: 0, maximum: index), default: .int(0), help: "An option.",
              synonyms: $0 == 0 ? ["all.option"] : [])
          } + [
            OptionDeclaration(
              "inner", .ingredient(accepts: [roles[(index + 1) % 10]]), default: nil, help: "A slot inside.")
          ])
      }
  }
}
