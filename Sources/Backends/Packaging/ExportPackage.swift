// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
public import Galley
internal import ONNX

/// Makes a model package of a trained network: `model.onnx`, `model.card.json` and `certificate.json`.
///
/// The certificate is the proof on real items: what the trained network made of them against what the exported file
/// makes of them, from their files on. A model that differs by more than the tolerance is not written, and only the
/// certificate says why.
public struct ExportPackage: Sendable {
  /// A network as its trainer wrote it.
  public struct Trained: Sendable, Hashable {
    /// An ONNX file that takes prepared inputs, float32.
    public var model: String
    /// Its card.
    public var card: ModelCard
    /// What the trained network makes of real items: safetensors with the tensors `input` and `logits`, and in the
    /// metadata `format`, `ids` (a JSON list), `subset` and `checkpoint`.
    public var reference: String

    /// Names the files.
    public init(model: String, card: ModelCard, reference: String) {
      self.model = model
      self.card = card
      self.reference = reference
    }
  }

  private let trained: Trained
  private let options: ExportOptions
  private let data: DataReference

  /// Plans a package.
  /// - Parameter data: The items that the reference names.
  public init(_ trained: Trained, options: ExportOptions, data: DataReference) {
    self.trained = trained
    self.options = options
    self.data = data
  }

  /// Makes the package.
  /// - Returns: the files "model", "card" and "certificate", and as figures the largest differences.
  /// - Throws: `GalleyError` with the exit code 1 if the exported model was refused; then there is only the certificate.
  ///   `CancellationError`.
  public func write(to folder: String) async throws -> VerbResult {
    let model: ExportedModel
    do {
      model = try ExportedModel(trained, options)
    } catch let error as ONNXError {
      throw GalleyError(.software, "can't export the model", at: trained.model, why: "\(error)")
    }
    let trial = "\(folder)/unproven"
    defer { try? FileManager.default.removeItem(atPath: trial) }
    let bytes = try model.bytes()
    let file = try write(bytes, to: "\(trial)/model.onnx")
    let pixels = try model.pixels.map { try write(Self.serialized($0.model), to: "\(trial)/pixels.onnx") }
    var certificate = try await ExportTrial(trained, model.card, file: file, pixels: pixels, data: data)
      .run(tolerance: options.tolerance, threads: options.threads)
    certificate.model = file.digest
    certificate.export = options
    if !model.notes.isEmpty { certificate.notes = model.notes }
    let path = "\(folder)/certificate.json"
    try Self.write(JSONEncoder.galley.encode(certificate), to: path)
    try certificate.check()
    try Self.write(JSONEncoder.galley.encode(model.card), to: "\(folder)/model.card.json")
    // The model comes last: where it is, all is.
    try Self.write(bytes, to: "\(folder)/model.onnx")
    return VerbResult(
      status: .succeeded,
      files: [
        "model": try .init(writtenAt: "\(folder)/model.onnx"),
        "card": try .init(writtenAt: "\(folder)/model.card.json"),
        "certificate": try .init(writtenAt: path),
      ],
      figures: [
        "certificate.maximumDifference": certificate.maximumDifference,
        "certificate.meanDifference": certificate.meanDifference,
        "certificate.inputMaximumDifference": certificate.input?.maximum ?? 0,
      ], itemCounts: .init(ok: certificate.sampleCount), tools: try RuntimeBackend.Kind.onnxRuntime.tools(),
      notes: model.notes)
  }

  private func write(_ bytes: Data, to path: String) throws(GalleyError) -> ModelFile {
    try Self.write(bytes, to: path)
    return try ModelFile(at: path, format: .onnx)
  }

  private static func write(_ bytes: Data, to path: String) throws(GalleyError) {
    do throws(FileError) {
      try AtomicFile.write(bytes, to: path)
    } catch {
      throw GalleyError(writing: error, "can't write the package")
    }
  }

  static func serialized(_ model: Model) throws(GalleyError) -> Data {
    do throws(ONNXError) {
      return try model.serialized()
    } catch {
      throw GalleyError(.software, "can't write the exported model", why: "\(error)")
    }
  }
}

extension JSONEncoder {
  /// Readable, and equal values give equal bytes.
  static var galley: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return encoder
  }
}
