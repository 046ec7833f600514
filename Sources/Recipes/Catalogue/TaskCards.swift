// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// The tasks: what a recipe of each chooses, and from which part of the catalogue.
extension Card {
  /// Train a classifier, export, optimize and measure it.
  public static let classificationTask = task(
    "classification", "Tells which of several classes an image belongs to.", data: "data.classification")

  /// Find objects and their boxes.
  public static let detectionTask = task(
    "detection", "Finds objects in an image, with a class and a box for each.", data: "data.detection",
    options: imageSize)

  /// Find the class of every pixel, or the mask of every object.
  public static let segmentationTask = task(
    "segmentation", "Finds the pixels that belong to each class or object.", data: "data.segmentation",
    options: imageSize)

  /// Tell the unusual from what was seen in training.
  public static let anomalyTask = task(
    "anomaly", "Tells unusual images, and where they are unusual, having seen usual ones only.", data: "data.anomaly",
    options: imageSize)

  /// All tasks.
  public static let tasks = [classificationTask, detectionTask, segmentationTask, anomalyTask]

  private static func task(
    _ name: String, _ summary: String, data: String, options: [OptionDeclaration] = []
  ) -> Card {
    Card(
      taxonomy: "task.\(name)", version: SemanticVersion(1, 0, 0), summary: summary,
      options: options + [
        slot("data", accepts: [data], help: "The data set.", synonyms: ["data_generator", "data.generator"]),
        slot("split", accepts: ["split"], default: "stratified", help: "How the data is split into subsets."),
        slot(
          "model.architecture", accepts: ["model.\(name)", "model.file"],
          help: "The network to train, or a model file that is taken as it is.",
          synonyms: ["model", "model.backbone", "model.variation"]),
        slot(
          "trainer", accepts: ["trainer"], default: "supervised", help: "How the network is trained.", when: isTrained),
        slot(
          "export", accepts: ["export"], default: "onnx", help: "How the trained network becomes a model file.",
          when: isTrained),
        slot(
          "optimizer", accepts: ["optimizer"], default: "none", help: "What makes the model smaller or faster.",
          synonyms: ["compiler"]),
        slot("runtime", accepts: ["runtime"], default: "onnxruntime", help: "What executes the model."),
        slot("measurement", accepts: ["measurement"], default: "interleaved", help: "How it is measured."),
      ])
  }

  /// The size of images as the network sees them, for ingredients to refer to as `${task.height}`.
  private static let imageSize = ["height", "width"].map { side in
    OptionDeclaration(
      side, .int(minimum: 1, maximum: 16_384), default: nil, suggestion: .int(640),
      help: "The \(side) of images as the network sees them, in pixels.",
      synonyms: ["target.\(side)", "model.input.\(side)"])
  }

  /// A model file is not trained.
  private static let isTrained = "not (model.architecture fits 'model.file')"

  private static func slot(
    _ path: String, accepts: [String], default ingredient: String? = nil, help: String, synonyms: [String] = [],
    when condition: String? = nil
  ) -> OptionDeclaration {
    OptionDeclaration(
      path, .ingredient(accepts: accepts), default: ingredient.map(ConfigurationValue.string), help: help,
      synonyms: synonyms, when: condition)
  }
}
