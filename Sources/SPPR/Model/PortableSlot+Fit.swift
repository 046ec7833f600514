// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension PortableSlot {
  /// Why a value does not fit the slot; `nil` if it does.
  ///
  /// Interpolations and the mark `???` fit every slot, as their values are only known later.
  public func objection(to value: PortableValue) -> String? {
    if let text = value.text, text == "???" || text.contains("${") { return nil }
    if value.isNull, defaults?.value.isNull ?? true { return nil }
    switch kind {
    case .scalar: return objection(toOne: value)
    case .list: return objection(toEach: value) { objection(toOne: $0) }
    case .choice: return objection(toChoice: value)
    case .multipleChoice: return objection(toEach: value) { objection(toChoice: $0) }
    case .ingredient, .ingredients, .ingredientPerSubcategory: return "the slot holds ingredients, not values"
    case .other: return nil
    }
  }

  private func objection(toEach value: PortableValue, _ objection: (PortableValue) -> String?) -> String? {
    guard let items = value.list else { return "a list is expected, not \(value.kind)" }
    return items.lazy.compactMap(objection).first
  }

  private func objection(toOne value: PortableValue) -> String? {
    let fits =
      switch (type, value) {
      case ("int", .integer), ("float", .integer), ("float", .float), ("string", .text), ("bool", .bool): true
      case ("int", _), ("float", _), ("string", _), ("bool", _): false
      default: true
      }
    guard fits else { return "\(type ?? "another type") is expected, not \(value.kind)" }
    guard let number = value.number else { return nil }
    let shown = PythonText.describe(value)
    if let minimum, !(number >= minimum) { return "\(shown) is less than \(Self.shown(minimum)), the least" }
    if let maximum, !(number <= maximum) { return "\(shown) is more than \(Self.shown(maximum)), the most" }
    return nil
  }

  private func objection(toChoice value: PortableValue) -> String? {
    guard !choices.isEmpty, !parameters.contains(Self.comparable(value)) else { return nil }
    let known = choices.prefix(12).map { PythonText.repr($0.parameter) }.joined(separator: ", ")
    let rest = choices.count > 12 ? " and \(choices.count - 12) more" : ""
    return "\(PythonText.repr(value)) is none of the choices: \(known)\(rest)"
  }

  /// Python takes `1` and `1.0` for the same.
  static func comparable(_ value: PortableValue) -> PortableValue { value.number.map { .float($0 + 0) } ?? value }

  private static func shown(_ number: Double) -> String {
    Int(exactly: number).map { String($0) } ?? PythonText.repr(number)
  }

  /// Whether ingredients of a category fit the slot: its own categories and all below them.
  public func accepts(category: String) -> Bool {
    categories.isEmpty || categories.contains { category == $0 || category.hasPrefix($0 + ".") }
  }
}
