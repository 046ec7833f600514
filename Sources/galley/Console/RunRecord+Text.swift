// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Foundation
internal import Galley
internal import Reports
internal import Scenarios

extension RunRecord {
  /// How long the run took, in seconds; `nil` while it runs, or if it was interrupted.
  var duration: Double? { ended.map { $0 - started } }

  /// The run for a terminal.
  var text: String {
    var lines = [
      ("run", id), ("recipe", "\(recipe) (\(path))"), ("status", status.rawValue), ("command", command),
      ("started", Moment(started).description), ("output", output),
    ]
    if let duration { lines.append(("took", String(format: "%.1f s", duration))) }
    if let report { lines.append(("report", report)) }
    if let error { lines.append(("error", error)) }
    lines += tools.sorted { $0.key < $1.key }.map { ("tool", "\($0.key) \($0.value.prefix(24))") }
    let head = lines.map { $0.0.padding(toLength: 9, withPad: " ", startingAt: 0) + $0.1 }.joined(separator: "\n")
    return [head, variantTable, plan.text].joined(separator: "\n\n")
  }

  private var variantTable: String {
    TextTable(
      columns: [
        .init("variant"), .init("accuracy", .trailing), .init("latency", .trailing), .init("size", .trailing),
        .init("recipe"),
      ],
      rows: variants.map { variant in
        [
          variant.name, variant.figures?.accuracy.map { String(format: "%.1f %%", $0 * 100) } ?? "",
          variant.figures.map { String(format: "%.1f µs", $0.medianLatency * 1e6) } ?? "",
          variant.figures.map { ByteCount($0.modelBytes).description } ?? "", variant.recipeDigest.short,
        ]
      }
    ).render()
  }
}
