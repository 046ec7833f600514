// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Platform

/// A job as callers see it.
struct Job: Sendable, Encodable {
  enum Status: String, Sendable, Encodable, CaseIterable {
    case waiting, running, succeeded, partial, failed, cancelled

    var isOver: Bool { self != .waiting && self != .running }
  }

  struct Counts: Sendable, Encodable {
    var done = 0
    var failed = 0
    var skipped = 0
  }

  struct Failure: Sendable, Encodable {
    var exitCode: Int32
    var what: String
    var `where`: String?
    var why: String
    var remedy: String?

    init(_ error: GalleyError) {
      (exitCode, what, `where`) = (error.exitCode.rawValue, error.what, error.place)
      (why, remedy) = (error.why, error.remedy)
    }
  }

  var id: String
  var kind: ModelWorkRequest.Kind
  var modelID: String
  var datasetID: String?
  var status = Status.waiting
  var progress: ModelWorkProgress?
  var items = Counts()
  var created: Double
  var started: Double?
  var ended: Double?
  var result: JSONObject?
  var failure: Failure?
}

/// What became of one item of a job.
struct JobItem: Sendable, Encodable {
  var itemID: String
  var status: String
  var count: Int?
  var stage: String?
  var reason: String?

  init(_ id: String, _ outcome: ModelWorkOutcome) {
    itemID = id
    switch outcome {
    case .done(let count): (status, self.count) = ("done", count)
    case .failed(let stage, let reason): (status, self.stage, self.reason) = ("failed", stage, reason)
    case .skipped(let reason): (status, self.reason) = ("skipped", reason)
    }
  }
}

/// One page of a list that is kept here.
struct Page<Entry: Sendable & Encodable>: Sendable, Encodable {
  var entries: [Entry]
  var total: Int
  var page: Int
  var pageSize: Int

  init(of all: [Entry], page: Int, pageSize: Int) {
    let start = min(all.count, page.multipliedReportingOverflow(by: pageSize).overflow ? all.count : page * pageSize)
    entries = Array(all[start..<min(all.count, start + pageSize)])
    (total, self.page, self.pageSize) = (all.count, page, pageSize)
  }
}
