// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

extension NoisyDominance {
  /// A score for each valid row.
  func scores() -> [ParetoScore] {
    let sums = DominanceSums(count: count, metrics: columns.count)
    defer { sums.deallocate() }
    for group in weightGroups() { add(group, to: sums) }
    let total = weights.reduce(0, +)
    var scores = [ParetoScore](repeating: ParetoScore(total: 0, logarithm: 0, expected: 0), count: count)
    for (position, row) in order.enumerated() {
      // Adding 0 turns -0 into 0.
      scores[row] = ParetoScore(
        total: total - weights[position], logarithm: sums.logarithms[position] + 0, expected: sums.expected[position])
    }
    return scores
  }

  /// Runs of rows with one weight.
  private func weightGroups() -> [Range<Int>] {
    var groups: [Range<Int>] = []
    var start = 0
    for index in 0..<count where index + 1 == count || weights[index + 1] != weights[index] {
      groups.append(start..<index + 1)
      start = index + 1
    }
    return groups
  }

  /// Lets the rows of a group beat all rows before them and each other, and be beaten by those.
  private func add(_ group: Range<Int>, to sums: DominanceSums) {
    let weight = weights[group.lowerBound]
    for row in group {
      var own = DominanceSums.Running()
      var start = 0
      while start < row {
        let end = min(groupEnd(after: start), row)
        own.take(weights[start])
        for block in stride(from: start, to: end, by: DominanceSums.block) {
          pair(row, block..<min(block + DominanceSums.block, end), weight, &own, sums)
        }
        start = end
      }
      own.take(1)
      sums.logarithms[row] += own.logarithm
      sums.expected[row] += own.expected
    }
    sums.flush(weight, upTo: group.upperBound)
  }

