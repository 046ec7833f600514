// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// What probabilities cost, item by item, and where they fall on the calibration curve.
struct ItemLosses {
  /// Negative logarithm of the true class's probability.
  let logLoss: [Double]
  /// Squared error of the probabilities.
  let brier: [Double]
  private let points: [CalibrationPoint]
  private let binCount: Int
  /// Points of the calibration curve that every item has.
  private let pointsPerItem: Int

  private struct CalibrationPoint {
    var bin: Int
    var probability: Double
    var isTrue: Bool
  }

  init(classes truth: [Int], answers: [Int], scores: [Double], classCount: Int, binCount: Int) {
    self.binCount = binCount
    pointsPerItem = 1
    let half = classCount < 3 ? 0.5 : 1
    var (logLoss, brier, points) = ([Double](), [Double](), [CalibrationPoint]())
    for item in truth.indices {
      let row = scores[item * classCount..<(item + 1) * classCount]
      let start = row.startIndex
      logLoss.append(Self.cost(row[start + truth[item]]))
      let squares = row.indices.reduce(0.0) {
        let error = ($1 - start == truth[item] ? 1 : 0) - row[$1]
        return $0 + error * error
      }
      brier.append(half * squares)
      let confidence = row[start + answers[item]]
      points.append(
        CalibrationPoint(
          bin: Self.bin(confidence, binCount), probability: confidence, isTrue: truth[item] == answers[item]))
    }
    (self.logLoss, self.brier, self.points) = (logLoss, brier, points)
  }

  init(labels flags: [Int], scores: [Double], classCount: Int, binCount: Int) {
    self.binCount = binCount
    pointsPerItem = classCount
    var (logLoss, brier) = ([Double](), [Double]())
    for start in stride(from: 0, to: scores.count, by: classCount) {
      var (costs, squares) = (0.0, 0.0)
      for index in start..<start + classCount {
        let probability = scores[index]
        costs += Self.cost(flags[index] == 1 ? probability : 1 - probability)
        squares += (Double(flags[index]) - probability) * (Double(flags[index]) - probability)
      }
      logLoss.append(costs / Double(classCount))
      brier.append(squares / Double(classCount))
    }
    points = zip(flags, scores).map {
      CalibrationPoint(bin: Self.bin($1, binCount), probability: $1, isTrue: $0 == 1)
    }
    (self.logLoss, self.brier) = (logLoss, brier)
  }

  /// Probabilities are kept from 0 and 1 by the distance of 1 to the next number, as scikit-learn does.
  private static func cost(_ probability: Double) -> Double {
    -log(min(max(probability, Double.ulpOfOne), 1 - Double.ulpOfOne))
  }

  /// Bin i holds probabilities above i / count and up to (i + 1) / count; the first holds 0 too.
  private static func bin(_ probability: Double, _ count: Int) -> Int {
    min(max(Int((probability * Double(count)).rounded(.up)) - 1, 0), count - 1)
  }

  /// The expected calibration error where item i counts `weights[i]` times.
  func calibrationError(_ weights: [Int]) -> Double {
    var (counts, hits) = ([Int](repeating: 0, count: binCount), [Int](repeating: 0, count: binCount))
    var sums = [Double](repeating: 0, count: binCount)
    for (index, point) in points.enumerated() {
      let weight = weights[index / pointsPerItem]
      counts[point.bin] += weight
      sums[point.bin] += Double(weight) * point.probability
      if point.isTrue { hits[point.bin] += weight }
    }
    let total = Double(counts.reduce(0, +))
    return zip(hits, sums).reduce(0) { $0 + abs(Double($1.0) - $1.1) } / total
  }

  /// The mean of a cost where item i counts `weights[i]` times.
  static func mean(_ costs: [Double], _ weights: [Int]) -> Double {
    var (sum, total) = (0.0, 0)
    for index in costs.indices {
      sum += Double(weights[index]) * costs[index]
      total += weights[index]
    }
    return sum / Double(total)
  }
}
