// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// For each pixel of a resized line: which pixels of the source it is made of, and their weights in fixed point.
///
/// The arithmetic is Pillow's (Resample.c) or PyTorch's (UpSampleKernel.cpp), so that results are equal to the bit:
/// weights are computed in double precision, made to sum to 1, and rounded to 22 bits after the point, or to fewer. A
/// weight is stored as two halves, `high × 2¹² +
/// low`, for pairs of neighbouring pixels: products with bytes can then be summed two at a time in 16 × 16 bit
/// multiplications without losing a bit.
struct WeightTable: Sendable {
  static let precision: Int32 = 22
  static let half: Int32 = 1 << (precision - 1)
  static let lowBits: Int32 = 12

  /// Pixels of the resized line.
  let count: Int
  /// Pairs of weights of each pixel; the last may be padded with a weight of 0.
  let pairs: Int
  /// The first source pixel of each.
  let starts: [Int]
  /// Source pixels that each is made of.
  let lengths: [Int]
  /// `pairs` packed pairs for each pixel: the upper parts of two weights in 16 bits each, and the lower parts.
  let high: [Int32]
  let low: [Int32]

  /// The source pixels that the line needs.
  var reach: Range<Int> {
    let first = starts.min() ?? 0
    return first..<(zip(starts, lengths).map(+).max() ?? first)
  }

  /// - Parameters:
  ///   - source: pixels of the line.
  ///   - box: the part of it that is resized, in pixels.
  ///   - window: the pixels of the result that are wanted.
  init(
    source: Int, box: ClosedRange<Float>, target: Int, window: Range<Int>, kernel: ResizeKernel, antialias: Bool,
    arithmetic: ResizeArithmetic
  ) {
    // Weights are rounded to a precision that depends on the largest of all.
    let all = Self.weights(
      source: source, box: box, target: target, window: arithmetic == .pillow ? window : 0..<target, kernel: kernel,
      antialias: antialias)
    let precision = arithmetic.precision(largestWeight: all.lazy.compactMap { $0.line.max() }.max() ?? 0)
    let wanted = arithmetic == .pillow ? all : Array(all[window])
    self.init(starts: wanted.map(\.start), weights: wanted.map(\.line), precision: precision)
  }

  /// For each pixel of a part of the resized line, the first source pixel that it is made of and the weights from there
  /// on, which sum to 1.
  static func weights(
    source: Int, box: ClosedRange<Float>, target: Int, window: Range<Int>, kernel: ResizeKernel, antialias: Bool
  ) -> [(start: Int, line: [Double])] {
    let scale = Double(box.upperBound - box.lowerBound) / Double(target)
    let stretch = antialias ? max(scale, 1) : 1
    let support = kernel.support * stretch
    return window.map { index in
      let center = Double(box.lowerBound) + (Double(index) + 0.5) * scale
      let (start, line) =
        antialias
        ? cut(kernel, around: center, support: support, stretch: stretch, source: source)
        : clamped(kernel, around: center, support: support, source: source)
      let sum = line.reduce(0, +)
      return (start, sum == 0 ? line : line.map { $0 / sum })
    }
  }

  private init(starts: [Int], weights: [[Double]], precision: Int32) {
    let longest = weights.map(\.count).max() ?? 0
    let pairs = (longest + 1) / 2
    var (high, low): ([Int32], [Int32]) = ([], [])
    for line in weights {
      let fixed = line.map { Self.fixed($0, precision) }
      for pair in 0..<pairs {
        let first = pair * 2 < fixed.count ? fixed[pair * 2] : 0
        let second = pair * 2 + 1 < fixed.count ? fixed[pair * 2 + 1] : 0
        high.append(Self.packed(first >> Self.lowBits, second >> Self.lowBits))
        low.append(Self.packed(first & (1 << Self.lowBits - 1), second & (1 << Self.lowBits - 1)))
      }
    }
    count = weights.count
    self.pairs = pairs
    self.starts = starts
    lengths = weights.map(\.count)
    self.high = high
    self.low = low
  }

  /// With antialiasing the kernel grows with the scale, and what would lie outside the image is left out.
  private static func cut(
    _ kernel: ResizeKernel, around center: Double, support: Double, stretch: Double, source: Int
  ) -> (Int, [Double]) {
    let start = max(0, Int(center - support + 0.5))
    let end = max(start, min(source, Int(center + support + 0.5)))
    let shrink = 1 / stretch
    return (
      start, (start..<end).map { kernel.weight((Double($0) - center + 0.5) * shrink, sharpness: -0.5) }
    )
  }

  /// Without it the kernel has its own size, and pixels outside the image are those of its edge.
  private static func clamped(
    _ kernel: ResizeKernel, around center: Double, support: Double, source: Int
  ) -> (Int, [Double]) {
    let first = Int((center - 0.5).rounded(.down)) - Int(support) + 1
    let start = min(max(first, 0), source - 1)
    let end = min(max(first + 2 * Int(support), start + 1), source)
    var weights = [Double](repeating: 0, count: end - start)
    for pixel in first..<first + 2 * Int(support) {
      let place = min(max(pixel, start), end - 1) - start
      weights[place] += kernel.weight(Double(pixel) + 0.5 - center, sharpness: -0.75)
    }
    return (start, weights)
  }

  /// A weight rounded to `bits` after the point, as a number with ``precision`` of them.
  private static func fixed(_ weight: Double, _ bits: Int32) -> Int32 {
    let scaled = weight * Double(1 << bits)
    return Int32(scaled < 0 ? scaled - 0.5 : scaled + 0.5) << (precision - bits)
  }

  private static func packed(_ first: Int32, _ second: Int32) -> Int32 {
    (first & 0xffff) | (second << 16)
  }
}
