// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors

/// What is computed with extents: a few integers, each known, a symbol, or unknown.
extension InferenceRules {
  /// Arithmetic of two short lists of integers, one of which may have a single element.
  static func integerArithmetic(_ step: inout InferenceStep) {
    guard let one = step.elements(0), let other = step.elements(1), step.node.inputs.count == 2,
      areLists(step), let operation = operation(step.node.operatorType)
    else { return }
    step.outputIntegers = paired(one, other)?.map(operation)
  }

  private static func areLists(_ step: InferenceStep) -> Bool { step.inputs.allSatisfy { $0.rank ?? 2 <= 1 } }

  private static func paired(_ one: [Dimension?], _ other: [Dimension?]) -> [(Dimension?, Dimension?)]? {
    if one.count == other.count { return Array(zip(one, other)) }
    if one.count == 1 { return other.map { (one[0], $0) } }
    return other.count == 1 ? one.map { ($0, other[0]) } : nil
  }

  private static func operation(_ name: String) -> ((Dimension?, Dimension?) -> Dimension?)? {
    switch name {
    case "Mul": { product([$0, $1]) }
    case "Add": { $0 == .fixed(0) ? $1 : $1 == .fixed(0) ? $0 : combined($0, $1) { $0.plus($1) } }
    case "Sub": { $1 == .fixed(0) ? $0 : combined($0, $1) { $0.minus($1) } }
    case "Div": { $1 == .fixed(1) ? $0 : combined($0, $1) { quotient($0, $1) } }
    case "Mod": { combined($0, $1) { remainder($0, $1) } }
    case "Min": { combined($0, $1) { min($0, $1) } }
    case "Max": { combined($0, $1) { max($0, $1) } }
    case "Equal": { areEqual($0, $1).map { .fixed($0 ? 1 : 0) } }
    case "Greater": { combined($0, $1) { $0 > $1 ? 1 : 0 } }
    case "Less": { combined($0, $1) { $0 < $1 ? 1 : 0 } }
    default: nil
    }
  }

  private static func combined(_ a: Dimension?, _ b: Dimension?, _ compute: (Int, Int) -> Int?) -> Dimension? {
    guard let a = a?.extent, let b = b?.extent else { return nil }
    return compute(a, b).map { .fixed($0) }
  }

  /// Division of integers in ONNX truncates, as in C.
  private static func quotient(_ a: Int, _ b: Int) -> Int? {
    let (result, overflow) = a.dividedReportingOverflow(by: b)
    return overflow ? nil : result
  }

  private static func remainder(_ a: Int, _ b: Int) -> Int? {
    let (result, overflow) = a.remainderReportingOverflow(dividingBy: b)
    guard !overflow else { return nil }
    return result != 0 && (result < 0) != (b < 0) ? result + b : result
  }

  /// Whether two extents are equal; a symbol stands for something that is not negative.
  private static func areEqual(_ a: Dimension?, _ b: Dimension?) -> Bool? {
    guard let a, let b else { return nil }
    if a == b { return true }
    if let one = a.extent, let other = b.extent { return one == other }
    return a.extent ?? 0 < 0 || b.extent ?? 0 < 0 ? false : nil
  }

  /// `Where` of short lists.
  static func integerChoice(_ step: inout InferenceStep) {
    guard let conditions = step.elements(0), let one = step.elements(1), let other = step.elements(2),
      areLists(step), let choices = paired(one, other), conditions.count == choices.count || conditions.count == 1
    else { return }
    step.outputIntegers = choices.enumerated().map { index, choice in
      guard let condition = conditions[conditions.count == 1 ? 0 : index]?.extent else {
        return choice.0 == choice.1 ? choice.0 : nil
      }
      return condition != 0 ? choice.0 : choice.1
    }
  }

  /// A reduction of one short list to its product, sum, largest or smallest.
  static func integerReduction(_ step: inout InferenceStep) {
    guard let values = step.elements(0), step.input(0).rank == 1, !values.isEmpty else { return }
    switch step.node.operatorType {
    case "ReduceProd": step.outputIntegers = [product(values)]
    case "ReduceSum": step.outputIntegers = [values.reduce(.fixed(0)) { combined($0, $1) { $0.plus($1) } }]
    case "ReduceMax": step.outputIntegers = [values.dropFirst().reduce(values[0]) { combined($0, $1) { max($0, $1) } }]
    case "ReduceMin": step.outputIntegers = [values.dropFirst().reduce(values[0]) { combined($0, $1) { min($0, $1) } }]
    default: return
    }
  }
}
