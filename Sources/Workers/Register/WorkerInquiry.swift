// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import WorkerProtocol

/// Asks a program what it offers.
struct WorkerInquiry: Sendable {
  let source: WorkerSource
  let onLog: (@Sendable (String) -> Void)?

  /// How long a file may take to be imported.
  private static let patience = Duration.seconds(300)

  /// What a worker says of itself, and what this room wants to know besides.
  private struct Answer: Decodable, Sendable {
    var description: WorkerDescription
    var adapter: OfferedAdapter?

    private enum CodingKeys: String, CodingKey { case adapter }

    init(from decoder: any Decoder) throws {
      description = try WorkerDescription(from: decoder)
      let members = try decoder.container(keyedBy: CodingKeys.self)
      adapter = try members.decodeIfPresent(OfferedAdapter.self, forKey: .adapter)
    }
  }

  /// The program under a name.
  /// - Throws: `GalleyError` if it can't be described or offers nothing that Galley knows.
  func worker(named name: String) async throws -> RegisteredWorker {
    let digest = try source.program.digest()
    let settings = WorkerProcess.Settings(onLog: onLog.map { tell in { @Sendable line in tell(line.message) } })
    let (answer, counts, runtimes) = try await source.withWorker(settings) { worker in
      let answer = try await worker.call(
        StandardMethod.describe, Nothing(), returning: Answer.self, deadline: Self.patience)
      let cards = answer.description.cards ?? []
      let counts = try await ask(
        "optimizer.describe", of: cards.filter { $0.fits(RegisteredWorker.Kind.optimizer.rawValue) }, worker,
        as: Calibration.self)
      let runtimes = try await ask(
        "runtime.describe", of: cards.filter { $0.fits(RegisteredWorker.Kind.runtime.rawValue) }, worker,
        as: RegisteredWorker.RuntimeFacts.self)
      return (answer, counts, runtimes)
    }
    let worker = RegisteredWorker(
      name: name, source: source, digest: digest, description: answer.description, adapter: answer.adapter,
      calibrationCounts: counts.mapValues { max(0, $0.calibrationCount) }, runtimes: runtimes)
    try check(worker)
    return worker
  }

  /// What a plan has to know of ingredients before any is built; asked with the options' defaults.
  private func ask<Said: Decodable & Sendable>(
    _ method: String, of cards: [Card], _ worker: WorkerProcess, as said: Said.Type
  ) async throws -> [String: Said] {
    var answers: [String: Said] = [:]
    for card in cards {
      let offer = WorkerOffer(
        source: source, card: card, options: try IngredientChoice(card.name).completed(by: card).options)
      answers[card.taxonomy] = try await worker.call(
        method, offer.parameters(), returning: Said.self, deadline: Self.patience)
    }
    return answers
  }

  private struct Calibration: Decodable, Sendable {
    var calibrationCount: Int
  }

  private func check(_ worker: RegisteredWorker) throws(GalleyError) {
    func refuse(_ why: String, _ remedy: String) -> GalleyError {
      GalleyError(
        .badData, "can't register the worker '\(worker.name)'", at: source.program.argument, why: why, remedy: remedy)
    }
    let kinds = RegisteredWorker.Kind.allCases.map(\.rawValue)
    let cards = worker.description.cards ?? []
    if let strange = cards.first(where: { card in !kinds.contains(where: card.fits) }) {
      throw refuse(
        "'\(strange.taxonomy)' is no kind of ingredient",
        "The first word of a taxonomy is \(kinds.joined(separator: ", ")).")
    }
    guard !cards.isEmpty || worker.description.backend != nil || worker.adapter != nil else {
      throw refuse(
        "it offers nothing",
        "Derive a class from galley.Dataset, galley.Backend, galley.Runtime, "
          + "galley.ModelOptimizer or galley.ModelAdapter.")
    }
  }
}
