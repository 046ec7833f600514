// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Chooses the rows of a `ParetoMenu`.
struct MenuChoice {
  private let merits: ParetoMerits
  private let valid: [Int]
  private let count: Int
  /// The front by the first metric from best to worst, as positions among the valid rows.
  private let front: [Int]

  init(_ metrics: [ParetoMetric], rows: [Int]?, count: Int) throws(ParetoRefusal) {
    guard count >= 1 else { throw .badCount(count) }
    valid = try ParetoValidity(of: metrics, rows: rows).valid
    let merits = ParetoMerits(metrics, valid)
    self.merits = merits
    self.count = count
    front = merits.distinctFront().sorted { first, second in
      for column in merits.columns where column[first] != column[second] { return column[first] < column[second] }
      return first < second
    }
  }

  func menu() -> ParetoMenu {
    let isPlanar = merits.columns.count <= 2
    let chosen = count >= front.count ? Array(front.indices) : isPlanar ? planar() : greedy()
    let loss = regret(of: chosen)
    return ParetoMenu(
      rows: chosen.map { valid[front[$0]] }, front: front.map { valid[$0] }, hypervolume: volume(of: chosen),
      frontHypervolume: volume(of: Array(front.indices)), regret: loss.amount,
      regrettedRow: loss.row.map { valid[front[$0]] }, isOptimal: isPlanar || count >= front.count)
  }

  private func volume(of chosen: [Int]) -> Double {
    merits.table(of: chosen.map { front[$0] }).volume(below: merits.nadir)
  }

  private func regret(of chosen: [Int]) -> (amount: Double, row: Int?) {
    var worst: (amount: Double, row: Int?) = (0, nil)
    for (index, row) in front.enumerated() {
      let loss =
        chosen.map { choice in merits.columns.map { max(0, $0[front[choice]] - $0[row]) }.max() ?? 0 }.min() ?? 0
      if loss > worst.amount { worst = (loss, index) }
    }
    return worst
  }
}

// MARK: Two metrics, exactly

extension MenuChoice {
  /// Hypervolume subset selection with both ends of the front kept: the area of k points that end at point i is that of
  /// k − 1 that end at a j left of it, plus what i adds. The latter is a line in the width of i whose slope is the height
  /// of j, so that the best j comes from an upper envelope of lines: O(n · k) (Bringmann, Friedrich, Klitzke,
  /// "Two-dimensional subset selection for hypervolume and epsilon-indicator", 2014).
  private func planar() -> [Int] {
    let nadir = merits.nadir
    // How far left of the reference and how far below it each point is.
    let widths = front.map { nadir[0] - merits.columns[0][$0] }
    let depths = front.map { row in merits.columns.count > 1 ? nadir[1] - merits.columns[1][row] : 0 }
    if count == 1 {
      let best = front.indices.max { widths[$0] * depths[$0] < widths[$1] * depths[$1] }
      return best.map { [$0] } ?? []
    }
    var areas = front.indices.map { $0 == 0 ? widths[0] * depths[0] : -Double.infinity }
    var previous: [[Int]] = []
    for _ in 1..<count {
      let step = Envelope.step(areas, widths, depths)
      areas = step.areas
      previous.append(step.previous)
    }
    var chosen = [front.count - 1]
    for step in previous.reversed() {
      guard let last = chosen.last, step[last] >= 0 else { break }
      chosen.append(step[last])
    }
    return chosen.reversed()
  }
}

/// Lines of which the highest at a place is wanted, for places that only go down while lines are added that only become
/// steeper.
private struct Envelope {
  /// Covers `area − width · depth` besides what the next point brings itself.
  private struct Line {
    var point: Int
    var area: Double
    var depth: Double

    func height(at width: Double) -> Double { area - width * depth }
  }

  private var lines: [Line] = []
  /// Lines before it were overtaken and never lead again.
  private var leader = 0

  /// The best areas of one point more, and the points before the last from which they come; −1 if there is none.
  static func step(
    _ areas: [Double], _ widths: [Double], _ depths: [Double]
  ) -> (areas: [Double], previous: [Int]) {
    var envelope = Envelope()
    var best = [Double](repeating: -.infinity, count: areas.count)
    var previous = [Int](repeating: -1, count: areas.count)
    for point in areas.indices {
      if let line = envelope.highest(at: widths[point]) {
        best[point] = line.height(at: widths[point]) + widths[point] * depths[point]
        previous[point] = line.point
      }
      if areas[point] > -.infinity {
        envelope.add(Line(point: point, area: areas[point], depth: depths[point]))
      }
    }
    return (best, previous)
  }

  private mutating func highest(at width: Double) -> Line? {
    guard leader < lines.count else { return nil }
    while leader + 1 < lines.count, lines[leader + 1].height(at: width) >= lines[leader].height(at: width) {
      leader += 1
    }
    return lines[leader]
  }

  private mutating func add(_ line: Line) {
    while lines.count - leader >= 2, isHidden(lines[lines.count - 1], behind: lines[lines.count - 2], line) {
      lines.removeLast()
    }
    lines.append(line)
  }

  /// Whether a line overtakes the one before it no earlier than the next line does.
  private func isHidden(_ line: Line, behind before: Line, _ next: Line) -> Bool {
    (next.area - before.area) * (line.depth - before.depth)
      >= (line.area - before.area) * (next.depth - before.depth)
  }
}

// MARK: More metrics, greedily

extension MenuChoice {
  /// The best row of each metric, then the row that adds most, again and again. What a row adds only shrinks while others
  /// are chosen, so that a row is measured anew only when it would be next (Minoux 1978).
  private func greedy() -> [Int] {
    var chosen = count > 1 ? extremes() : []
    var covered = volume(of: chosen)
    var gains = front.indices.filter { !chosen.contains($0) }.map { (row: $0, gain: Double.infinity, age: -1) }
    while chosen.count < count, let best = gains.indices.max(by: { isLess(gains[$0], gains[$1]) }) {
      if gains[best].age == chosen.count {
        covered += gains[best].gain
        chosen.append(gains.remove(at: best).row)
      } else {
        gains[best].gain = volume(of: chosen + [gains[best].row]) - covered
        gains[best].age = chosen.count
      }
    }
    return chosen.sorted()
  }

  private func isLess(_ first: (row: Int, gain: Double, age: Int), _ second: (row: Int, gain: Double, age: Int)) -> Bool
  {
    first.gain != second.gain ? first.gain < second.gain : first.row > second.row
  }

  private func extremes() -> [Int] {
    var chosen: [Int] = []
    for column in merits.columns where chosen.count < count {
      if let best = front.indices.min(by: { column[front[$0]] < column[front[$1]] }), !chosen.contains(best) {
        chosen.append(best)
      }
    }
    return chosen
  }
}
