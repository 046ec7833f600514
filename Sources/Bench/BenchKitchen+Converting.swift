// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import Statistics
internal import Targets

extension BenchKitchen {
  /// Most items that activations are observed on.
  private static let mostCalibrationItems = 256

  /// Converts each model to each precision that is measured, once.
  mutating func convert(_ cases: [BenchCase]) async throws {
    try Bench.makeFolder("\(bench.folder)/models")
    for combination in cases {
      let variant = Variant(model: combination.model, precision: combination.precision)
      guard conversions[variant] == nil else { continue }
      let model = try model(combination.model)
      guard variant.precision != .original else {
        conversions[variant] = .done(model.file, precision: model.precision, notes: [])
        continue
      }
      bench.tell(.started("convert \(model.name) to \(variant.precision.rawValue)"))
      do {
        conversions[variant] = try await converted(model, to: variant.precision)
      } catch let error as GalleyError {
        conversions[variant] = .failed("it can't be converted: \(error.why)")
        bench.tell(.warning("\(model.name): \(error)"))
      }
    }
  }

  /// The combinations whose conversion failed, with the reasons.
  func refusedConversions(_ cases: [BenchCase]) -> [(BenchCase, String)] {
    cases.compactMap { combination in
      let variant = Variant(model: combination.model, precision: combination.precision)
      guard case .failed(let reason) = conversions[variant] else { return nil }
      return (combination, reason)
    }
  }

  /// The converted file of a combination; `nil` if there is none.
  func conversion(of combination: BenchCase) -> (file: ModelFile, precision: String, notes: [String])? {
    let variant = Variant(model: combination.model, precision: combination.precision)
    guard case .done(let file, let precision, let notes) = conversions[variant] else { return nil }
    return (file, precision, notes)
  }

  private mutating func converted(_ model: BenchModel, to precision: Precision) async throws -> Conversion {
    guard let optimizer = bench.optimizers[precision] else {
      return .failed("nothing here converts to \(precision.rawValue)")
    }
    let path = "\(bench.folder)/models/\(model.name).\(precision.rawValue).onnx"
    let record = try await optimizer.optimize(
      model.file, to: path, calibration: optimizer.calibrationCount > 0 ? try observer(model, optimizer) : nil)
    return .done(try ModelFile(at: path, format: .onnx), precision: record.precision, notes: record.notes)
  }

  /// Observes activations on training items, never on those that are judged; without such, on drawn inputs.
  private mutating func observer(
    _ model: BenchModel, _ optimizer: any ModelOptimizer
  ) throws -> any ActivationObserver {
    let runtime = IngredientChoice("onnxruntime", options: ["graphOptimization": .string("none")])
    let most = min(optimizer.calibrationCount, Self.mostCalibrationItems)
    if case .items(let path, _, let calibration?, let preprocessing) = model.data {
      var generator = SeededGenerator(seed: request.seed)
      let ids = try PreparedData(contentsOf: path).items(calibration).ids
      return bench.target.activationObserver(
        data: path, subset: calibration, ids: Array(generator.shuffled(ids).prefix(most)), runtime: runtime,
        preprocessing: preprocessing)
    }
    guard let samples = samples[model.name] else {
      throw GalleyError(.software, "can't calibrate", why: "there are no samples for \(model.name)")
    }
    if model.data == nil {
      notes.append("\(model.name): int8 was calibrated on drawn inputs: its speed holds, its quality says nothing.")
    } else {
      notes.append("\(model.name): int8 was calibrated on the samples that its outputs are compared on.")
    }
    return bench.target.activationObserver(
      samples: samples, count: min(most, try SampleFile(contentsOf: samples).count), runtime: runtime)
  }
}
