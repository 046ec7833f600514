// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Adapters
import Foundation
import Synchronization

/// Answers everything alike after a while, and knows how long that took.
final class BusyAdapter: ModelAdapter, Sendable {
  let card: AdapterCard
  private let microseconds: Int
  private let total = Mutex(0.0)

  init(_ input: AdapterCard.Input, microseconds: Int) {
    card = AdapterCard(name: "busy", inputType: input, outputType: .class)
    self.microseconds = microseconds
  }

  /// Seconds that were spent in `predict` so far.
  var seconds: Double { total.withLock { $0 } }

  func load(_ folder: String, for model: AdapterModel) -> AdapterChange { AdapterChange() }

  func predict(_ batch: AdapterBatch) -> [AdapterPrediction] {
    let start = ContinuousClock.now
    if microseconds > 0 { usleep(UInt32(microseconds * batch.count)) }
    let answers = batch.items.map { _ in AdapterPrediction.label("busy", confidence: 0.5) }
    let seconds = start.duration(to: .now) / .seconds(1)
    total.withLock { $0 += seconds }
    return answers
  }
}
