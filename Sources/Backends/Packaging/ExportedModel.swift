// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import ONNX
internal import Tensors

/// A network on its way to a package: in the precision, with the preprocessing and the metadata that the options ask for.
struct ExportedModel {
  private var model: Model
  /// The card of the whole.
  private(set) var card: ModelCard
  /// What prepares pixels in the graph, if the graph does it.
  private(set) var pixels: PixelGraph?
  /// What was done and what to know, in sentences.
  private(set) var notes: [String] = []

  /// - Throws: `GalleyError` if an option can't be honoured; `ONNXError` if the graph can't be changed.
  init(_ trained: ExportPackage.Trained, _ options: ExportOptions) throws {
    model = try Model(contentsOf: URL(filePath: trained.model))
    card = trained.card
    guard model.opset == options.opset else {
      throw GalleyError(
        .configuration, "can't export the model", at: "opset",
        why: "the network was written with operator set \(model.opset), and \(options.opset) was asked for")
    }
    let metadata = model.metadata
    if options.precision == .fp16 { try halve() }
    if !options.dynamicBatch { try fixBatch() }
    if options.preprocessing == .graph {
      let pixels = try PixelGraph(before: card, opset: model.opset, isDynamic: options.dynamicBatch)
      model = try model.fed(by: pixels.model)
      card = pixels.card
      self.pixels = pixels
    }
    model.metadata = metadata
    if options.modelAPI { addModelAPI() }
    model.metadata["galley.card"] = try CheckpointMetadata.json(card)
    try model.check()
  }

  /// The file's bytes.
  func bytes() throws(GalleyError) -> Data { try ExportPackage.serialized(model) }

  private mutating func halve() throws(ONNXError) {
    let report: Float16Conversion.Report
    (model, report) = try model.convertedToFloat16()
    notes.append(
      "Of \(report.nodes.count) operators, \(report.convertedNodes) work in float16; inputs and outputs stay float32.")
    if report.clamped > 0 { notes.append("\(report.clamped) weights were beyond ±65504 and became that.") }
    if report.flushed > 0 { notes.append("\(report.flushed) weights were too small for float16 and became 0.") }
  }

  private mutating func fixBatch() throws {
    let shape = card.input.shape.dropFirst().compactMap { $0 }
    guard shape.count == card.input.shape.count - 1 else {
      throw GalleyError(
        .configuration, "can't fix the number of items", at: "dynamicBatch",
        why: "the input '\(card.input.name)' leaves its size open")
    }
    model = try model.fixingInputs([card.input.name: [1] + shape])
    card.input.shape[0] = 1
    card.output.shape[0] = 1
  }

  private mutating func addModelAPI() {
    let keys = ModelAPIKeys(card, name: model.graphName)
    if keys.labels != card.labels { card.modelAPILabels = keys.labels }
    model.metadata.merge(keys.entries) { _, new in new }
    notes += keys.notes
  }
}
