// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Platform

/// Lists of a data set of 100,000 items by filter, warm, each beside Python's sqlite3 with the same rows from the same
/// file; the two take turns.
///
///     platform-bench FOLDER [ITEMS]
///
/// The store is drawn once and kept in the folder. Every list has to come within 100 ms.
@main
struct PlatformBench {
  private static let bound = 0.1
  private static let rounds = 15

  /// What is asked: of Galley, of Python.
  private struct Question {
    var words: String
    var filters: Filters
    var isPage = false
    var sql: String
  }

  static func main() {
    do {
      exit(try run() ? 0 : 1)
    } catch {
      FileHandle.standardError.write(Data("platform-bench: \(error)\n".utf8))
      exit(70)
    }
  }

  private static func questions() throws -> [Question] {
    func expression(_ text: String, _ sql: String) throws -> Question {
      Question(words: text, filters: try Filters(.items, where: text), sql: sql)
    }
    let join = #"""
      {"filter": {"$and": [{"hidden": false}, {"type": "file"}]}, "join": {"on": {"resource": "annotations",
      "local": "itemId", "forigen": "id"}, "filter": {"$and": [{"label": "class 3"}]}}, "page": 0, "pageSize": 1000}
      """#
    let labelled = "SELECT item FROM annotation WHERE dataset = 1 AND label = 'class 3'"
    return [
      Question(words: "all items", filters: Filters(.items), sql: "TRUE"),
      try expression("folder == '/camera-3/**'", "path >= '/camera-3/' AND path < '/camera-30'"),
      try expression("metadata.user.light > 0.9", "json_extract(metadata_json, '$.user.light') > 0.9"),
      try expression(
        "annotation.label == 'class 3' && annotation.confidence >= 0.5",
        "number IN (\(labelled) AND confidence >= 0.5)"),
      try expression("name == 'frame-77777.png'", "name = 'frame-77777.png'"),
      Question(
        words: "Dataloop's JSON with a join, first page", filters: try Filters(json: Data(join.utf8), at: "join"),
        isPage: true, sql: "number IN (\(labelled)) LIMIT 1000"),
    ]
  }

  private static func run() throws -> Bool {
    guard CommandLine.arguments.count >= 2 else { throw Failure(description: "usage: platform-bench FOLDER [ITEMS]") }
    let count = CommandLine.arguments.count > 2 ? Int(CommandLine.arguments[2]) ?? 100_000 : 100_000
    let home = "\(CommandLine.arguments[1])/items-\(count)"
    let store = try PlatformStore.open(PlatformPlace(home: home, environment: [:]))
    if (try? store.dataset("drawn")) == nil { try DrawnStore.fill(store, count: count) }
    let peer = try PythonPeer(database: "\(store.place.store)/platform.sqlite")
    print(
      "items \(try store.counts(ofDataset: "drawn").items), annotations \(try store.counts(ofDataset: "drawn").annotations)"
    )
    var holds = true
    for question in try questions() { holds = try ask(question, store, peer) && holds }
    return holds
  }

  private static func ask(_ question: Question, _ store: PlatformStore, _ peer: PythonPeer) throws -> Bool {
    var (own, other): ([Double], [Double]) = ([], [])
    var (found, foundByPeer) = (0, 0)
    for round in 0...rounds {
      let start = ContinuousClock.now
      found =
        question.isPage
        ? try store.items(question.filters, in: "drawn").entries.count
        : try store.allItems(question.filters, in: "drawn").count
      let seconds = start.duration(to: .now) / .seconds(1)
      let answer = try peer.ask(question.sql)
      foundByPeer = answer.rows
      // The first round warms both up.
      if round > 0 {
        own.append(seconds)
        other.append(answer.seconds)
      }
    }
    guard found == foundByPeer else {
      throw Failure(description: "\(question.words): \(found) items, Python finds \(foundByPeer)")
    }
    let (median, peerMedian) = (own.sorted()[own.count / 2], other.sorted()[other.count / 2])
    print(
      String(
        format: "%@ %6.1f ms (bound %3.0f ms, sqlite3 in Python %6.1f ms) %6d items  %@", median <= bound ? "✓" : "✗",
        median * 1e3, bound * 1e3, peerMedian * 1e3, found, question.words))
    return median <= bound
  }
}

struct Failure: Error, CustomStringConvertible {
  let description: String
}
