// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
public import Galley
internal import Recipes

extension SweepSpace {
  private static let keys = ["sweep", "recipe", "method", "trials", "seed", "minutes", "space"]
  private static let rangeKeys = ["from", "to", "scale", "whole", "count"]

  /// Reads a space's file; the recipe's path starts at its folder.
  /// - Throws: `GalleyError` that names the line of what is wrong.
  public static func read(_ path: String) throws(GalleyError) -> SweepSpace {
    guard let data = try? Data(contentsOf: URL(filePath: path)) else {
      throw GalleyError(
        .missingInput, "can't read the sweep", at: path, why: "the file is missing or may not be read")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw GalleyError(.badData, "can't read the sweep", at: path, why: "it is not UTF-8 text")
    }
    let folder = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
    return try SweepSpace(try SourceReader.read(text, file: path), folder: folder)
  }

  private init(_ root: SourceNode, folder: String) throws(GalleyError) {
    try Self.refuseUnknown(root, Self.keys)
    name = try Self.text(root, "sweep")
    guard name.allSatisfy({ $0.isLetter || $0.isNumber || "-_.".contains($0) }), name.first != ".", !name.isEmpty
    else {
      throw Self.refusal(root["sweep"] ?? root, "the name '\(name)' has other signs than letters, digits, - _ .")
    }
    let recipe = try Self.text(root, "recipe")
    self.recipe = recipe.hasPrefix("/") ? recipe : folder + recipe
    method = try Self.word(root, "method") ?? .grid
    trials = try Self.whole(root, "trials", 1...1_000_000)
    seed = try Self.whole(root, "seed", 0...Int.max) ?? 2026
    minutes = try Self.number(root, "minutes")
    axes = try Self.axes(root)
    try check(root)
  }

  private func check(_ root: SourceNode) throws(GalleyError) {
    if method == .random, trials == nil {
      throw Self.refusal(root, "a random sweep needs 'trials', the number of draws")
    }
    if let minutes, !(minutes > 0) { throw Self.refusal(root["minutes"] ?? root, "minutes must be above 0") }
    guard method == .grid else { return }
    for axis in axes {
      if case .range(_, _, _, _, nil) = axis.values {
        throw Self.refusal(root["space"] ?? root, "the range of '\(axis.path)' needs a 'count' in a grid")
      }
    }
  }

  private static func axes(_ root: SourceNode) throws(GalleyError) -> [Axis] {
    guard let space = root["space"], !space.entries.isEmpty else {
      throw refusal(root["space"] ?? root, "'space' must name at least one place of the recipe with its values")
    }
    var axes: [Axis] = []
    for entry in space.entries {
      guard !axes.contains(where: { $0.path == entry.key }) else {
        throw refusal(entry.value, "'\(entry.key)' stands here twice")
      }
      axes.append(Axis(path: entry.key, values: try values(entry.value, of: entry.key)))
    }
    return axes
  }

  private static func values(_ node: SourceNode, of path: String) throws(GalleyError) -> Values {
    switch node.content {
    case .list(let nodes):
      guard !nodes.isEmpty else { throw refusal(node, "'\(path)' has no values") }
      let values = nodes.map(\.value)
      guard Set(values).count == values.count else { throw refusal(node, "a value of '\(path)' occurs twice") }
      return .list(values)
    case .map:
      return try range(node, of: path)
    case .scalar:
      throw refusal(node, "'\(path)' needs a list of values, or a range {from: …, to: …}")
    }
  }

  private static func range(_ node: SourceNode, of path: String) throws(GalleyError) -> Values {
    try refuseUnknown(node, rangeKeys)
    guard let from = try number(node, "from"), let to = try number(node, "to"), from < to else {
      throw refusal(node, "the range of '\(path)' needs two numbers, 'from' below 'to'")
    }
    let scale = try text(node, "scale", default: "linear")
    guard ["linear", "log"].contains(scale) else { throw refusal(node, "the scale '\(scale)' isn't linear or log") }
    guard scale == "linear" || from > 0 else {
      throw refusal(node, "a logarithmic range begins above 0, not at \(from)")
    }
    var isWhole = false
    if let said = node["whole"] {
      guard case .bool(let value) = said.value else { throw refusal(said, "'whole' is true or false") }
      isWhole = value
    }
    return .range(
      from: from, to: to, isLogarithmic: scale == "log", isWhole: isWhole,
      count: try whole(node, "count", 2...10_000))
  }

  // MARK: Single values

  private static func text(_ node: SourceNode, _ key: String, default standard: String? = nil) throws(GalleyError)
    -> String
  {
    guard let value = node[key] else {
      guard let standard else { throw refusal(node, "'\(key)' is missing") }
      return standard
    }
    guard case .string(let text) = value.value else { throw refusal(value, "'\(key)' must be text") }
    return text
  }

  private static func word<Word: RawRepresentable & CaseIterable>(
    _ node: SourceNode, _ key: String
  ) throws(GalleyError) -> Word? where Word.RawValue == String {
    guard node[key] != nil else { return nil }
    let text = try text(node, key)
    guard let word = Word(rawValue: text) else {
      let known = Word.allCases.map(\.rawValue)
      let guess = NearestName.match(text, in: known).map { "; did you mean \($0)?" } ?? ""
      throw refusal(node[key] ?? node, "'\(text)' isn't one of \(known.joined(separator: ", "))\(guess)")
    }
    return word
  }

  private static func whole(_ node: SourceNode, _ key: String, _ bounds: ClosedRange<Int>) throws(GalleyError) -> Int? {
    guard let value = node[key] else { return nil }
    guard case .int(let number) = value.value, bounds.contains(number) else {
      throw refusal(value, "'\(key)' must be a whole number from \(bounds.lowerBound) to \(bounds.upperBound)")
    }
    return number
  }

  private static func number(_ node: SourceNode, _ key: String) throws(GalleyError) -> Double? {
    guard let value = node[key] else { return nil }
    switch value.value {
    case .int(let number): return Double(number)
    case .float(let number) where number.isFinite: return number
    default: throw refusal(value, "'\(key)' must be a number")
    }
  }

  private static func refuseUnknown(_ node: SourceNode, _ known: [String]) throws(GalleyError) {
    guard case .map(let entries) = node.content else {
      throw refusal(node, "it must be keys with values: \(known.joined(separator: ", "))")
    }
    for entry in entries where !known.contains(entry.key) {
      let guess = NearestName.match(entry.key, in: known).map { "; did you mean \($0)?" } ?? ""
      throw GalleyError(
        .configuration, "can't use the sweep", at: "\(entry.position)", why: "there is no key '\(entry.key)'\(guess)",
        remedy: "Known: \(known.joined(separator: ", ")).")
    }
  }

  private static func refusal(_ node: SourceNode, _ why: String) -> GalleyError {
    GalleyError(
      .configuration, "can't use the sweep", at: "\(node.position)", why: why,
      remedy: "galley sweep --help shows an example.")
  }
}
