// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Targets

extension BenchKitchen {
  /// Compares every variant in every runtime with the original in the first runtime that runs it.
  mutating func compare(_ cases: [BenchCase]) async throws {
    try Bench.makeFolder("\(bench.folder)/outputs")
    for model in request.models {
      let own = cases.filter { $0.model == model.name }
      guard let first = own.first else { continue }
      bench.tell(.started("compare the outputs of \(model.name)"))
      let reference = ComparedVariant(
        variant: Variant(model: model.name, precision: .original), runtime: first.runtime)
      do {
        let original = try await outputs(model.file, reference)
        differences[reference] = .success(nil)
        for combination in own { try await compare(combination, with: original) }
      } catch let error as GalleyError {
        bench.tell(.warning("\(model.name): \(error)"))
        for combination in own where differences[compared(combination)] == nil {
          differences[compared(combination)] = .failure(error)
        }
      }
    }
  }

  /// What became of a combination's comparison.
  func difference(of combination: BenchCase) -> Result<BenchDifference?, GalleyError>? {
    differences[compared(combination)]
  }

  private func compared(_ combination: BenchCase) -> ComparedVariant {
    ComparedVariant(
      variant: Variant(model: combination.model, precision: combination.precision), runtime: combination.runtime)
  }

  private mutating func compare(_ combination: BenchCase, with original: SampleOutputs) async throws {
    let key = compared(combination)
    guard differences[key] == nil, let converted = conversion(of: combination) else { return }
    do {
      let other = try await outputs(converted.file, key)
      differences[key] = .success(try original.difference(of: other))
    } catch let error as GalleyError {
      differences[key] = .failure(error)
    }
  }

  private func outputs(_ file: ModelFile, _ compared: ComparedVariant) async throws -> SampleOutputs {
    let variant = compared.variant
    let path =
      "\(bench.folder)/outputs/\(variant.model).\(variant.precision.rawValue).\(compared.runtime).safetensors"
    guard let samples = samples[variant.model] else {
      throw GalleyError(.software, "can't compare outputs", why: "there are no samples for \(variant.model)")
    }
    _ = try await bench.target.sampleOutputs(
      of: file, runtime: offer(compared.runtime).choice(threads: 1), samples: samples, to: path)
    return try SampleOutputs(contentsOf: path)
  }
}
