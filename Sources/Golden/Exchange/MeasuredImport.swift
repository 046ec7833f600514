// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
public import Galley

/// Rows from a measurement file of Galley: these were measured, with their conditions.
public enum MeasuredImport {
  private struct Heading: Decodable { var schema: String }

  /// The rows of a file, those that failed included; `nil` if it is no measurement file.
  /// - Throws: `GalleyError` if the file contradicts itself or lacks conditions, or nothing says the task.
  public static func rows(_ path: String, task: String?, target: String?) throws(GalleyError) -> [GoldenRow]? {
    guard let data = try? Data(contentsOf: URL(filePath: path)),
      let schema = (try? JSONDecoder().decode(Heading.self, from: data))?.schema, schema.hasPrefix("galley.")
    else { return nil }
    let file = try MeasurementFile(data, named: path)
    guard let task else {
      throw GalleyError(
        .usage, "can't import", at: path, why: "nothing says which task the rows are of", remedy: "Say it with --task.")
    }
    let provenance = file.provenance
    let origin = RowOrigin(
      command: provenance.command.isEmpty ? nil : provenance.command, files: provenance.files,
      table: UsedFile(role: "measurements", name: GoldenVolumes.name(of: path), digest: Digest(of: data)))
    let recipe = GoldenRecipe("{}", form: .none)
    let metadata = provenance.recipe.map { ["recipe": $0.hex] } ?? [:]
    var rows: [GoldenRow] = []
    for entry in file.measurements {
      rows.append(
        try GoldenRow(
          recipe: recipe, variant: entry.name, task: task, target: target ?? "local", measurement: entry.measurement,
          source: .file, origin: origin, metadata: metadata))
    }
    for failure in file.failures {
      rows.append(
        try GoldenRow(
          failed: failure.reason, recipe: recipe, variant: failure.name, task: task, target: target ?? "local",
          at: provenance.time, source: .file, origin: origin, metadata: metadata))
    }
    return rows
  }
}
