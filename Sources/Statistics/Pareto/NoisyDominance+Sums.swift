// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

extension NoisyDominance {
  /// A score for each valid row.
  func scores() -> [ParetoScore] {
    let sums = DominanceSums(count: count, metrics: columns.count)
    defer { sums.deallocate() }
    var former: [Block] = []
    for group in weightGroups() {
      let own = blocks(of: group)
      for row in group { pair(row, former, own, to: sums) }
      sums.flush(weights[group.lowerBound], upTo: group.upperBound)
      former += own
    }
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

  /// Rows of one weight that follow each other, with the largest variance among them in the leading metric.
  private struct Block {
    let rows: Range<Int>
    let variance: Double
  }

  private func blocks(of group: Range<Int>) -> [Block] {
    guard columns.indices.contains(leading) else { return [] }
    return stride(from: group.lowerBound, to: group.upperBound, by: DominanceSums.block).map { start in
      let rows = start..<min(start + DominanceSums.block, group.upperBound)
      return Block(rows: rows, variance: columns[leading].variances[rows].max() ?? 0)
    }
  }

  /// Lets a row beat all rows of earlier weights and those before it of its own, and be beaten by them.
  private func pair(_ row: Int, _ former: [Block], _ own: [Block], to sums: DominanceSums) {
    var running = DominanceSums.Running()
    for block in former { pair(row, block, weights[row], &running, sums) }
    for block in own where block.rows.lowerBound < row { pair(row, block, weights[row], &running, sums) }
    running.finish()
    sums.logarithms[row] += running.logarithm
    sums.expected[row] += running.expected
  }

  private func pair(
    _ row: Int, _ block: Block, _ weight: Double, _ own: inout DominanceSums.Running, _ sums: DominanceSums
  ) {
    let others = block.rows.lowerBound..<min(block.rows.upperBound, row)
    own.take(weights[others.lowerBound])
    let side = side(row, others, block.variance)
    for metric in columns.indices where side == nil || metric != leading {
      standardize(row, others, columns[metric], sums.differences + metric * DominanceSums.block)
    }
    NormalTable.coefficients.withUnsafeBufferPointer { table in
      guard let table = table.baseAddress else { return }
      switch side {
      case .they?: sums.addBetter(others, without: leading, &own, table)
      case .we?: sums.addWorse(others, without: leading, weight, table)
      case nil where columns.count == 2: sums.addPlanar(others, weight, &own, table)
      case nil: sums.add(others, weight, &own, table)
      }
    }
  }

  private enum Side { case we, they }

  /// Who is certainly better in the leading metric, for a whole block, as far as the table can tell.
  private func side(_ row: Int, _ others: Range<Int>, _ variance: Double) -> Side? {
    let column = columns[leading]
    let limit = NormalTable.end * NormalTable.end * (column.variances[row] + variance)
    let (low, high) = (column.merits[others.lowerBound], column.merits[others.upperBound - 1])
    func isFar(_ distance: Double) -> Bool { distance > 0 && distance * distance >= limit }
    if isFar(column.merits[row] - high) { return .we }
    return isFar(low - column.merits[row]) ? .they : nil
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
        if column.isPlain {
          for index in 0..<count {
            result[index] = (other[index] - merit) * Self.inverseRoot(otherVariance[index] + variance)
          }
        } else {
          for index in 0..<count {
            result[index] = (other[index] - merit) / (otherVariance[index] + variance).squareRoot()
          }
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

extension NoisyDominance {
  /// 1 / √x to a relative error of 1e-10, for normal numbers: three steps of Newton's method from a guess by halving the
  /// exponent (Lomont, "Fast Inverse Square Root", 2003, for double precision). A root and a division would be computed
  /// for one row at a time, since `squareRoot()` has to look for negative numbers.
  @inline(__always)
  static func inverseRoot(_ x: Double) -> Double {
    let half = 0.5 * x
    var root = Double(bitPattern: 0x5FE6_EB50_C7B5_37A9 &- (x.bitPattern &>> 1))
    root *= 1.5 - half * root * root
    root *= 1.5 - half * root * root
    root *= 1.5 - half * root * root
    return root
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
      guard next != weight else { return }
      finish()
      weight = next
    }

    /// Takes the product to the logarithm.
    mutating func finish() {
      logarithm += weight * log(product)
      product = 1
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

  /// Adds a block of others that are certainly better in one metric.
  func addBetter(
    _ others: Range<Int>, without leading: Int, _ own: inout Running, _ table: UnsafePointer<SIMD4<Double>>
  ) {
    for index in 0..<others.count {
      let (wins, doesNot) = oneWay(index, without: leading, sign: 1, table)
      own.expected += own.weight * wins
      own.multiply(max(Self.leastFactor, doesNot))
    }
  }

  /// Adds a block of others that are certainly worse in one metric.
  func addWorse(
    _ others: Range<Int>, without leading: Int, _ weight: Double, _ table: UnsafePointer<SIMD4<Double>>
  ) {
    if metrics == 2 {
      let differences = differences + (1 - leading) * Self.block
      for index in 0..<others.count {
        let (wins, doesNot) = Self.tails(-differences[index], table)
        expected[others.lowerBound + index] += weight * wins
        multiply(max(Self.leastFactor, doesNot), others.lowerBound + index, weight)
      }
      return
    }
    for index in 0..<others.count {
      let (wins, doesNot) = oneWay(index, without: leading, sign: -1, table)
      expected[others.lowerBound + index] += weight * wins
      multiply(max(Self.leastFactor, doesNot), others.lowerBound + index, weight)
    }
  }

  /// The probability of a win in all metrics but one, and 1 minus it.
  @inline(__always)
  private func oneWay(
    _ index: Int, without leading: Int, sign: Double, _ table: UnsafePointer<SIMD4<Double>>
  ) -> (wins: Double, doesNot: Double) {
    var (wins, doesNot) = (1.0, 0.0)
    for metric in 0..<metrics where metric != leading {
      let (better, worse) = Self.tails(sign * differences[metric * Self.block + index], table)
      doesNot += wins * worse
      wins *= better
    }
    return (wins, doesNot)
  }

  /// The probabilities below and above a standardized difference; NaN, which is certainly equal, is no loss.
  @inline(__always)
  private static func tails(
    _ difference: Double, _ table: UnsafePointer<SIMD4<Double>>
  ) -> (better: Double, worse: Double) {
    guard difference == difference else { return (1, 0) }
    let tail = NormalTable.upperTail(abs(difference), table)
    let body = 1 - tail
    return difference >= 0 ? (body, tail) : (tail, body)
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
