// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import ModelFiles
public import ONNX
public import Targets
internal import Tensors

/// Runs two model files on the same drawn inputs and finds where they part.
public struct ModelComparison: Sendable {
  let target: LocalTarget
  let runtimes: [RuntimeOffer]
  let dimensions: [String: Int]
  let samples: Int
  let seed: UInt64
  let tolerance: Double

  /// Prepares a comparison.
  /// - Parameters:
  ///   - target: Where the models run.
  ///   - runtimes: The runtimes that can be asked for, the preferred ones first.
  ///   - dimensions: Extents of dimensions that the models leave open.
  ///   - samples: How many inputs are drawn.
  ///   - seed: Seed of the inputs.
  ///   - tolerance: Largest difference relative to the tensor's largest magnitude that counts as equal.
  public init(
    target: LocalTarget, runtimes: [RuntimeOffer], dimensions: [String: Int], samples: Int, seed: UInt64,
    tolerance: Double
  ) {
    self.target = target
    self.runtimes = runtimes
    self.dimensions = dimensions
    self.samples = samples
    self.seed = seed
    self.tolerance = tolerance
  }

  /// Compares two files.
  /// - Parameters:
  ///   - runtime: The first one's runtime by name; `nil` for the first that executes its format.
  ///   - otherRuntime: The second one's; `nil` for the first one's if it executes the format.
  /// - Throws: `GalleyError` if a file can't be read or run, or nothing in them corresponds; `CancellationError`.
  public func run(
    _ first: String, _ second: String, runtime: String? = nil, otherRuntime: String? = nil
  ) async throws -> ComparedModels {
    let (one, other) = (try ModelDescription(of: first), try ModelDescription(of: second))
    guard one.inputs.count == other.inputs.count else {
      throw GalleyError(
        .badData, "can't compare the models", at: second,
        why: "it has \(other.inputs.count) inputs, and \(first) has \(one.inputs.count)")
    }
    let offer = try offer(for: one, named: runtime)
    let otherOffer = try self.offer(
      for: other, named: otherRuntime ?? (offer.formats.contains(other.format) ? offer.name : nil))
    let folder = FileManager.default.temporaryDirectory.appending(path: "galley-compare-\(UUID().uuidString)").path
    try Bench.makeFolder(folder)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let drawn = try DrawnSamples(
      for: BenchModel(first, one, name: "model"), dimensions: dimensions, count: samples, seed: seed)
    try drawn.file.write(to: "\(folder)/samples.safetensors")
    let pairs =
      one.format == .onnx && other.format == .onnx
      ? try exposed(first, second, in: folder) : Pairs(files: (first, second), tensors: Self.outputs(one, other))
    let ours = try await outputs(ModelFile(at: pairs.files.0, format: one.format), offer, folder, "first")
    let theirs = try await outputs(ModelFile(at: pairs.files.1, format: other.format), otherOffer, folder, "second")
    let layers = try pairs.tensors.compactMap { try layer($0, ours, theirs) }
    guard !layers.isEmpty else {
      throw GalleyError(
        .badData, "can't compare the models", at: second, why: "no tensor of one corresponds to one of the other")
    }
    return ComparedModels(
      first: first, second: second, runtimes: [offer.name, otherOffer.name], samples: samples, tolerance: tolerance,
      layers: layers, notes: drawn.notes)
  }

  /// The files that are run, and the tensors in them that belong together.
  private struct Pairs {
    var files: (String, String)
    var tensors: [TensorCorrespondence]
  }

  private func exposed(_ first: String, _ second: String, in folder: String) throws -> Pairs {
    do {
      let one = try Model(contentsOf: URL(filePath: first))
      let other = try Model(contentsOf: URL(filePath: second))
      let tensors = try one.correspondences(with: other)
      let files = ("\(folder)/first.onnx", "\(folder)/second.onnx")
      try one.exposing(tensors: tensors.map(\.first)).serialized().write(to: URL(filePath: files.0))
      try other.exposing(tensors: tensors.map(\.second)).serialized().write(to: URL(filePath: files.1))
      return Pairs(files: files, tensors: tensors)
    } catch let error as ONNXError {
      throw GalleyError(.badData, "can't compare the models", at: first, why: error.reason)
    }
  }

  /// Outputs belong together by name, or by position if the names differ.
  private static func outputs(_ one: ModelDescription, _ other: ModelDescription) -> [TensorCorrespondence] {
    let names = Set(other.outputs.map(\.name))
    return zip(one.outputs, other.outputs).map { first, second in
      let isNamed = names.contains(first.name)
      return TensorCorrespondence(
        first: first.name, second: isNamed ? first.name : second.name, basis: isNamed ? .name : .position,
        node: first.name, operatorType: one.outputOperators[first.name] ?? "output")
    }
  }

  private func offer(for description: ModelDescription, named name: String?) throws(GalleyError) -> RuntimeOffer {
    let fitting = runtimes.filter { $0.formats.contains(description.format) }
    guard let offer = fitting.first(where: { name == nil || $0.name == name }) else {
      throw GalleyError(
        .usage, "can't run the model", at: description.path,
        why: name.map { "no runtime '\($0)' executes \(description.format.rawValue) files" }
          ?? "no runtime executes \(description.format.rawValue) files",
        remedy: fitting.isEmpty ? nil : "There is \(fitting.map(\.name).joined(separator: ", ")).")
    }
    return offer
  }

  private func outputs(
    _ file: ModelFile, _ offer: RuntimeOffer, _ folder: String, _ name: String
  ) async throws -> SampleOutputs {
    let path = "\(folder)/\(name).safetensors"
    _ = try await target.sampleOutputs(
      of: file, runtime: offer.choice(threads: 1), samples: "\(folder)/samples.safetensors", to: path)
    return try SampleOutputs(contentsOf: path)
  }

  /// The difference of two tensors over all samples; `nil` for tensors that aren't floating-point numbers.
  private func layer(
    _ tensors: TensorCorrespondence, _ ours: SampleOutputs, _ theirs: SampleOutputs
  ) throws -> ComparedModels.Layer? {
    var layer: ComparedModels.Layer?
    for sample in 0..<samples {
      guard let one = ours.tensor(sample, tensors.first), let other = theirs.tensor(sample, tensors.second) else {
        return nil
      }
      do {
        let difference = try TensorDifference(one, other)
        if difference.relative >= layer?.difference.relative ?? 0 {
          layer = ComparedModels.Layer(tensors: tensors, shape: one.shape, difference: difference)
        }
      } catch {
        return nil
      }
    }
    return layer
  }
}

/// Where two models agree and where they part.
public struct ComparedModels: Sendable, Hashable, Codable {
  /// The model that is right, by path.
  public var first: String
  /// The model that is held against it, by path.
  public var second: String
  /// The runtimes of both.
  public var runtimes: [String]
  /// Number of inputs.
  public var samples: Int
  /// Largest relative difference that counts as equal.
  public var tolerance: Double
  /// The tensors that correspond to each other, in the order in which the first model computes them.
  public var layers: [Layer]
  /// What was chosen for the inputs; one sentence each.
  public var notes: [String]

  /// Two tensors that should be equal.
  public struct Layer: Sendable, Hashable, Codable {
    /// The tensors.
    public var tensors: TensorCorrespondence
    /// Their shape.
    public var shape: [Int]
    /// How far they are apart, on the sample on which they are furthest.
    public var difference: TensorDifference
  }

  /// The first tensors that are further apart than the tolerance.
  public var firstDifference: Layer? { layers.first { !($0.difference.relative <= tolerance) } }
}
