// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// The files that training's figures are written to.
struct TrainingLogFiles {
  init(_ loggers: [TrainOptions.LoggerName], folder: String?) {}
  static func names(_ loggers: [TrainOptions.LoggerName], folder: String) -> [(key: String, path: String)] { [] }
  mutating func open(lengths: [String: Int]) throws {}
  mutating func write(_ report: StepReport) {}
  mutating func write(_ report: EpochReport) {}
  mutating func flush() throws -> [String: Int] { [:] }
  mutating func close() {}
}
