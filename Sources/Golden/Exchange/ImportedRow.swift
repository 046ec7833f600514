// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley

/// A row of a table from outside in the making.
struct ImportedRow {
  var values: [String: GoldenValue] = [:]
  /// Columns that are 0 where that can only mean that nothing was measured.
  private(set) var zeros: [String] = []
  private var metadata: [String: String] = [:]
  private var sppr: String?
  private let said: GoldenImport.Meaning

  init(_ said: GoldenImport.Meaning) { self.said = said }

  /// Takes a cell.
  mutating func take(
    _ cell: GoldenValue, _ meaning: ColumnMeaning, heading: String
  ) throws(ImportedCell.Fault) {
    guard !ImportedCell.isMissing(cell) else { return }
    switch meaning {
    case .sourceID: values["source_id"] = .text(cell.plain)
    case .sppr: sppr = cell.plain
    case .metadata: metadata[heading] = cell.plain
    case .rowNumber: break
    case .status:
      if cell.plain == "failed" { throw ImportedCell.Fault(why: "it failed where it comes from") }
    case .timestamp:
      if let time = ImportedCell.time(cell) {
        values["measured_at_unix_s"] = .real(time)
      } else {
        metadata[heading] = cell.plain
      }
    case .column(let column, _), .withUnits(let column):
      let value = try ImportedCell.value(cell, meaning)
      if value.number == 0, Self.positive.contains(column.name) {
        zeros.append(column.name)
      } else {
        values[column.name] = value
      }
    }
  }

  /// Columns in which 0 means "not measured".
  private static let positive: Set<String> = [
    "energy_j", "power_w", "model_size_bytes", "framework_size_bytes", "macs", "peak_resident_bytes",
    "gpu_memory_bytes", "unified_memory_bytes", "total_memory_bytes", "throughput_per_s", "processor_frequency_hz",
    "batch", "threads", "processes", "inferences",
  ]

  /// Proves that the row can enter a volume.
  mutating func finish() throws(ImportedCell.Fault) {
    for (name, value) in values {
      guard let number = value.number, let column = GoldenColumn.named(name)?.column else { continue }
      if number < 0 { throw ImportedCell.Fault(why: "\(name): \(number) can't be") }
      if name == "latency_s", number == 0 {
        throw ImportedCell.Fault(why: "latency_s: an inference can't take no time")
      }
      if column.unit == .fraction, number > 1, !name.hasPrefix("relative_") {
        throw ImportedCell.Fault(why: "\(name): \(number) is over 1; per cent stand under '\(name)_percent'")
      }
    }
    guard values.contains(where: { GoldenColumn.named($0.key)?.column.preference != nil && $0.value != .null }) else {
      throw ImportedCell.Fault(why: "it has no measured value")
    }
  }

  /// What tells rows of one recipe apart, as LEIP's index does.
  func key(_ id: String) -> String {
    let rest = ["hardware", "precision", "calibration_method", "per_channel"].map { values[$0]?.plain ?? "" }
    return ([id] + rest).joined(separator: "\u{1F}")
  }

  /// The row.
  func row(_ origin: RowOrigin) throws(GalleyError) -> GoldenRow {
    let recipe = try recipe()
    var columns = values
    columns["status"] = .text(GoldenRow.Status.imported.rawValue)
    columns["source"] = .text("import")
    columns["recipe_digest"] = .text(recipe.digest.hex)
    columns["task"] = said.task.map(GoldenValue.text) ?? values["task"] ?? .text("unknown")
    columns["target"] = said.target.map(GoldenValue.text) ?? values["target"] ?? values["hardware"] ?? .text("unknown")
    columns["variant"] = values["variant"] ?? .text(name)
    columns["accuracy_metric"] = values["accuracy_metric"] ?? said.metric.map(GoldenValue.text) ?? .null
    return try GoldenRow(values: columns, recipe: recipe, origin: origin, metadata: metadata)
  }

  private var name: String {
    let words = ["backbone", "precision"].compactMap { values[$0]?.text }
    return words.isEmpty ? values["source_id"]?.text ?? "row" : words.joined(separator: " ")
  }

  private func recipe() throws(GalleyError) -> GoldenRecipe {
    if let sppr { return GoldenRecipe(sppr, form: .sppr) }
    let told = ["model_family", "backbone", "optimizer", "scheduler", "input_height", "input_width"]
    let known = values.filter { told.contains($0.key) }
    do {
      return GoldenRecipe(try VolumeText.encode(known), form: .none)
    } catch {
      throw GalleyError(.software, "can't keep a recipe", why: "\(error)")
    }
  }
}
