// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Galley
internal import Torch

/// Which steps a run has and what happens after each: a pure function of the options and an epoch's length.
package struct TrainingCourse: Sendable {
  /// Steps of an epoch.
  package let stepsPerEpoch: Int
  /// Epochs, at most.
  package let epochs: Int
  /// Steps of the whole run, at most.
  package let total: Int
  private let options: TrainOptions
  private let interval: Double
  private let warmUpSteps: Int

  /// Plans a run.
  /// - Parameters:
  ///   - options: Resolved options.
  ///   - batches: Batches of an epoch, before any limit.
  package init(_ options: TrainOptions, batches: Int) {
    self.options = options
    let limit = options.fastDevRun ? 1 : options.limitTrainBatches ?? batches
    stepsPerEpoch = max(1, min(batches, limit))
    epochs = options.fastDevRun ? 1 : max(1, options.epochs ?? 1)
    let all = stepsPerEpoch.multipliedReportingOverflow(by: epochs)
    total = max(1, min(options.maxSteps ?? .max, all.overflow ? .max : all.partialValue))
    interval = options.validateEverySteps.map(Double.init) ?? max(1, options.validateEvery * Double(stepsPerEpoch))
    warmUpSteps = min(total - 1, Int((options.warmUpEpochs * Double(stepsPerEpoch)).rounded()))
  }

  /// The epoch, from 0, of a step, from 0.
  package func epoch(of step: Int) -> Int { step / stepsPerEpoch }

  /// Whether an epoch is over once so many steps are done.
  package func endsEpoch(_ done: Int) -> Bool { done % stepsPerEpoch == 0 || done == total }

  /// Whether the network is validated once so many steps are done.
  package func validates(_ done: Int) -> Bool {
    // The smallest share keeps products that should be whole numbers from falling below them.
    func count(_ steps: Int) -> Double { (Double(steps) / interval + 1e-9).rounded(.down) }
    return done == total || count(done) > count(done - 1)
  }

  /// Whether the weights change after a step, from 0: gradients are added up within an epoch.
  package func changesWeights(after step: Int) -> Bool {
    (step % stepsPerEpoch + 1) % options.accumulate == 0 || endsEpoch(step + 1)
  }

  /// Whether a step, from 0, is the first whose gradients are added up.
  package func beginsGroup(_ step: Int) -> Bool { step % stepsPerEpoch % options.accumulate == 0 }

  /// Steps whose gradients are added up with that of a step, from 0.
  package func groupSize(of step: Int) -> Int {
    let inEpoch = step % stepsPerEpoch
    let first = inEpoch - inEpoch % options.accumulate
    let end = min(stepsPerEpoch, total - (step - inEpoch))
    return min(options.accumulate, end - first)
  }

  /// The learning rate of a step, from 0.
  package func learningRate(of step: Int) -> Double {
    schedule.rate(step: step, of: total, peak: options.learningRate ?? 0)
  }

  private var schedule: LearningRateSchedule {
    let schedule: LearningRateSchedule =
      switch options.schedule {
      case .constant: .constant
      case .step: .step(interval: options.stepEpochs * stepsPerEpoch, factor: options.stepFactor)
      case .cosine: .cosine(final: 0)
      case .oneCycle: .oneCycle
      }
    guard warmUpSteps > 0 else { return schedule }
    return .warmUp(steps: warmUpSteps, start: 1 / Double(warmUpSteps + 1), then: schedule)
  }
}
