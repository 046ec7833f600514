// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import TrainingLogs

/// The files that training's figures are written to: the loss and the learning rate of each step, and what each report
/// says, under TensorBoard's usual names.
struct TrainingLogFiles {
  /// Steps that are written together, at most: a file isn't worth a write for each of a thousand steps in a second.
  private static let most = 64

  private let forms: [TrainOptions.LoggerName]
  private let folder: String?
  private var loggers: TrainingLogs?
  private var waiting: [LoggedScalar] = []

  init(_ loggers: [TrainOptions.LoggerName], folder: String?) {
    forms = loggers
    self.folder = folder
  }

  /// Opens the files for a run whose first step is the one after `done`; 0 begins anew.
  mutating func open(done: Int) throws {
    guard let folder, !forms.isEmpty else { return }
    let forms = forms
    loggers = TrainingLogs(
      try forms.map { try $0.open(in: folder, resumingAt: done == 0 ? nil : done + 1, wallTime: Self.now()) })
  }

  mutating func write(_ report: StepReport) throws {
    add("train/loss", report.loss, report.step, report.epoch)
    add("train/learning-rate", report.learningRate, report.step, report.epoch)
    if waiting.count >= 2 * Self.most { try flush() }
  }

  mutating func write(_ report: EpochReport) throws {
    add("train/mean-loss", report.trainingLoss, report.step, report.epoch)
    if let loss = report.validationLoss { add("validation/loss", loss, report.step, report.epoch) }
    for (name, value) in report.metrics.sorted(by: { $0.key < $1.key }) {
      add("validation/\(name)", value, report.step, report.epoch)
    }
    try flush()
  }

  /// Brings what waits into the files.
  mutating func flush() throws {
    guard !waiting.isEmpty else { return }
    try loggers?.log(waiting)
    waiting = []
  }

  private mutating func add(_ name: String, _ value: Double, _ step: Int, _ epoch: Int) {
    guard loggers != nil else { return }
    waiting.append(LoggedScalar(name, value, step: step, epoch: epoch, wallTime: Self.now()))
  }

  private static func now() -> Double { Date().timeIntervalSince1970 }

  /// The logs in a folder by the logger's name; of several event files the last.
  static func files(in folder: String) -> [(logger: String, name: String)] {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    return names.compactMap { name in
      switch name {
      case "metrics.csv": (TrainOptions.LoggerName.csv.rawValue, name)
      case "metrics.jsonl": (TrainOptions.LoggerName.jsonLines.rawValue, name)
      default:
        name.hasPrefix("events.out.tfevents.") ? (TrainOptions.LoggerName.tensorBoard.rawValue, name) : nil
      }
    }
  }
}
