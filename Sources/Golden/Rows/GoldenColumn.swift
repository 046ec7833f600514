// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A column of a golden volume: what it holds, in which unit, and by which names it is asked for.
public struct GoldenColumn: Sendable, Hashable {
  /// What its cells hold.
  public enum Kind: String, Sendable, Hashable, Codable { case text, integer, real }

  /// Which values are better in a choice.
  public enum Preference: String, Sendable, Hashable, Codable { case smaller, larger }

  /// Another name of a column, and what one of its numbers amounts to in the column's unit.
  public struct Alias: Sendable, Hashable {
    /// The name.
    public let name: String
    /// What 1 amounts to; `nil` if numbers under this name need a unit.
    public let factor: Double?
  }

  /// The column's name in SQL; where there is a unit, the name ends with it.
  public let name: String
  /// What its cells hold.
  public let kind: Kind
  /// What its numbers are counted in.
  public let unit: GoldenUnit
  /// What is better; `nil` if the column is no objective.
  public let preference: Preference?
  /// What it holds, in a sentence.
  public let meaning: String
  /// The name under which people ask for it.
  public let shortName: String
  /// Other names: short ones, and those of LEIP's tables.
  public let aliases: [Alias]

  init(
    _ name: String, _ kind: Kind = .text, _ unit: GoldenUnit = .none, _ preference: Preference? = nil,
    short: [String] = [], leip: [String: Double] = [:], meaning: String
  ) {
    self.name = name
    self.kind = kind
    self.unit = unit
    self.preference = preference
    self.meaning = meaning
    shortName = short.first ?? name
    aliases =
      short.map { Alias(name: $0, factor: unit.isAmbiguous ? nil : 1) }
      + leip.sorted { $0.key < $1.key }.map { Alias(name: $0.key, factor: $0.value) }
  }

  /// The column with a name or another name of it.
  public static func named(_ name: String) -> (column: GoldenColumn, factor: Double?)? { known[name] }

  /// Every name by which a column may be asked for.
  public static var names: [String] { Array(known.keys) }

  /// The end of the name that says its unit: `_s`; empty if there is none.
  var unitSuffix: String {
    ["_per_s", "_s", "_bytes", "_j", "_w", "_hz"].first { name.hasSuffix($0) } ?? ""
  }

  /// The name without its unit.
  var stem: String { String(name.dropLast(unitSuffix.count)) }

  private static let known: [String: (column: GoldenColumn, factor: Double?)] = {
    var known: [String: (GoldenColumn, Double?)] = [:]
    for column in all {
      for alias in column.aliases { known[alias.name] = (column, alias.factor) }
    }
    for column in all { known[column.name] = (column, 1) }
    return known
  }()
}
