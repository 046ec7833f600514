// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import FoundationEssentials
public import Galley
public import Golden
internal import Measuring
public import Pantry
internal import Recipes
public import Statistics
public import Targets

/// A golden row that was measured again: the same file in the same runtime on the same items, or a file that was made
/// again by the row's recipe.
public struct Reproduction: Sendable, Encodable {
  /// A figure of then and of now.
  public struct Figure: Sendable, Hashable, Encodable {
    /// What it is, and its unit: `latency (s)`.
    public var name: String
    /// The row's value.
    public var then: Double
    /// The row's interval.
    public var thenInterval: Interval
    /// The value now.
    public var now: Double
    /// The interval now.
    public var nowInterval: Interval

    /// Whether either value lies in the other's interval.
    public var agrees: Bool {
      (thenInterval.lower...thenInterval.upper).contains(now) || (nowInterval.lower...nowInterval.upper).contains(then)
    }

    private enum CodingKeys: String, CodingKey { case name, then, thenInterval, now, nowInterval, agrees }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(name, forKey: .name)
      try container.encode(then, forKey: .then)
      try container.encode(thenInterval, forKey: .thenInterval)
      try container.encode(now, forKey: .now)
      try container.encode(nowInterval, forKey: .nowInterval)
      try container.encode(agrees, forKey: .agrees)
    }
  }

  /// The row.
  public var row: Digest
  /// The figures that have an interval in both: accuracy, latency, throughput.
  public var figures: [Figure]
  /// What was different this time and may explain a difference; one sentence each.
  public var differences: [String]
  /// What was measured now.
  public var measurement: Measurement
  /// Whether the model was made again, training too; otherwise the row's own file was measured.
  public var isRetrained: Bool

  /// Whether all figures agree.
  public var agrees: Bool { figures.allSatisfy(\.agrees) }
}

/// Measures golden rows again.
public struct Reproducing: Sendable {
  private let pantry: Pantry
  private let target: LocalTarget
  private let tell: @Sendable (MeasuringEvent) -> Void

  /// Prepares.
  /// - Parameters:
  ///   - pantry: Where artifacts lie that aren't where they were.
  ///   - tell: Hears what happens.
  public init(
    pantry: Pantry, target: LocalTarget = LocalTarget(), tell: @escaping @Sendable (MeasuringEvent) -> Void = { _ in }
  ) {
    self.pantry = pantry
    self.target = target
    self.tell = tell
  }

  /// Measures a row's model file again, alone, under the row's conditions.
  /// - Throws: `GalleyError` if Galley didn't measure the row, or a file of its is neither where it was nor in the
  ///   pantry: all that are missing are named.
  public func reproduce(_ row: GoldenRow) async throws -> Reproduction {
    guard let earlier = row.measurement else {
      throw GalleyError(
        .usage, "can't reproduce the row", at: row.id.short,
        why: "it is \(row.status.rawValue): Galley didn't measure it",
        remedy: "Choose a row with status measured.")
    }
    let files = try files(of: row, earlier)
    let conditions = earlier.conditions
    let decodes = earlier.phases.decoding != nil
    let input: MeasuredInput =
      conditions.subset.map { decodes ? .images(path: files.data, subset: $0) : .items(path: files.data, subset: $0) }
      ?? .samples(path: files.data)
    let plan = MeasurementPlan(
      input: input, batch: conditions.batch, processes: conditions.processes, blocks: conditions.blocks,
      block: BlockRule(minimumRepetitions: conditions.inferencesPerBlock, minimumSeconds: 0), seed: conditions.seed,
      threads: conditions.threads, throughputSeconds: earlier.throughput?.map(\.seconds).max() ?? 0)
    let subject = MeasurementSubject(
      name: row.variant,
      model: ModelFile(
        path: files.model, format: earlier.model.format, digest: earlier.model.digest,
        byteCount: earlier.model.byteCount),
      precision: earlier.model.precision, runtime: runtime(of: row, earlier), preprocessing: row.origin.preprocessing)
    let results = try await target.measure([subject], plan: plan, onEvent: tell)
    guard let result = results.first else {
      throw GalleyError(.software, "can't reproduce the row", why: "measuring gave nothing")
    }
    let measured = try result.outcome.get()
    var later = measured.measurement
    if !measured.throughput.isEmpty { later.throughput = measured.throughput }
    return Reproduction(of: row, earlier, later)
  }

  // MARK: Files

  private func files(of row: GoldenRow, _ measurement: Measurement) throws -> (model: String, data: String) {
    let wanted = [("model", measurement.model.digest), ("data", measurement.conditions.dataDigest)]
    let places = wanted.map { role, digest in place(of: digest, role, row) }
    let missing = zip(wanted, places).filter { $0.1 == nil }.map { wanted, _ in
      let name = row.origin.files?.first { $0.digest == wanted.1 }?.name
      return "the \(wanted.0) \(wanted.1.short)" + (name.map { " (\($0))" } ?? "")
    }
    guard missing.isEmpty, let model = places.first ?? nil, let data = places.last ?? nil else {
      throw GalleyError(
        .missingInput, "can't reproduce the row", at: row.id.short,
        why: "neither the pantry nor its old place has \(missing.joined(separator: " nor "))",
        remedy: "Add the file to the pantry: galley pantry add FILE.")
    }
    return (model, data)
  }

  /// Where a file lies that has this digest.
  private func place(of digest: Digest, _ role: String, _ row: GoldenRow) -> String? {
    if pantry.contains(digest), pantry.verify(digest) { return pantry.path(of: digest) }
    return row.origin.files?.filter { $0.digest == digest }.map(\.name).first {
      (try? Digest(ofFileAt: $0)) == digest
    }
  }

  // MARK: What was said

  private func runtime(of row: GoldenRow, _ measurement: Measurement) -> IngredientChoice {
    if let recipe = keys(of: row), case .map(let slots)? = recipe["slots"], case .map(let slot)? = slots["runtime"],
      case .map(let options)? = slot["options"]
    {
      return IngredientChoice(measurement.runtime.name, options: options)
    }
    return IngredientChoice(measurement.runtime.name, options: ["threads": .int(measurement.conditions.threads)])
  }

  private func keys(of row: GoldenRow) -> [String: ConfigurationValue]? {
    guard row.recipe.form == .galley else { return nil }
    return try? JSONDecoder().decode([String: ConfigurationValue].self, from: Data(row.recipe.content.utf8))
  }
}
