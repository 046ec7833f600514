// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Tensors

/// One combination: a model in a precision, executed by a runtime on so many threads, so many samples at once.
public struct BenchCase: Sendable, Hashable, Codable {
  /// The model's name.
  public var model: String
  /// The precision.
  public var precision: Precision
  /// The runtime's name.
  public var runtime: String
  /// Threads that the runtime may use.
  public var threads: Int
  /// Samples in one inference.
  public var batch: Int

  /// Names a combination.
  public init(model: String, precision: Precision, runtime: String, threads: Int, batch: Int) {
    self.model = model
    self.precision = precision
    self.runtime = runtime
    self.threads = threads
    self.batch = batch
  }

  /// The combination in a few words, unique among those of one bench.
  public var name: String { "\(model) \(precision.rawValue) in \(runtime), threads \(threads), batch \(batch)" }
}

/// Which combinations can run, and why the others can't.
package struct BenchCases {
  package private(set) var possible: [BenchCase] = []
  package private(set) var refused: [(BenchCase, String)] = []

  package init(_ request: BenchRequest, canConvert: (Precision) -> Bool) {
    for model in request.models {
      for runtime in request.runtimes {
        for precision in request.precisions {
          let why = Self.refusal(model, precision, runtime, canConvert)
          for threads in request.threads {
            for batch in request.batches {
              let combination = BenchCase(
                model: model.name, precision: precision, runtime: runtime.name, threads: threads, batch: batch)
              if let why = why ?? Self.refusal(of: batch, model) {
                refused.append((combination, why))
              } else {
                possible.append(combination)
              }
            }
          }
        }
      }
    }
  }

  private static func refusal(
    _ model: BenchModel, _ precision: Precision, _ runtime: RuntimeOffer, _ canConvert: (Precision) -> Bool
  ) -> String? {
    let format = model.file.format
    guard runtime.formats.contains(format) else {
      let own = runtime.formats.map(\.rawValue).sorted().joined(separator: ", ")
      return "\(runtime.name) executes \(own) files, and this is \(format.rawValue)"
    }
    guard precision != .original else { return nil }
    guard format == .onnx else { return "only ONNX files can be converted, and this is \(format.rawValue)" }
    guard model.precision == "float32" else {
      return "the file is \(model.precision) already; only float32 models are converted"
    }
    return canConvert(precision) ? nil : "nothing here converts to \(precision.rawValue)"
  }

  /// A batch must fit the first dimension of every input.
  private static func refusal(of batch: Int, _ model: BenchModel) -> String? {
    guard batch > 1 else { return nil }
    for input in model.inputs {
      guard let shape = input.tensor?.shape, let first = shape.first else {
        return "input '\(input.name)' has no dimension for a batch"
      }
      if let first, first != batch {
        return "input '\(input.name)' is fixed to \(first) in its first dimension"
      }
    }
    return nil
  }
}
