// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import GRDB
internal import Galley

/// Brings drafts of many items into the store: ground truth item by item, predictions by a write-back of their model.
struct AnnotationImport {
  private let store: PlatformStore
  private let dataset: String
  /// Whether an item's former ground truth goes.
  private let replacing: Bool
  private var truth: [(item: String, drafts: [AnnotationDraft])] = []
  private var predictions: [ModelOrigin: [String: [AnnotationDraft]]] = [:]
  private var names: [String: String] = [:]
  private let run = "import \(EntityID.make())"

  init(_ store: PlatformStore, dataset: String, replacing: Bool) {
    self.store = store
    self.dataset = dataset
    self.replacing = replacing
  }

  /// Takes what was said about an item.
  mutating func add(_ drafts: [AnnotationDraft], item: String, _ report: inout ImportReport) throws(GalleyError) {
    truth.append((item, drafts.filter { !$0.origin.isPrediction }))
    for var draft in drafts {
      guard case .model(var origin) = draft.origin else { continue }
      origin.run = run
      // Two spellings of one model's name don't make it two.
      let key = "\(origin.id)\u{0}\(origin.version)"
      origin.name = names[key] ?? origin.name
      names[key] = origin.name
      draft.origin = .model(origin)
      predictions[origin, default: [:]][item, default: []].append(draft)
    }
    if truth.count >= 500 { try flush(&report) }
  }

  /// Keeps all that was taken.
  mutating func finish(_ report: inout ImportReport) throws(GalleyError) {
    try flush(&report)
    let versions = Dictionary(grouping: predictions.keys, by: \.id)
    for (origin, drafts) in predictions.sorted(by: { ($0.key.id, $0.key.version) < ($1.key.id, $1.key.version) }) {
      var named = origin
      // A model has one set of predictions: of several versions at once each is a model of its own.
      if versions[origin.id, default: []].count > 1 { named.id = "\(origin.id)@\(origin.version)" }
      let back = try store.beginWriteBack(of: named, to: dataset)
      try back.stage(drafts.mapValues { drafts in drafts.map { $0.made(by: named) } })
      report.predictions += try back.swap().predictions
    }
    predictions = [:]
  }

  private mutating func flush(_ report: inout ImportReport) throws(GalleyError) {
    let (portion, replacing) = (truth, replacing)
    truth = []
    try store.write("can't keep the annotations") { database in
      var keys: [String: (Int64, Int64)] = [:]
      for (item, drafts) in portion {
        let key = try PlatformStore.itemKey(item, &keys, database)
        if replacing {
          try database.cachedStatement(sql: "DELETE FROM annotation WHERE item = ?").execute(arguments: [key.0])
        }
        for draft in try Self.settled(drafts, key.0, database) {
          _ = try PlatformStore.insertTruth(draft, key, database)
        }
      }
    }
    report.annotations += portion.reduce(0) { $0 + $1.drafts.count }
  }

  /// An annotation of the same id and item is replaced. An id that another item's has becomes a new one, in what refers
  /// to it too.
  private static func settled(
    _ drafts: [AnnotationDraft], _ item: Int64, _ database: Database
  ) throws -> [AnnotationDraft] {
    var renamed: [String: String] = [:]
    var seen: Set<String> = []
    var drafts = drafts
    for index in drafts.indices {
      guard let id = drafts[index].id else { continue }
      let statement = try database.cachedStatement(sql: "SELECT item FROM annotation WHERE id = ?")
      let owner = try Int64.fetchOne(statement, arguments: [id])
      if owner == item, !seen.contains(id) {
        try database.cachedStatement(sql: "DELETE FROM annotation WHERE id = ?").execute(arguments: [id])
      } else if owner != nil || seen.contains(id) {
        let new = EntityID.make()
        if renamed[id] == nil { renamed[id] = new }
        drafts[index].id = new
      }
      seen.insert(id)
    }
    for index in drafts.indices {
      if let parent = drafts[index].parentID, let new = renamed[parent] { drafts[index].parentID = new }
    }
    return drafts
  }
}

extension AnnotationDraft {
  fileprivate func made(by model: ModelOrigin) -> AnnotationDraft {
    var draft = self
    draft.origin = .model(model)
    return draft
  }
}
