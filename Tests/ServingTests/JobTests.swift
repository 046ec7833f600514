// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Platform
import Serving
import Testing

/// Jobs, done by work that does what a test tells it.
@Suite(.timeLimit(.minutes(20))) struct JobTests {
  /// What a job is a little later.
  private static func later(_ server: TestServer, _ place: String) async throws -> Answer {
    try await Task.sleep(for: .milliseconds(20))
    return try await server.ask("GET", place)
  }

  @Test func withoutWorkAServerSaysSo() async throws {
    let server = try TestServer()
    try server.store.createModel("net")
    let answer = try await server.ask("POST", "/v1/models/net/predict", .json("{}"))
    #expect(answer.status == 501)
    #expect(answer.string("why").contains("without anything that runs models"))
  }

  @Test func aJobTellsHowFarItIsAndWhatBecameOfItems() async throws {
    let work = TestWork()
    let server = try TestServer(work: work)
    let id = try server.store.createDataset("d").id
    try server.store.createModel("net")
    let started = try await server.ask(
      "POST", "/v1/models/net/predict",
      .json(#"{"dataset": "d", "where": "name == 'a'", "options": {"batchSize": 2}}"#))
    #expect(started.status == 202, "\(started.text)")
    let place = started.headers["location"] ?? ""
    #expect(place == "/v1/jobs/\(started.string("id"))")
    let request = await work.next()
    #expect(request.datasetID == id)
    #expect(request.options["batchSize"] == 2)
    work.report(.progress(ModelWorkProgress(stage: "predicting", completed: 1, total: 2, figures: ["loss": .nan])))
    work.report(.item(id: "a", .done(count: 3)))
    work.report(.item(id: "b", .failed(stage: "predict", reason: "no")))
    work.report(.item(id: "b", .failed(stage: "predict", reason: "still no")))
    var job = try await server.ask("GET", place)
    while job["items", "failed"] != 1 { job = try await Self.later(server, place) }
    #expect(job["status"] == "running")
    #expect(job["progress", "stage"] == "predicting")
    work.finish(.success(JSONObject(["ok": 1])))
    while job["status"] == "running" { job = try await Self.later(server, place) }
    #expect(job["status"] == "partial")
    #expect(job["result", "ok"] == 1)
    let items = try await server.ask("GET", "\(place)/items?pageSize=1&page=1")
    #expect(items["total"] == 2)
    #expect(items["entries", "0", "reason"] == "still no")
    #expect(try await server.ask("DELETE", place).status == 200)
    #expect(try await server.ask("GET", place).status == 404)
  }

  @Test func aJobThatFailsSaysWhy() async throws {
    let work = TestWork()
    let server = try TestServer(work: work)
    try server.store.createModel("net")
    let place = try await server.ask("POST", "/v1/models/net/train", .json("{}")).headers["location"] ?? ""
    _ = await work.next()
    work.finish(.failure(GalleyError(.badData, "can't train", at: "here", why: "it is broken")))
    var job = try await server.ask("GET", place)
    while job["status"] == "running" { job = try await Self.later(server, place) }
    #expect(job["status"] == "failed")
    #expect(job["failure", "where"] == "here")
    #expect(job["failure", "exitCode"] == 65)
  }

  @Test func jobsAreCancelledAndTooManyRefused() async throws {
    let work = TestWork()
    let server = try TestServer(work: work) { $0.jobLimit = 2 }
    for name in ["a", "b"] { try server.store.createModel(name) }
    let first = try await server.ask("POST", "/v1/models/a/train", .json("{}"))
    _ = await work.next()
    #expect(try await server.ask("POST", "/v1/models/a/train", .json("{}")).status == 409)
    let second = try await server.ask("POST", "/v1/models/b/train", .json("{}"))
    #expect(second["status"] == "waiting")
    let third = try await server.ask("POST", "/v1/models/a/embed", .json("{}"))
    #expect(third.status == 429)
    #expect(third.headers["retry-after"] != nil)
    #expect(try await server.ask("DELETE", "/v1/jobs/\(second.string("id"))")["status"] == "cancelled")
    #expect(try await server.ask("DELETE", "/v1/jobs/\(first.string("id"))").status == 202)
    var job = try await server.ask("GET", "/v1/jobs/\(first.string("id"))")
    while job["status"] == "running" { job = try await Self.later(server, "/v1/jobs/\(first.string("id"))") }
    #expect(job["status"] == "cancelled")
    #expect(try await server.ask("GET", "/v1/jobs")["total"] == 2)
    #expect(try await server.ask("POST", "/v1/models/nobody/train", .json("{}")).status == 404)
    #expect(try await server.ask("POST", "/v1/models/a/embed", .json(#"{"where": "nmae == 1"}"#)).status == 422)
  }

  @Test func whatTheWorkDoesntKnowIsRefusedBeforeThereIsAJob() async throws {
    let server = try TestServer(work: TestWork())
    try server.store.createModel("a")
    for kind in ["train", "predict", "evaluate", "embed"] {
      let answer = try await server.ask("POST", "/v1/models/a/\(kind)", .json(#"{"options": {"batch_size": 2}}"#))
      #expect(answer.status == 422, "\(answer.text)")
      #expect(answer.string("where") == "options.batch_size")
    }
    // Training has the items of the model's subsets: a filter would be passed over.
    for filter in [#"{"where": "name == 'a'"}"#, #"{"filter": {"dir": "/a"}}"#] {
      let answer = try await server.ask("POST", "/v1/models/a/train", .json(filter))
      #expect(answer.status == 400, "\(answer.text)")
      #expect(answer.string("why").contains("there is no key"))
    }
    #expect(try await server.ask("GET", "/v1/jobs")["total"] == 0)
  }

  @Test func aServerThatEndsCancelsItsJobs() async throws {
    let work = TestWork()
    let server = try TestServer(work: work)
    try server.store.createModel("a")
    _ = try await server.ask("POST", "/v1/models/a/train", .json("{}"))
    _ = await work.next()
    try await server.end()
    #expect(work.wasCancelled)
  }
}
