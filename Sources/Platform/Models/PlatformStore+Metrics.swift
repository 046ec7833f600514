// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import GRDB
public import Galley

/// One figure of a model.
public struct ModelMetric: Sendable, Hashable, Codable {
  /// What was measured, like `map50`.
  public var name: String
  /// The id of the data set on which it was measured; empty if on none.
  public var datasetID: String
  /// The model's version.
  public var modelVersion: Int
  /// The figure.
  public var value: Double
  /// When it was measured, in seconds since 1970.
  public var at: Double
}

/// One point of a plot, as Dataloop's `PlotSample`.
public struct PlotSample: Sendable, Hashable, Codable {
  /// The plot: `loss`.
  public var figure: String
  /// The line in it: `train`.
  public var legend: String
  /// Where on the horizontal axis, often the epoch.
  public var x: Double
  /// The value.
  public var y: Double

  /// Creates a point.
  public init(figure: String, legend: String, x: Double, y: Double) {
    self.figure = figure
    self.legend = legend
    self.x = x
    self.y = y
  }
}

extension PlatformStore {
  /// Keeps figures of a model's present version; a figure of the same name and data set is replaced.
  /// - Throws: `GalleyError` if there is no such model, a name is empty, or a value isn't finite.
  public func setMetrics(
    _ values: [String: Double], ofModel name: String, dataset: String? = nil
  ) throws(GalleyError) {
    for (metric, value) in values { try Self.check(metric, [value]) }
    try write("can't keep the model's metrics") { database in
      let number = try Self.require(name, in: .model, database)
      let id = try dataset.map { name -> String in
        try Self.row(of: Self.require(name, in: .dataset, database), in: .dataset, database)["id"]
      }
      for (metric, value) in values {
        try database.execute(
          sql: """
            INSERT INTO model_metric (model, name, dataset_id, model_version, value, at_unix_s)
            SELECT number, ?, ?, version, ?, ? FROM model WHERE number = ?
            ON CONFLICT DO UPDATE SET value = excluded.value, at_unix_s = excluded.at_unix_s
            """, arguments: [metric, id ?? "", value, Self.now, number])
      }
    }
  }

  /// A model's figures, by name, the newest version first.
  /// - Throws: `GalleyError` if there is no such model.
  public func metrics(ofModel name: String) throws(GalleyError) -> [ModelMetric] {
    try read("can't read the model's metrics") { database in
      let number = try Self.require(name, in: .model, database)
      return try Row.fetchAll(
        database,
        sql: """
          SELECT name, dataset_id, model_version, value, at_unix_s FROM model_metric WHERE model = ?
          ORDER BY name, dataset_id, model_version DESC
          """, arguments: [number]
      ).map { ModelMetric(name: $0[0], datasetID: $0[1], modelVersion: $0[2], value: $0[3], at: $0[4]) }
    }
  }

  /// Adds points to a model's plots.
  /// - Throws: `GalleyError` if there is no such model, a figure's name is empty, or a value isn't finite.
  public func addSamples(_ samples: [PlotSample], toModel name: String) throws(GalleyError) {
    try insert(samples, name, replacing: false)
  }

  /// Puts points in the place of all that a model has of the same figures.
  /// - Throws: `GalleyError` as above.
  public func replaceSamples(_ samples: [PlotSample], ofModel name: String) throws(GalleyError) {
    try insert(samples, name, replacing: true)
  }

  private func insert(_ samples: [PlotSample], _ name: String, replacing: Bool) throws(GalleyError) {
    for sample in samples { try Self.check(sample.figure, [sample.x, sample.y]) }
    try write("can't keep the model's plots") { database in
      let number = try Self.require(name, in: .model, database)
      for figure in replacing ? Set(samples.map(\.figure)) : [] {
        try database.execute(
          sql: "DELETE FROM model_plot WHERE model = ? AND figure = ?", arguments: [number, figure])
      }
      let statement = try database.cachedStatement(
        sql: "INSERT INTO model_plot (model, figure, legend, x, y) VALUES (?, ?, ?, ?, ?)")
      for sample in samples {
        try statement.execute(arguments: [number, sample.figure, sample.legend, sample.x, sample.y])
      }
    }
  }

  /// The points of a model's plots: by figure, line and x.
  /// - Throws: `GalleyError` if there is no such model.
  public func samples(ofModel name: String) throws(GalleyError) -> [PlotSample] {
    try read("can't read the model's plots") { database in
      let number = try Self.require(name, in: .model, database)
      return try Row.fetchAll(
        database,
        sql: "SELECT figure, legend, x, y FROM model_plot WHERE model = ? ORDER BY figure, legend, x, number",
        arguments: [number]
      ).map { PlotSample(figure: $0[0], legend: $0[1], x: $0[2], y: $0[3]) }
    }
  }

  private static func check(_ name: String, _ values: [Double]) throws(GalleyError) {
    guard !name.isEmpty, values.allSatisfy(\.isFinite) else {
      throw GalleyError(
        .usage, "can't keep the figure '\(name)'", why: name.isEmpty ? "it has no name" : "its value isn't finite")
    }
  }
}
