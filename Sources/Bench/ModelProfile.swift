// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
public import Galley
public import ModelFiles
public import Targets

/// Profiles a model on drawn inputs, as its runtime times its operators.
public struct ModelProfile: Sendable {
  private let target: LocalTarget
  private let runtime: RuntimeOffer

  /// Prepares a profile.
  public init(target: LocalTarget, runtime: RuntimeOffer) {
    self.target = target
    self.runtime = runtime
  }

  /// The operators with their mean times.
  /// - Parameter dimensions: extents of dimensions that the model leaves open.
  /// - Throws: `GalleyError` if inputs can't be drawn or the model can't be run; `CancellationError`.
  public func timings(
    of path: String, _ description: ModelDescription, dimensions: [String: Int]
  ) async throws -> [OperatorTiming] {
    let model = try BenchModel(path, description, name: "model")
    let drawn = try DrawnSamples(for: model, dimensions: dimensions, count: 1, seed: 0)
    let folder = FileManager.default.temporaryDirectory.appending(path: "galley-profile-\(UUID().uuidString)").path
    try Bench.makeFolder(folder)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let samples = "\(folder)/samples.safetensors"
    try drawn.file.write(to: samples)
    return try await target.profile(model.file, runtime: runtime.choice(threads: 1), samples: samples)
  }
}

extension BenchModel {
  /// Describes a file for a bench.
  init(_ path: String, _ description: ModelDescription, name: String) throws(GalleyError) {
    guard let digest = description.digest else {
      throw GalleyError(.software, "can't describe the model", at: path, why: "it has no file")
    }
    let file = ModelFile(path: path, format: description.format, digest: digest, byteCount: description.byteCount)
    self.init(
      name: name, file: file, inputs: description.inputs, dimensionNames: description.dimensionNames,
      precision: description.precision)
  }
}
