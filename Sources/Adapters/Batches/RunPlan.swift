// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Foundation
internal import Galley
internal import Platform

/// An item that was asked for.
struct Candidate: Sendable {
  let id: String
  let item: PlatformItem?
  let dataset: String

  init(_ id: String, _ item: PlatformItem?, _ dataset: String) {
    self.id = id
    self.item = item
    self.dataset = dataset
  }

  func result<Value>(_ outcome: AdapterItemResult<Value>.Outcome) -> AdapterItemResult<Value> {
    AdapterItemResult(id: id, path: item?.path ?? "", outcome)
  }
}

/// Which of the items that were asked for an adapter gets, and what is known of the others already.
struct RunPlan {
  let candidates: [Candidate]
  /// What the adapter gets.
  private(set) var items: [PlatformItem] = []
  /// Their positions among the candidates.
  private(set) var positions: [Int] = []
  /// Positions of what an earlier process of the run has staged.
  private(set) var staged: [Int] = []
  private var failed: [Int: AdapterFailure] = [:]
  private var skipped: [Int: String] = [:]

  init(_ candidates: [Candidate], staged known: Set<String> = [], input: AdapterCard.Input) {
    self.candidates = candidates
    var seen: Set<String> = []
    for (position, candidate) in candidates.enumerated() where seen.insert(candidate.id).inserted {
      guard let item = candidate.item else {
        failed[position] = AdapterFailure(.load, "the store has no such item")
        continue
      }
      if item.datasetID != candidate.dataset {
        failed[position] = AdapterFailure(.load, "it is in another data set than the first item")
      } else if let reason = Self.refusal(of: item, input) {
        skipped[position] = reason
      } else if known.contains(item.id) {
        staged.append(position)
        skipped[position] = "an earlier process of this run has staged it"
      } else {
        items.append(item)
        positions.append(position)
      }
    }
  }

  /// What became of items that the adapter doesn't get.
  func decided<Value>(as type: Value.Type = Value.self) -> [(Int, AdapterItemResult<Value>.Outcome)] {
    failed.map { ($0.key, .failed($0.value)) } + skipped.map { ($0.key, .skipped(reason: $0.value)) }
  }

  /// Why an adapter for one kind of item isn't given this one.
  private static func refusal(of item: PlatformItem, _ input: AdapterCard.Input) -> String? {
    let fits =
      switch input {
      case .image: item.mediaType.hasPrefix("image/")
      case .text:
        item.mediaType.hasPrefix("text/") || ["application/json", "application/xml"].contains(item.mediaType)
      case .file: true
      }
    return fits ? nil : "it is \(item.mediaType), and the adapter takes \(input.rawValue)s"
  }
}

/// Names of runs.
enum RunName {
  /// A new one, which tells when it began.
  static func make(_ verb: String) -> String {
    "\(verb)-\(time())-\(String(UInt32.random(in: .min ... .max), radix: 16))"
  }

  /// Now, as a name that a folder can have: `2026-11-26T01-00-00Z`.
  static func time() -> String {
    Date.now.formatted(.iso8601).replacing(":", with: "-")
  }
}
