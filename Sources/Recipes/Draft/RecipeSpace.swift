// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Expressions
internal import Galley

/// A recipe as the solver sees it: what may change, and to what.
struct RecipeSpace: ChoiceSpace {
  let base: Resolution
  /// Places that may change although the text says them, because they were filled automatically.
  let free: Set<String>

  init(_ base: Resolution, free: Set<String> = []) {
    self.base = base
    self.free = free
  }

  func expand(_ changes: [String: ExpressionValue]) -> Resolution {
    guard !changes.isEmpty else { return base }
    var root = base.root
    // A slot comes before what is in it, which is then said anew.
    for (path, value) in changes.sorted(by: { $0.key < $1.key }) {
      let position = SourcePosition(file: "chosen automatically", line: 1, column: 1)
      root = root.replacing(
        path.split(separator: ".").map(String.init)[...], by: SourceNode(ConfigurationValue(value), at: position),
        keyPosition: position)
    }
    return Resolution(root, catalogue: base.catalogue)
  }

  func violations(of state: Resolution) -> [Violation] {
    state.violations.map { Violation($0.id, paths: Self.levers(of: $0, in: state)) }
  }

  /// The places that may change whether a constraint holds: those that it speaks of, where their values are taken
  /// from, the slots that these lie in, the slot whose ingredient states it, and what decides whether these count.
  private static func levers(of broken: BrokenConstraint, in state: Resolution) -> [String] {
    var levers: [String] = []
    var waiting = broken.paths + [broken.owner]
    var seen: Set<String> = []
    while !waiting.isEmpty {
      let path = waiting.removeFirst()
      guard seen.insert(path).inserted else { continue }
      if let position = state.positions[path] {
        if isLever(state.entries[position]) { levers.append(path) }
        waiting += sources(of: position, in: state)
      }
      if let dot = path.lastIndex(of: ".") { waiting.append(String(path[..<dot])) }
    }
    return levers
  }

  /// The places that an entry's value is taken from, and those that its condition speaks of.
  private static func sources(of position: Int, in state: Resolution) -> [String] {
    let entry = state.entries[position]
    var names: [String] = []
    if let text = entry.interpolation, let interpolation = Interpolation(text) {
      names += interpolation.pieces.compactMap { if case .path(let path) = $0 { path } else { nil } }
    }
    if let condition = entry.declaration.condition, let expression = try? ParsedExpression(condition) {
      names += expression.paths
    }
    return names.flatMap { state.find(state.absolute($0, from: position)) }.map { state.entries[$0].path }
  }

  private static func isLever(_ entry: RecipeEntry) -> Bool {
    if case .group = entry.content { return false }
    return true
  }

  func isFixed(_ path: String) -> Bool {
    guard !free.contains(path), let position = base.positions[path] else { return false }
    // Another ingredient would lose the options that the recipe says of this one.
    return base.entries[position].origin.isSaid || base.entries[position].isWritten
  }

  func alternatives(for path: String, in state: Resolution) -> [ExpressionValue] {
    guard let position = state.positions[path] else { return [] }
    let entry = state.entries[position]
    let present = entry.card.map { .string($0.taxonomy) } ?? entry.value.map { ExpressionValue($0) }
    return candidates(for: entry, in: state).filter { $0 != present }
  }

  private func candidates(for entry: RecipeEntry, in state: Resolution) -> [ExpressionValue] {
    let preferred = [entry.declaration.defaultValue, entry.declaration.suggestion].compactMap { $0 }
      .filter { if case .string(let text) = $0 { !text.contains("${") } else { true } }
    switch entry.declaration.kind {
    case .ingredient(let accepts):
      return state.catalogue.fitting(accepts).map { .string($0.taxonomy) }
    case .choice(let choices):
      return Self.once(preferred + choices.filter { $0.deprecation == nil }.map(\.value)).map { ExpressionValue($0) }
    case .bool:
      return [.bool(true), .bool(false)]
    case .int(let minimum, let maximum):
      let numbers = interesting(for: entry, in: state).map { $0.rounded() }
        .filter { $0 >= Double(minimum) && $0 <= Double(maximum) && abs($0) < 0x1p53 }
      return Self.once(preferred.map { ExpressionValue($0) } + numbers.map { .int(Int($0)) })
    case .float(let minimum, let maximum):
      let numbers = interesting(for: entry, in: state).filter { $0 >= minimum && $0 <= maximum }
      return Self.once(preferred.map { ExpressionValue($0) } + numbers.map { .float($0) })
    case .string:
      return Self.once(literals(of: state).filter { if case .string = $0 { true } else { false } })
    default:
      return []
    }
  }

  /// Numbers at which a condition may turn: constants and other values that conditions compare with, their
  /// neighbours, and the option's bounds, those nearest to the present value first.
  private func interesting(for entry: RecipeEntry, in state: Resolution) -> [Double] {
    var numbers: Set<Double> = []
    for value in literals(of: state) + comparedValues(in: state) {
      guard let number = value.number else { continue }
      numbers.formUnion([number, number - 1, number + 1])
      if number != number.rounded() { numbers.formUnion([number.nextDown, number.nextUp]) }
    }
    var present: Double?
    if let value = entry.value { present = ExpressionValue(value).number }
    // The nearest multiples, for conditions like `height % 32 == 0`.
    for divisor in literals(of: state).compactMap(\.number) where divisor >= 1 && divisor < 0x1p31 {
      guard let present, present.isFinite else { continue }
      let down = (present / divisor).rounded(.down) * divisor
      numbers.formUnion([down, down + divisor])
    }
    switch entry.declaration.kind {
    case .int(let minimum, let maximum): numbers.formUnion([Double(minimum), Double(maximum)])
    case .float(let minimum, let maximum): numbers.formUnion([minimum, maximum])
    default: break
    }
    let centre = present ?? 0
    return numbers.filter(\.isFinite).sorted { (abs($0 - centre), $0) < (abs($1 - centre), $1) }
  }

  private func literals(of state: Resolution) -> [ExpressionValue] {
    state.violations.flatMap { (try? ParsedExpression($0.constraint.condition))?.literals ?? [] }
  }

  private func comparedValues(in state: Resolution) -> [ExpressionValue] {
    state.violations.flatMap(\.paths).compactMap { path in
      state.positions[path].flatMap { state.entries[$0].value }.map { ExpressionValue($0) }
    }
  }

  private static func once<Value: Hashable>(_ values: [Value]) -> [Value] {
    var seen: Set<Value> = []
    return values.filter { seen.insert($0).inserted }
  }
}

extension ExpressionValue {
  fileprivate var number: Double? {
    switch self {
    case .int(let value): Double(value)
    case .float(let value): value
    default: nil
    }
  }
}
