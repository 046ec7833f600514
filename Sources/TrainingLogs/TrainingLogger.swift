// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// A number that training gives: the loss of a step, the accuracy of an epoch.
public struct LoggedScalar: Sendable, Hashable {
  /// Its name, such as `train/loss`. TensorBoard groups names by what stands before the slash.
  public var name: String
  /// Its value; it may be infinite or NaN.
  public var value: Double
  /// The training step at which it was taken.
  public var step: Int
  /// The epoch to which the step belongs, if there is one.
  public var epoch: Int?
  /// When it was taken, in seconds since 1 January 1970, UTC.
  public var wallTime: Double

  /// Creates a value.
  public init(_ name: String, _ value: Double, step: Int, epoch: Int? = nil, wallTime: Double) {
    self.name = name
    self.value = value
    self.step = step
    self.epoch = epoch
    self.wallTime = wallTime
  }
}

/// Keeps what training gives, in a form that other programs read.
///
/// Every batch of values is in the file when `log` returns, so that a run that is killed leaves a file that can be read
/// up to its last whole record. A run that is resumed opens the logger with its first step: what an earlier run logged
/// at that step or later was undone, and is removed or marked as such.
public protocol TrainingLogger: Sendable {
  /// Writes values; those of one step may come in several calls.
  /// - Throws: `GalleyError` if the file can't be written or a name can't be used.
  mutating func log(_ scalars: [LoggedScalar]) throws(GalleyError)
}

extension TrainOptions.LoggerName {
  /// Opens a log of this form in a folder, which is created if needed: `metrics.csv`, a row for each step;
  /// `metrics.jsonl`, a line for each step of each batch; or TensorBoard's `events.out.tfevents.…`.
  /// - Parameters:
  ///   - firstStep: the first step of this run; `nil` for a run that begins anew, which replaces an earlier CSV or JSON
  ///     lines file. TensorBoard's files are never replaced.
  ///   - wallTime: the present, in seconds since 1 January 1970, UTC.
  /// - Throws: `GalleyError` if the file can't be written or an earlier one can't be read.
  public func open(
    in folder: String, resumingAt firstStep: Int? = nil, wallTime: Double
  ) throws(GalleyError) -> any TrainingLogger {
    switch self {
    case .csv: try CSVLogger(path: "\(folder)/metrics.csv", resumingAt: firstStep)
    case .jsonLines: try JSONLinesLogger(path: "\(folder)/metrics.jsonl", resumingAt: firstStep)
    case .tensorBoard: try TensorBoardLogger(folder: folder, resumingAt: firstStep, wallTime: wallTime)
    }
  }
}

/// Several loggers as one.
public struct TrainingLogs: TrainingLogger {
  private var loggers: [any TrainingLogger]

  /// Joins loggers.
  public init(_ loggers: [any TrainingLogger]) { self.loggers = loggers }

  public mutating func log(_ scalars: [LoggedScalar]) throws(GalleyError) {
    for index in loggers.indices { try loggers[index].log(scalars) }
  }
}

/// The values of one step, in the order in which they came.
struct StepValues {
  var step: Int
  var epoch: Int?
  var wallTime: Double
  var values: [(name: String, value: Double)] = []

  /// Values by step, in the order of the steps' first values.
  static func grouped(_ scalars: [LoggedScalar]) -> [StepValues] {
    var groups: [StepValues] = []
    var places: [Int: Int] = [:]
    for scalar in scalars {
      let place = places[scalar.step] ?? groups.count
      if place == groups.count {
        places[scalar.step] = place
        groups.append(StepValues(step: scalar.step, epoch: scalar.epoch, wallTime: scalar.wallTime))
      }
      groups[place].epoch = scalar.epoch ?? groups[place].epoch
      groups[place].wallTime = scalar.wallTime
      groups[place].values.append((scalar.name, scalar.value))
    }
    return groups
  }
}
