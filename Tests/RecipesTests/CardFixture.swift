// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Galley
import Recipes

/// A small catalogue with every kind of option, nested slots, constraints and history.
enum CardFixture {
  static func catalogue() throws -> CardCatalogue { try CardCatalogue(cards + Card.tasks) }

  static let weights = ArtifactRequirement(
    name: "net-imagenet-0a1b2c3d.pth", role: .weights, digestPrefix: "0a1b2c3d", byteCount: 9_800_000,
    origins: ["https://example.org/net-imagenet-0a1b2c3d.pth"], licence: "BSD-3-Clause")

  static let cards: [Card] =
    data + models + [
      Card(taxonomy: "split.stratified", version: SemanticVersion(1, 0, 0), summary: "A split."),
      trainer,
      Card(taxonomy: "export.onnx", version: SemanticVersion(1, 0, 0), summary: "ONNX."),
      Card(taxonomy: "optimizer.none", version: SemanticVersion(1, 0, 0), summary: "Nothing."),
      Card(
        taxonomy: "optimizer.int8", version: SemanticVersion(1, 0, 0), summary: "Int8.",
        options: [OptionDeclaration("samples", .int(minimum: 1, maximum: 100), default: .int(32), help: "Samples.")]),
      Card(
        taxonomy: "runtime.onnxruntime", version: SemanticVersion(1, 0, 0), summary: "ORT.", tools: ["onnxruntime"]),
      Card(taxonomy: "measurement.interleaved", version: SemanticVersion(1, 0, 0), summary: "Turns."),
      Card(taxonomy: "callback.stop", version: SemanticVersion(1, 0, 0), summary: "Stops early."),
      Card(taxonomy: "callback.keep", version: SemanticVersion(1, 0, 0), summary: "Keeps the best."),
      Card(taxonomy: "logger.file.csv", version: SemanticVersion(1, 0, 0), summary: "A table."),
      Card(taxonomy: "logger.screen.plain", version: SemanticVersion(1, 0, 0), summary: "Lines."),
    ]

  private static let data = [
    Card(
      taxonomy: "data.classification.table", version: SemanticVersion(1, 0, 0), summary: "A table.",
      options: [
        OptionDeclaration("path", .path, default: nil, help: "The file."),
        OptionDeclaration("height", .int(minimum: 1, maximum: 512), default: .int(32), help: "Pixels."),
        OptionDeclaration(
          "normalization", .choice(["none", "imagenet"]), default: .string("none"), help: "How values are scaled.",
          synonyms: ["data.scaling"]),
      ])
  ]

  private static let models = [
    Card(
      taxonomy: "model.classification.net", version: SemanticVersion(2, 1, 0), summary: "A network.", priority: 5,
      options: [
        OptionDeclaration("width", .int(minimum: 1, maximum: 64), default: .int(8), help: "Channels."),
        OptionDeclaration("height", .int(minimum: 1, maximum: 512), default: "${data.height}", help: "Input height."),
        OptionDeclaration(
          "pretrained", .ingredient(accepts: ["weights"]), default: "none", help: "Weights to start from."),
        OptionDeclaration(
          "frozen", .bool, default: .bool(false), help: "Whether the first layers stay as they are.",
          when: "not (.pretrained fits 'weights.none')"),
      ],
      constraints: [
        Constraint(
          "data.normalization == 'imagenet' or .pretrained fits 'weights.none'",
          reason: "Weights from ImageNet want inputs that are scaled like ImageNet's."),
        Constraint(".height % 8 == 0", reason: "The network halves its input three times."),
        Constraint(".width >= 4", reason: "Fewer than four channels learn little.", isAdvice: true),
      ],
      formerNames: ["model.classification.old-net"],
      upgrades: [
        UpgradeRule(
          since: SemanticVersion(2, 0, 0), option: "channels", .renamed(to: "width"), reason: "as everywhere else")
      ]),
    Card(
      taxonomy: "model.classification.tiny", version: SemanticVersion(1, 0, 0), summary: "A tiny network.",
      deprecation: Deprecation("It learns little.", replacement: "net")),
    Card(
      taxonomy: "model.file.onnx", version: SemanticVersion(1, 0, 0), summary: "A model file.",
      options: [OptionDeclaration("path", .path, default: nil, help: "The file.")]),
    Card(taxonomy: "weights.none", version: SemanticVersion(1, 0, 0), summary: "None.", priority: 1),
    Card(
      taxonomy: "weights.imagenet", version: SemanticVersion(1, 0, 0), summary: "Trained on ImageNet.",
      artifacts: [weights]),
  ]

  private static let trainer = Card(
    taxonomy: "trainer.supervised", version: SemanticVersion(1, 0, 0), summary: "A trainer.",
    options: [
      OptionDeclaration(
        "epochs", .int(minimum: 1, maximum: 100), default: .int(10), help: "Epochs.", synonyms: ["train.num_epochs"]),
      OptionDeclaration("batch", .int(minimum: 1, maximum: 512), default: nil, suggestion: .int(16), help: "Items."),
      OptionDeclaration("decay", .float(minimum: 0, maximum: 1), default: 0.0, help: "Decay."),
      OptionDeclaration(
        "metrics", .multipleChoice(["accuracy", "f1"]), default: .list([.string("accuracy")]), help: "Figures."),
      OptionDeclaration(
        "rates", .list(.float(minimum: 0, maximum: 1)), default: .list([]), help: "Learning rates by epoch."),
      OptionDeclaration("callbacks", .ingredients(accepts: ["callback"]), default: nil, help: "What watches."),
      OptionDeclaration("loggers", .ingredientPerSubcategory(accepts: "logger"), default: nil, help: "What logs."),
      OptionDeclaration("note", .string, default: "trained with ${.epochs} epochs", help: "A note."),
    ], tools: ["libtorch"])

  static let complete = """
    recipe: fixture
    task: classification
    seed: 7
    data: {use: table, path: digits.csv}
    model:
      architecture: {use: net, width: 16}
    trainer: {batch: 8}

    """

  static func draft(_ text: String = complete) throws -> RecipeDraft {
    try RecipeDraft(text: text, path: "r.yaml", folder: "/nowhere", catalogue: catalogue())
  }
}
