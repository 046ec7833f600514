// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// What a column of a table from outside means here.
enum ColumnMeaning: Equatable {
  /// A column of ours; one of its numbers amounts to so much in our unit.
  case column(GoldenColumn, factor: Double)
  /// A column of ours whose cells must say their units.
  case withUnits(GoldenColumn)
  /// The row's name there.
  case sourceID
  /// When it was measured, as text or seconds.
  case timestamp
  /// LEIP's serialized recipe.
  case sppr
  /// Whether it failed there.
  case status
  /// Nothing that we know; it is kept with the row.
  case metadata
  /// The row numbers that pandas writes.
  case rowNumber

  /// What a heading means.
  init(_ heading: String) {
    switch heading {
    case "id": self = .sourceID
    case "timestamp": self = .timestamp
    case "sppr": self = .sppr
    case "status": self = .status
    case "", "index", "Unnamed: 0": self = .rowNumber
    case "source", "source_id", "reason", "recipe_digest", "volume": self = .metadata
    default: self = Self.known(heading) ?? .metadata
    }
  }

  /// The column of ours that it fills, if it does.
  var column: GoldenColumn? {
    switch self {
    case .column(let column, _), .withUnits(let column): column
    default: nil
    }
  }

  private static func known(_ heading: String) -> ColumnMeaning? {
    if let (column, factor) = GoldenColumn.named(heading) {
      return factor.map { .column(column, factor: $0) } ?? .withUnits(column)
    }
    // A name with its unit: latency_ms, size (MB), accuracy_percent.
    for column in GoldenColumn.all {
      for (unit, factor) in column.unit.spellings {
        for stem in [column.shortName, column.stem] {
          if heading == "\(stem)_\(unit)" || heading == "\(stem) (\(unit))" || heading == "\(stem) [\(unit)]" {
            return .column(column, factor: factor)
          }
        }
      }
    }
    return nil
  }
}
