// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors

extension InferenceRules {
  static func broadcast(_ step: inout InferenceStep) throws(ONNXError) {
    step.give(step.input(0).elementType ?? step.inputs.lazy.compactMap(\.elementType).first, try broadcastShape(step))
    integerArithmetic(&step)
  }

  static func comparison(_ step: inout InferenceStep) throws(ONNXError) {
    step.give(.bool, try broadcastShape(step))
    integerArithmetic(&step)
  }

  static func choice(_ step: inout InferenceStep) throws(ONNXError) {
    step.give(step.input(1).elementType ?? step.input(2).elementType, try broadcastShape(step))
    integerChoice(&step)
  }

  private static func broadcastShape(_ step: InferenceStep) throws(ONNXError) -> [Dimension?]? {
    guard var shape = step.input(0).dimensions else { return nil }
    for other in step.inputs.dropFirst() {
      guard let dimensions = other.dimensions else { return nil }
      shape = try broadcast(shape, dimensions, step)
    }
    return shape
  }

  /// NumPy's broadcasting of two shapes.
  static func broadcast(
    _ one: [Dimension?], _ other: [Dimension?], _ step: InferenceStep
  ) throws(ONNXError) -> [Dimension?] {
    let rank = max(one.count, other.count)
    var result: [Dimension?] = []
    for position in 0..<rank {
      let left = position - (rank - one.count)
      let right = position - (rank - other.count)
      let a: Dimension? = left < 0 ? .fixed(1) : one[left]
      let b: Dimension? = right < 0 ? .fixed(1) : other[right]
      result.append(try broadcast(a, b, step))
    }
    return result
  }

  private static func broadcast(
    _ a: Dimension?, _ b: Dimension?, _ step: InferenceStep
  ) throws(ONNXError) -> Dimension? {
    switch (a, b) {
    case (.fixed(1)?, _): return b
    case (_, .fixed(1)?): return a
    case (.fixed(let one)?, .fixed(let other)?):
      guard one == other else { throw step.mismatch("extents \(one) and \(other) can't be broadcast to each other") }
      return a
    case (.fixed?, _): return a
    case (_, .fixed?): return b
    default: return a == b ? a : nil
    }
  }

  static func gemm(_ step: inout InferenceStep) throws(ONNXError) {
    guard let a = step.input(0).dimensions, let b = step.input(1).dimensions else {
      return step.give(step.input(0).elementType, nil)
    }
    guard a.count == 2, b.count == 2 else { throw step.mismatch("both factors need rank 2") }
    let isATransposed = step.int("transA", default: 0) != 0
    let isBTransposed = step.int("transB", default: 0) != 0
    let (rows, inner) = isATransposed ? (a[1], a[0]) : (a[0], a[1])
    let (otherInner, columns) = isBTransposed ? (b[1], b[0]) : (b[0], b[1])
    try requireEqual(inner, otherInner, step)
    if step.has(2), let bias = step.input(2).dimensions {
      let shape = try broadcast([rows, columns], bias, step)
      guard shape.count == 2, columns?.extent == nil || shape[1]?.extent == columns?.extent else {
        throw step.mismatch("the bias can't be broadcast to the product")
      }
    }
    step.give(step.input(0).elementType, [rows, columns])
  }

  static func matMul(_ step: inout InferenceStep, factor position: Int = 1) throws(ONNXError) {
    // On integers the result's type is the schema's, not that of a factor.
    let elementType = step.node.operatorType == "MatMul" ? step.input(0).elementType : nil
    guard var a = step.input(0).dimensions, var b = step.input(position).dimensions else {
      return step.give(elementType, nil)
    }
    guard !a.isEmpty, !b.isEmpty else { throw step.mismatch("a factor is a scalar") }
    let (isRow, isColumn) = (a.count == 1, b.count == 1)
    if isRow { a.insert(.fixed(1), at: 0) }
    if isColumn { b.append(.fixed(1)) }
    try requireEqual(a[a.count - 1], b[b.count - 2], step)
    var shape = try broadcast(Array(a.dropLast(2)), Array(b.dropLast(2)), step)
    if !isRow { shape.append(a[a.count - 2]) }
    if !isColumn { shape.append(b[b.count - 1]) }
    step.give(elementType, shape)
  }

  private static func requireEqual(_ a: Dimension?, _ b: Dimension?, _ step: InferenceStep) throws(ONNXError) {
    guard let one = a?.extent, let other = b?.extent, one != other else { return }
    throw step.mismatch("the inner extents \(one) and \(other) of the product differ")
  }
}
