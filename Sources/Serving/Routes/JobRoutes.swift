// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import HTTPTypes
internal import Platform

/// Work that takes long.
enum JobRoutes {
  private static let group = "jobs"
  private static let place = "/v1/jobs/{job}"

  static let all: [Route] =
    ModelWorkRequest.Kind.allCases.map(start) + [
      Route(
        method: .get, path: "/v1/jobs", name: "listJobs", group: group,
        summary: "The jobs of this server, the latest first. They end with it.",
        query: [ListParameters.page, ListParameters.pageSize],
        outcomes: [.init(status: .ok, words: "What was asked for.", answer: .json(SchemaLibrary.page(of: "Job")))],
        work: .immediate { call in
          try Reply.json(
            Page(of: await call.jobs.jobs(), page: call.whole("page") ?? 0, pageSize: call.whole("pageSize") ?? 50))
        }),
      Route(
        method: .get, path: place, name: "showJob", group: group, summary: "How far a job is, and what became of it.",
        outcomes: [.init(status: .ok, words: "The job.", answer: .json(.reference("Job")))],
        work: .immediate { call in try Reply.json(await call.jobs.job(call.path("job"))) }),
      Route(
        method: .get, path: "\(place)/items", name: "listJobItems", group: group,
        summary: "What became of each item of a job, so far.", query: [ListParameters.page, ListParameters.pageSize],
        outcomes: [.init(status: .ok, words: "The items.", answer: .json(SchemaLibrary.page(of: "JobItem")))],
        work: .immediate { call in
          try Reply.json(
            Page(
              of: await call.jobs.items(ofJob: call.path("job")), page: call.whole("page") ?? 0,
              pageSize: call.whole("pageSize") ?? 50))
        }),
      Route(
        method: .delete, path: place, name: "removeJob", group: group,
        summary: "Cancel a job; one that has ended is forgotten.",
        outcomes: [
          .init(status: .accepted, words: "It is being cancelled.", answer: .json(.reference("Job"))),
          .init(
            status: .ok, words: "It had ended, and is forgotten; or it had not begun.", answer: .json(.reference("Job"))
          ),
        ],
        work: .immediate { call in
          let job = try await call.jobs.remove(call.path("job"))
          return try Reply.json(job, job.status.isOver ? .ok : .accepted)
        }),
    ]

  private static func start(_ kind: ModelWorkRequest.Kind) -> Route {
    let words: [ModelWorkRequest.Kind: String] = [
      .train: "Train a model with its subsets.", .predict: "Predict for items, and keep the predictions.",
      .evaluate: "Predict for the test set, and hold that against ground truth.",
      .embed: "Compute vectors of items.",
    ]
    return Route(
      method: .post, path: "\(ModelRoutes.place)/\(kind.rawValue)", name: "\(kind.rawValue)Model", group: group,
      summary: words[kind] ?? "", content: .json(.reference(kind == .train ? "TrainingRequest" : "JobRequest")),
      outcomes: [
        .init(
          status: .accepted, words: "The job; Location says where it is.", answer: .json(.reference("Job")),
          headers: [Route.location], names: ("job", "/id"))
      ],
      failures: [
        (.conflict, "The model is being trained, or the name is ambiguous."),
        (.tooManyRequests, "Too many jobs wait already."),
        (.notImplemented, "This server has nothing that could do it."),
      ],
      work: .immediate { call in
        let request = try await call.work.run { try read(call, kind) }
        let job = try await call.jobs.add(request)
        var reply = try Reply.json(job, .accepted)
        reply.headers[.location] = "/v1/jobs/\(job.id)"
        return reply
      })
  }

  private static func read(_ call: Call, _ kind: ModelWorkRequest.Kind) throws -> ModelWorkRequest {
    guard call.jobs.canWork else {
      throw RequestFailure(
        .notImplemented, "can't start the job", why: "this server was started without anything that runs models",
        remedy: "Use galley model \(kind.rawValue).", code: .unavailable)
    }
    let model = try call.store.model(call.path("model"))
    let dataset = try call.text(in: "dataset").map { try call.store.dataset($0).id } ?? model.datasetID
    let filters = try ListParameters.condition(in: call)
    // A filter that can't be used is refused now, not when the job has begun.
    if let filters { _ = try ListParameters.listing { try call.store.itemCount(filters, in: dataset) } }
    let request = ModelWorkRequest(
      kind: kind, modelID: model.id, datasetID: dataset, filters: filters, options: call.object(in: "options") ?? .empty
    )
    try call.jobs.check(request)
    return request
  }
}
