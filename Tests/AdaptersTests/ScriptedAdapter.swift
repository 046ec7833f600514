// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Adapters
import Foundation
import Galley
import Images
import Platform
import Synchronization

/// An adapter that answers each picture with its shade, and fails as a test says.
final class ScriptedAdapter: ModelAdapter, Sendable {
  /// What goes wrong.
  enum Fault: Sendable {
    case raises, hangs, hangsForEver, fewer, more, tooSure, skips, fails, lost
  }

  struct Failure: Error, CustomStringConvertible { let description: String }

  let card: AdapterCard
  private let faults: [String: Fault]
  private let log = Mutex<[[String]]>([])
  private let loads = Mutex<[(folder: String, model: AdapterModel)]>([])
  private let pause: Duration?
  private let hook: (@Sendable (Int) -> Void)?

  /// - Parameter faults: By the item's path.
  init(
    _ faults: [String: Fault] = [:], name: String = "scripted", input: AdapterCard.Input = .image, batchSize: Int = 8,
    options: [OptionDeclaration] = [], pause: Duration? = nil, hook: (@Sendable (Int) -> Void)? = nil
  ) {
    card = AdapterCard(name: name, inputType: input, outputType: .class, options: options, batchSize: batchSize)
    self.faults = faults
    self.pause = pause
    self.hook = hook
  }

  /// The paths of each call of `predict`.
  var calls: [[String]] { log.withLock { $0 } }
  /// What `load` was given.
  var loaded: [(folder: String, model: AdapterModel)] { loads.withLock { $0 } }

  func load(_ folder: String, for model: AdapterModel) -> AdapterChange {
    loads.withLock { $0.append((folder, model)) }
    return AdapterChange()
  }

  func predict(_ batch: AdapterBatch) async throws -> [AdapterPrediction] {
    let number = log.withLock { log in
      log.append(batch.items.map(\.path))
      return log.count
    }
    hook?(number)
    if let pause { try await Task.sleep(for: pause) }
    var answers: [AdapterPrediction] = []
    for (item, prepared) in zip(batch.items, batch.prepared) {
      let shade = if case .image(let image) = prepared { "\(image.bytes.first ?? 0)" } else { "text" }
      switch faults[item.path] {
      case .raises: throw Failure(description: "no idea of \(item.name)")
      case .hangs: try await Task.sleep(for: .seconds(3600))
      case .hangsForEver: await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
      case .lost: throw AdapterLost(GalleyError(.unavailable, "can't go on", why: "the process died"))
      case .fewer: break
      case .more: answers += [.label(shade), .label(shade)]
      case .tooSure: answers.append(.label(shade, confidence: 2))
      case .skips: answers.append(.skipped(reason: "too dark"))
      case .fails: answers.append(.failed(AdapterFailure(.predict, "too light")))
      case nil: answers.append(.label(shade, confidence: 0.5))
      }
    }
    return answers
  }
}
