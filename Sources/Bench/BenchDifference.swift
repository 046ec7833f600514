// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
public import Galley
internal import Tensors

/// How far a model's outputs lie from those of the original, over all elements of all outputs on the same inputs.
public struct BenchDifference: Sendable, Hashable, Codable {
  /// Samples compared.
  public var samples: Int
  /// Elements compared.
  public var elements: Int
  /// Largest absolute difference, in the output's unit.
  public var worst: Double
  /// Mean absolute difference, in the output's unit.
  public var mean: Double
  /// Largest absolute difference divided by the range of the original's values of the same output; `nil` if that
  /// output is constant.
  public var worstOfRange: Double?
  /// The output in which the largest difference is.
  public var worstOutput: String
  /// Elements that are NaN or infinite in one and something else in the other.
  public var notFinite: Int
  /// The figures of each output.
  public var outputs: [OutputDifference]

  /// Creates a record.
  public init(
    samples: Int, elements: Int, worst: Double, mean: Double, worstOfRange: Double?, worstOutput: String,
    notFinite: Int,
    outputs: [OutputDifference]
  ) {
    self.samples = samples
    self.elements = elements
    self.worst = worst
    self.mean = mean
    self.worstOfRange = worstOfRange
    self.worstOutput = worstOutput
    self.notFinite = notFinite
    self.outputs = outputs
  }
}

/// The raw outputs of a model on samples, as a measuring process wrote them.
struct SampleOutputs {
  /// The outputs' names in the model's order.
  let names: [String]
  /// Number of samples.
  let samples: Int
  private let tensors: [String: Tensor]

  /// Reads a file of outputs.
  /// - Throws: `GalleyError` if it is missing or is something else.
  init(contentsOf path: String) throws(GalleyError) {
    do {
      let file = try Safetensors(Data(contentsOf: URL(filePath: path)))
      let decoder = JSONDecoder()
      names = try decoder.decode([String].self, from: Data((file.metadata["outputs"] ?? "").utf8))
      samples = try decoder.decode([String].self, from: Data((file.metadata["ids"] ?? "").utf8)).count
      tensors = file.tensors
    } catch {
      throw GalleyError(.badData, "can't read the model's outputs", at: path, why: "\(error)")
    }
  }

  func tensor(_ sample: Int, _ output: String) -> Tensor? { tensors["\(sample)/\(output)"] }

  /// How far `other` lies from this one; outputs belong together by name, or by position if the names differ.
  /// - Throws: `GalleyError` if the numbers, types or shapes of the outputs differ.
  func difference(of other: SampleOutputs) throws(GalleyError) -> BenchDifference? {
    guard names.count == other.names.count, samples == other.samples else {
      throw Self.refusal(
        "one gave \(names.count) outputs of \(samples) samples, the other \(other.names.count) of \(other.samples)")
    }
    let sameNames = Set(names) == Set(other.names)
    var sum = DifferenceSum()
    for (position, name) in names.enumerated() {
      let otherName = sameNames ? name : other.names[position]
      var output = DifferenceSum.Output(name: name)
      for sample in 0..<samples {
        guard let first = tensor(sample, name), let second = other.tensor(sample, otherName) else { continue }
        guard first.shape == second.shape else {
          throw Self.refusal("output '\(name)' has the shape \(first.shape) in one and \(second.shape) in the other")
        }
        guard let ours = first.numbers, let theirs = second.numbers else { continue }
        output.add(ours, theirs)
      }
      sum.add(output)
    }
    return sum.result(samples: samples)
  }

  private static func refusal(_ why: String) -> GalleyError {
    GalleyError(.badData, "can't compare the outputs", why: why)
  }
}

/// Differences that are being added up.
private struct DifferenceSum {
  /// Those of one output.
  struct Output {
    let name: String
    var elements = 0
    var worst = 0.0
    var total = 0.0
    var magnitude = 0.0
    var notFinite = 0
    var (minimum, maximum) = (Double.infinity, -Double.infinity)

    init(name: String) { self.name = name }

    mutating func add(_ original: [Double], _ other: [Double]) {
      for (first, second) in zip(original, other) {
        elements += 1
        guard first.isFinite, second.isFinite else {
          // Two infinities of one sign, or two NaN, agree.
          if !(first == second || (first.isNaN && second.isNaN)) { notFinite += 1 }
          continue
        }
        minimum = min(minimum, first)
        maximum = max(maximum, first)
        let difference = abs(first - second)
        worst = max(worst, difference)
        total += difference
        magnitude += abs(first)
      }
    }

    var figures: OutputDifference {
      let count = Double(max(elements - notFinite, 1))
      return OutputDifference(name: name, maximum: worst, mean: total / count, referenceMean: magnitude / count)
    }

    var worstOfRange: Double? { maximum > minimum ? worst / (maximum - minimum) : nil }
  }

  private var outputs: [Output] = []

  mutating func add(_ output: Output) { if output.elements > 0 { outputs.append(output) } }

  func result(samples: Int) -> BenchDifference? {
    // Outputs differ in their units, so the worst one is that which differs most for its range.
    let worst = outputs.max { ($0.worstOfRange ?? $0.worst, $0.worst) < ($1.worstOfRange ?? $1.worst, $1.worst) }
    guard let worst else { return nil }
    let elements = outputs.reduce(0) { $0 + $1.elements }
    return BenchDifference(
      samples: samples, elements: elements, worst: worst.worst,
      mean: outputs.reduce(0) { $0 + $1.total } / Double(max(elements, 1)), worstOfRange: worst.worstOfRange,
      worstOutput: worst.name, notFinite: outputs.reduce(0) { $0 + $1.notFinite },
      outputs: outputs.map(\.figures))
  }
}

extension Tensor {
  /// The elements as numbers; `nil` for types that are none.
  var numbers: [Double]? {
    switch elementType {
    case .float32: (try? values(as: Float.self))?.map(Double.init)
    case .float64: try? values(as: Double.self)
    case .float16: (try? reinterpreted(as: .uint16).values(as: UInt16.self))?.map { Double(Float16(bitPattern: $0)) }
    case .bfloat16:
      (try? reinterpreted(as: .uint16).values(as: UInt16.self))?.map { Double(Float(bitPattern: UInt32($0) << 16)) }
    case .bool, .uint8: bytes.map(Double.init)
    case .int8: bytes.map { Double(Int8(bitPattern: $0)) }
    case .uint16: (try? values(as: UInt16.self))?.map(Double.init)
    case .int16: (try? values(as: Int16.self))?.map(Double.init)
    case .uint32: (try? values(as: UInt32.self))?.map(Double.init)
    case .int32: (try? values(as: Int32.self))?.map(Double.init)
    case .uint64: (try? values(as: UInt64.self))?.map(Double.init)
    case .int64: (try? values(as: Int64.self))?.map(Double.init)
    default: nil
    }
  }

  private func reinterpreted(as type: ElementType) throws(TensorError) -> Tensor {
    try Tensor(elementType: type, shape: shape, bytes: bytes)
  }
}
