// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

extension Engine {
  /// Answers items, one result for each, as they become known.
  ///
  /// Every item comes out once, by its id: an item that fails is a result that says why, and stops nothing. The
  /// sequence throws what the verb throws; whoever stops reading stops the work.
  /// - Parameter onEnd: gets the run when it has ended well.
  /// - Throws: `GalleyError` if the plan can't be made.
  public func predict(
    _ listing: ItemListing, _ options: ChosenOptions<PredictOptions>,
    onEnd: @escaping @Sendable (EngineRun) -> Void = { _ in }
  ) throws(GalleyError) -> AsyncThrowingStream<ItemResult, any Error> {
    let planned = try planner.plan(.predict(options), predicting: listing)
    let request = RunRequest(model: model, data: nil, backend: backend, work: .predict(options))
    let (workspace, broadcast) = (workspace, broadcast)
    return AsyncThrowingStream { continuation in
      let task = Task {
        do {
          let course = RunCourse(planned, request, workspace, broadcast) { event in
            if case .item(let result) = event { continuation.yield(result) }
            return .goOn
          }
          onEnd(try await course.run())
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }

  /// What predicting these items would do.
  /// - Throws: `GalleyError` with the first thing that stands in the way.
  public func plan(
    predicting listing: ItemListing, _ options: ChosenOptions<PredictOptions>
  ) throws(GalleyError) -> EnginePlan { try planner.plan(.predict(options), predicting: listing).plan }
}
