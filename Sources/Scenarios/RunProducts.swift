// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Recipes

internal import Reports

/// What a run made on the way to its goal, and where that lies.
public struct RunProducts: Sendable, Encodable {
  /// What was made of one variant; the paths are in the output folder.
  public struct Variant: Sendable, Hashable, Encodable {
    /// Its name.
    public var name: String
    /// SHA-256 of its recipe, with the native libraries that were used.
    public var recipeDigest: String
    /// The trained network; `nil` if nothing was trained.
    public var checkpoint: String?
    /// The model file, optimized if the goal includes that; `nil` if the goal includes none.
    public var model: String?
    /// The measurement; `nil` if the goal doesn't include it, and for a rehearsal, whose figures mean nothing.
    public var measurement: String?
    /// What was done, as clauses.
    public var steps: [String]
  }

  /// The run's id in the pantry's history.
  public var run: String
  /// How far the recipe was run.
  public var goal: StageGoal
  /// What was done otherwise than the recipe says, because it was a rehearsal; `nil` for a real run.
  public var rehearsal: [String]?
  /// The prepared data, in the pantry.
  public var data: String
  /// The variants, in the recipe's order.
  public var variants: [Variant]
  /// Stages that ran and stages whose results were taken from the pantry.
  public var stages: RunOutcome.Stages
  /// The report's page; `nil` if the goal doesn't include it.
  public var report: String?

  /// The products for a terminal.
  public var text: String {
    var lines: [String] = []
    if let rehearsal {
      lines.append("Rehearsed as far as '\(goal.rawValue)'; nothing of it is a result.")
      lines += rehearsal.map { "  \($0)" }
    } else {
      lines.append("Run as far as '\(goal.rawValue)'.")
    }
    for variant in variants where !variant.steps.isEmpty {
      lines.append("\(variant.name): \(variant.steps.joined(separator: ", "))")
    }
    lines.append(files)
    return lines.joined(separator: "\n")
  }

  private var files: String {
    var rows = [["", "data", data]]
    for variant in variants {
      for (what, path) in [
        ("checkpoint", variant.checkpoint), ("model", variant.model), ("measurement", variant.measurement),
      ] {
        if let path { rows.append([variant.name, what, path]) }
      }
    }
    if let report { rows.append(["", "report", report]) }
    return TextTable(columns: [.init("variant"), .init("made"), .init("where")], rows: rows).render()
  }
}
