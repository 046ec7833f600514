// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
internal import Glibc
internal import Statistics

/// One combination of values that a sweep tries.
public struct SweepTrial: Sendable, Hashable, Codable {
  /// Position in the sweep, from 1.
  public var number: Int
  /// The values by place.
  public var settings: [String: ConfigurationValue]

  /// The trial's name, unique in the sweep: "trial-0007".
  public var name: String {
    let digits = String(number)
    return "trial-" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}

extension SweepSpace {
  /// The trials in the order in which they run; equal spaces give equal trials.
  /// - Throws: `GalleyError` if a grid has more than a million combinations and no limit.
  public func makeTrials() throws(GalleyError) -> [SweepTrial] {
    switch method {
    case .grid: try gridTrials()
    case .random: randomTrials()
    }
  }

  private func gridTrials() throws(GalleyError) -> [SweepTrial] {
    let columns = axes.map { ($0.path, $0.values.all) }
    var combinations = 1
    for (_, values) in columns {
      let (product, overflows) = combinations.multipliedReportingOverflow(by: values.count)
      combinations = overflows ? .max : product
    }
    let count = min(combinations, trials ?? .max)
    guard count <= 1_000_000 else {
      throw GalleyError(
        .configuration, "can't use the sweep", at: name, why: "it has more than a million combinations",
        remedy: "Try fewer values, or say how many 'trials' there are to be.")
    }
    return (0..<count).map { position in
      var (rest, settings) = (position, [String: ConfigurationValue]())
      for (path, values) in columns.reversed() {
        settings[path] = values[rest % values.count]
        rest /= values.count
      }
      return SweepTrial(number: position + 1, settings: settings)
    }
  }

  /// Draws until there are enough different trials, or so many draws repeat that there can't be many more.
  private func randomTrials() -> [SweepTrial] {
    var generator = SeededGenerator(seed: UInt64(seed))
    var seen: Set<[String: ConfigurationValue]> = []
    var drawn: [SweepTrial] = []
    let wanted = trials ?? 0
    var repeats = 0
    while drawn.count < wanted, repeats < 1000 {
      var settings: [String: ConfigurationValue] = [:]
      for axis in axes { settings[axis.path] = axis.values.draw(&generator) }
      if seen.insert(settings).inserted {
        drawn.append(SweepTrial(number: drawn.count + 1, settings: settings))
        repeats = 0
      } else {
        repeats += 1
      }
    }
    return drawn
  }
}

extension SweepSpace.Values {
  /// All values of a grid; ranges are divided evenly, on their scale.
  var all: [ConfigurationValue] {
    switch self {
    case .list(let values): return values
    case .range(_, _, _, _, let count):
      let count = max(2, count ?? 2)
      var values: [ConfigurationValue] = []
      for index in 0..<count {
        let value = value(at: Double(index) / Double(count - 1))
        if values.last != value { values.append(value) }
      }
      return values
    }
  }

  func draw(_ generator: inout SeededGenerator) -> ConfigurationValue {
    switch self {
    case .list(let values): values[generator.number(below: values.count)]
    case .range: value(at: Double(generator.next() >> 11) * 0x1p-53)
    }
  }

  private func value(at share: Double) -> ConfigurationValue {
    guard case .range(let from, let to, let isLogarithmic, let isWhole, _) = self else { return .null }
    var number: Double
    switch share {
    case 0: number = from
    case 1: number = to
    default: number = isLogarithmic ? from * pow(to / from, share) : from + (to - from) * share
    }
    number = min(max(number, from), to)
    guard isWhole, let whole = Int(exactly: number.rounded()) else { return .float(number) }
    return .int(whole)
  }
}
