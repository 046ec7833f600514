// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Glibc
public import Tensors

/// How far two tensors that should be equal are apart.
public struct TensorDifference: Sendable, Hashable, Codable {
  /// The largest difference of two elements.
  public var largest: Double
  /// The mean of the differences' magnitudes.
  public var mean: Double
  /// The largest magnitude among the elements of the first tensor.
  public var scale: Double
  /// Elements of which one is finite and the other is not, or that are infinite with different signs.
  public var unlike: Int
  /// The ratio of signal to noise in decibels: ten times the logarithm of the ratio of the sums of squares; infinite for
  /// equal tensors.
  public var signalToNoise: Double

  /// The largest difference relative to the largest magnitude; 0 if all is zero, infinite if elements are unlike.
  public var relative: Double {
    if unlike > 0 { return .infinity }
    if largest == 0 { return 0 }
    return scale == 0 ? .infinity : largest / scale
  }

  /// Compares two tensors element by element.
  /// - Throws: `ONNXError` if the shapes differ or a tensor does not hold floating-point numbers.
  public init(_ first: Tensor, _ second: Tensor) throws(ONNXError) {
    guard first.shape == second.shape else {
      throw .incomparable("the shapes \(first.shape) and \(second.shape) differ")
    }
    guard let a = first.floatingPointValues, let b = second.floatingPointValues else {
      throw .incomparable(
        "the element types \(first.elementType) and \(second.elementType) are not both floating-point")
    }
    (largest, mean, scale, unlike) = (0, 0, 0, 0)
    var (signal, noise) = (0.0, 0.0)
    for (one, other) in zip(a, b) {
      guard one.isFinite, other.isFinite else {
        // Two NaNs are alike, and so are equal infinities.
        if !(one == other || (one.isNaN && other.isNaN)) { unlike += 1 }
        continue
      }
      let difference = (one - other).magnitude
      largest = max(largest, difference)
      mean += difference
      scale = max(scale, one.magnitude)
      signal += one * one
      noise += difference * difference
    }
    if !a.isEmpty { mean /= Double(a.count) }
    signalToNoise = noise == 0 ? .infinity : signal == 0 ? -.infinity : 10 * log10(signal / noise)
  }
}

/// The first place where two models part.
public struct Divergence: Sendable, Hashable, Codable {
  /// The tensors there.
  public var tensors: TensorCorrespondence
  /// How far they are apart.
  public var difference: TensorDifference
  /// The correspondence before it, the last up to which all agree; `nil` if there is none.
  public var lastAgreement: TensorCorrespondence?

  /// The first of some pairs of tensors, in the order of the graph, that are further apart than a tolerance.
  /// - Parameter tolerance: the largest relative difference that counts as equal, for example 0.01.
  /// - Returns: `nil` if all agree.
  public static func first(
    in measured: [(tensors: TensorCorrespondence, difference: TensorDifference)], tolerance: Double
  ) -> Divergence? {
    guard let place = measured.firstIndex(where: { !($0.difference.relative <= tolerance) }) else { return nil }
    return Divergence(
      tensors: measured[place].tensors, difference: measured[place].difference,
      lastAgreement: place > 0 ? measured[place - 1].tensors : nil)
  }
}

extension Tensor {
  /// The elements in double precision, or `nil` if they are not floating-point numbers of 16, 32 or 64 bits.
  fileprivate var floatingPointValues: [Double]? {
    if let doubles { return doubles }
    guard elementType == .float16 || elementType == .bfloat16 else { return nil }
    return bytes.withUnsafeBytes { raw in
      (0..<raw.count / 2).map { index in
        let bits = raw.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
        return Double(elementType == .float16 ? HalfPrecision.value(bits) : Float(bitPattern: UInt32(bits) << 16))
      }
    }
  }
}

extension ONNXError {
  fileprivate static func incomparable(_ reason: String) -> ONNXError {
    ONNXError(
      .shapeMismatch, "two tensors can't be compared", at: "the tensors", because: reason,
      remedy: "compare the results of the same operator on the same input")
  }
}
