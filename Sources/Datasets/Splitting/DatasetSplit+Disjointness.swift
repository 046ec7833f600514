// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import Galley

extension DatasetSplit {
  /// Two items of different subsets with the same bytes.
  public struct SharedBytes: Sendable, CustomStringConvertible {
    /// The one item and its subset.
    public let first: (id: String, subset: Subset)
    /// The other item and its subset.
    public let second: (id: String, subset: Subset)

    public var description: String {
      "'\(first.id)' (\(first.subset.rawValue)) and '\(second.id)' (\(second.subset.rawValue)) have the same bytes"
    }
  }

  /// Items of different subsets with the same bytes, each with the first of them.
  /// - Parameters:
  ///   - ids: items.
  ///   - digests: the digest of each item's bytes.
  public func sharedBytes(_ ids: [String], _ digests: [Digest]) -> [SharedBytes] {
    let digests = Dictionary(zip(ids, digests)) { first, _ in first }
    var firsts: [Digest: (id: String, subset: Subset)] = [:]
    var shared: [SharedBytes] = []
    for subset in Subset.allCases {
      for id in subsets[subset] ?? [] {
        guard let digest = digests[id] else { continue }
        if let first = firsts[digest] {
          if first.subset != subset { shared.append(SharedBytes(first: first, second: (id, subset))) }
        } else {
          firsts[digest] = (id, subset)
        }
      }
    }
    return shared
  }

  /// Checks that no two subsets share an item's bytes; that they share no item, every split guarantees.
  /// - Throws: `GalleyError` that names both items.
  public func checkBytes(_ ids: [String], _ digests: [Digest]) throws(GalleyError) {
    let shared = sharedBytes(ids, digests)
    guard let first = shared.first else { return }
    throw GalleyError(
      .badData, "can't split the data", at: first.second.id,
      why: "\(first)" + (shared.count > 1 ? ", and so have \(shared.count - 1) more pairs" : "")
        + ": what is trained on must not be tested on",
      remedy:
        "Remove one of each (`galley data check` lists them), or declare the exception: split.duplicates: allowed.")
  }
}