  private func groupEnd(after start: Int) -> Int {
    var (low, high) = (start + 1, count)
    while low < high {
      let middle = (low + high) / 2
      if weights[middle] == weights[start] { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private func pair(
    _ row: Int, _ others: Range<Int>, _ weight: Double, _ own: inout DominanceSums.Running, _ sums: DominanceSums
  ) {
    for (metric, column) in columns.enumerated() {
      standardize(row, others, column, sums.differences + metric * DominanceSums.block)
    }
    NormalTable.coefficients.withUnsafeBufferPointer { table in
      guard let table = table.baseAddress else { return }
      if columns.count == 2 {
        sums.addPlanar(others, weight, &own, table)
      } else {
        sums.add(others, weight, &own, table)
      }
    }
  }

  /// How many standard deviations each other row is better than this one: infinite if it is certainly better, NaN if it
  /// is certainly equal.
  private func standardize(
    _ row: Int, _ others: Range<Int>, _ column: Column, _ result: UnsafeMutablePointer<Double>
  ) {
    let count = others.count
    column.merits.withUnsafeBufferPointer { merits in
      guard let first = merits.baseAddress else { return }
      // Bare pointers and a plain range: two rows are then computed at once.
      let (merit, other) = (merits[row], first + others.lowerBound)
      if let common = column.commonVariance {
        let inverse = 1 / common.squareRoot()
        if inverse.isFinite {
          for index in 0..<count { result[index] = (other[index] - merit) * inverse }
        } else {
          for index in 0..<count { result[index] = (other[index] - merit) / 0 }
        }
        return
      }
      column.variances.withUnsafeBufferPointer { variances in
        guard let first = variances.baseAddress else { return }
        let (variance, otherVariance) = (variances[row], first + others.lowerBound)
        for index in 0..<count {
          result[index] = (other[index] - merit) / (otherVariance[index] + variance).squareRoot()
        }
      }
      guard !column.measurements.isEmpty else { return }
      column.measurements.withUnsafeBufferPointer { measurements in
        let measurement = measurements[row]
        for index in 0..<count where measurements[others.lowerBound + index] == measurement {
          result[index] = (other[index] - merit) / 0
        }
      }
    }
  }
}

/// What is known of each row so far: its expected number of betters and ln Π (1 − p), as a logarithm and a product that is
/// still to be taken to it.
struct DominanceSums {
  /// Pairs are taken in blocks of this many, so that their differences stay in the processor's cache.
  static let block = 256
  /// A product below it is multiplied by `large`, which is cheaper than a logarithm.
  fileprivate static let small = 0x1p-900
  fileprivate static let large = 0x1p900
  fileprivate static let logarithmOfLarge = 900 * 0.693147180559945309417

  let logarithms: UnsafeMutablePointer<Double>
  let products: UnsafeMutablePointer<Double>
  let expected: UnsafeMutablePointer<Double>
  /// The standardized differences of one block, metric after metric.
  let differences: UnsafeMutablePointer<Double>
  let metrics: Int

  init(count: Int, metrics: Int) {
    logarithms = .allocate(capacity: count)
    products = .allocate(capacity: count)
    expected = .allocate(capacity: count)
    differences = .allocate(capacity: metrics * Self.block)
    logarithms.initialize(repeating: 0, count: count)
    products.initialize(repeating: 1, count: count)
    expected.initialize(repeating: 0, count: count)
    differences.initialize(repeating: 0, count: metrics * Self.block)
    self.metrics = metrics
  }

  func deallocate() {
    logarithms.deallocate()
    products.deallocate()
    expected.deallocate()
    differences.deallocate()
  }

  /// The sums of the row that is paired with others.
  struct Running {
    var logarithm = 0.0
    var product = 1.0
    var expected = 0.0
    /// The weight of the factors in the product.
    var weight = 1.0

    /// Goes on with factors of another weight.
    mutating func take(_ next: Double) {
      logarithm += weight * log(product)
      product = 1
      weight = next
    }

    @inline(__always)
    mutating func multiply(_ factor: Double) {
      product *= factor
      guard product < DominanceSums.small else { return }
      product *= DominanceSums.large
      logarithm -= weight * DominanceSums.logarithmOfLarge
    }
  }

  /// Takes the products, all of factors with one weight, to the logarithms.
  func flush(_ weight: Double, upTo end: Int) {
    for row in 0..<end where products[row] != 1 {
      logarithms[row] += weight * log(products[row])
      products[row] = 1
    }
  }

  @inline(__always)
  private func multiply(_ factor: Double, _ row: Int, _ weight: Double) {
    let product = products[row] * factor
    products[row] = product
    guard product < Self.small else { return }
    products[row] = product * Self.large
    logarithms[row] -= weight * Self.logarithmOfLarge
  }

  /// The probabilities that the other row beats this one and the other way round, each with 1 minus it, which keeps its
  /// digits where a probability is almost 1.
  private struct Pair {
    var theyWin = 1.0
    var theyDoNot = 0.0
    var weWin = 1.0
    var weDoNot = 0.0

    @inline(__always)
    mutating func weigh(_ difference: Double, _ table: UnsafePointer<SIMD4<Double>>) {
      let tail = NormalTable.upperTail(abs(difference), table)
      let body = 1 - tail
      let better = difference >= 0 ? body : tail
      let worse = difference >= 0 ? tail : body
      theyDoNot += theyWin * worse
      theyWin *= better
      weDoNot += weWin * better
      weWin *= worse
    }
  }

  /// The largest p is 1 − 2⁻⁵³: L stays finite.
  private static let leastFactor = 0x1p-53

  @inline(__always)
  private func record(
    _ pair: Pair, _ row: Int, _ weight: Double, _ own: inout Running
  ) {
    own.expected += own.weight * pair.theyWin
    own.multiply(max(Self.leastFactor, pair.theyDoNot))
    expected[row] += weight * pair.weWin
    multiply(max(Self.leastFactor, pair.weDoNot), row, weight)
  }

  /// Adds a block of pairs in two metrics.
  func addPlanar(
    _ others: Range<Int>, _ weight: Double, _ own: inout Running, _ table: UnsafePointer<SIMD4<Double>>
  ) {
    for index in 0..<others.count {
      let (first, second) = (differences[index], differences[Self.block + index])
      // NaN: certainly equal in one of them.
      guard first == first, second == second else {
        addAny(index, others.lowerBound + index, weight, &own, table)
        continue
      }
      var pair = Pair()
      pair.weigh(first, table)
      pair.weigh(second, table)
      record(pair, others.lowerBound + index, weight, &own)
    }
  }

  /// Adds a block of pairs in any number of metrics.
  func add(_ others: Range<Int>, _ weight: Double, _ own: inout Running, _ table: UnsafePointer<SIMD4<Double>>) {
    for index in 0..<others.count { addAny(index, others.lowerBound + index, weight, &own, table) }
  }

  private func addAny(
    _ index: Int, _ row: Int, _ weight: Double, _ own: inout Running, _ table: UnsafePointer<SIMD4<Double>>
  ) {
    var pair = Pair()
    var isEqual = true
    for metric in 0..<metrics {
      let difference = differences[metric * Self.block + index]
      // Certainly equal: each is at least as good as the other.
      guard !difference.isNaN else { continue }
      isEqual = false
      pair.weigh(difference, table)
    }
    // Equal in every metric beats nobody.
    if !isEqual { record(pair, row, weight, &own) }
  }
}
