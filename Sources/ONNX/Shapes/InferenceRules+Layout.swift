// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors

extension InferenceRules {
  static func flatten(_ step: inout InferenceStep) throws(ONNXError) {
    guard let data = step.input(0).dimensions else { return step.give(step.input(0).elementType, [nil, nil]) }
    let axis = step.int("axis", default: 1)
    let front = axis < 0 ? axis.plus(data.count) ?? -1 : axis
    guard front >= 0, front <= data.count else { throw step.mismatch("the axis \(axis) lies outside the data") }
    step.give(step.input(0).elementType, [product(data[..<front]), product(data[front...])])
  }

  static func transpose(_ step: inout InferenceStep) throws(ONNXError) {
    guard let data = step.input(0).dimensions else { return step.give(step.input(0).elementType, nil) }
    let order = step.ints("perm") ?? Array(data.indices.reversed())
    guard order.sorted() == Array(data.indices) else {
      throw step.mismatch("perm \(order) is not an order of the data's \(data.count) axes")
    }
    step.give(step.input(0).elementType, order.map { data[$0] })
    guard order == [1, 0], let values = step.elements(0), let shape = step.input(0).fixedShape,
      shape[0].times(shape[1]) == values.count
    else { return }
    step.outputIntegers = (0..<shape[1]).flatMap { column in (0..<shape[0]).map { values[$0 * shape[1] + column] } }
  }

  static func reshape(_ step: inout InferenceStep) throws(ONNXError) {
    let elementType = step.input(0).elementType
    guard let target = step.elements(1) ?? step.ints("shape").map({ $0.map { .fixed($0) } }) else {
      let rank = step.input(1).fixedShape.flatMap { $0.count == 1 && $0[0] <= 64 ? max($0[0], 0) : nil }
      return step.give(elementType, rank.map { Array(repeating: nil, count: $0) })
    }
    guard target.allSatisfy({ $0?.extent ?? 0 >= -1 }), target.filter({ $0 == .fixed(-1) }).count <= 1 else {
      throw step.mismatch("the target shape \(target) is not valid")
    }
    let data = step.input(0).dimensions
    let copiesZero = step.int("allowzero", default: 0) == 0
    var shape: [Dimension?] = []
    for (axis, element) in target.enumerated() {
      switch element {
      case .fixed(-1)?: shape.append(nil)
      case .fixed(0)? where copiesZero:
        guard axis < data?.count ?? .max else {
          throw step.mismatch("the target shape \(target) copies an axis that is not there")
        }
        shape.append(data?[axis])
      default: shape.append(element)
      }
    }
    if let data { try complete(&shape, of: target, from: data, step) }
    step.give(elementType, shape)
    step.outputIntegers = step.elements(0)
  }

  /// Fills in the axis that is to hold the rest, and checks the number of elements.
  private static func complete(
    _ shape: inout [Dimension?], of target: [Dimension?], from data: [Dimension?], _ step: InferenceStep
  ) throws(ONNXError) {
    let rest = target.firstIndex(of: .fixed(-1))
    // Equal symbols on both sides cancel, so a batch of unknown size does not hide the other axes.
    var before = data
    var after = shape.enumerated().filter { $0.offset != rest }.map(\.element)
    for symbol in after where symbol != nil && symbol?.extent == nil {
      guard let left = before.firstIndex(of: symbol), let right = after.firstIndex(of: symbol) else { continue }
      before.remove(at: left)
      after.remove(at: right)
    }
    guard case .fixed(let total)? = product(before), case .fixed(let known)? = product(after) else {
      if let rest, case .fixed(1)? = product(after) { shape[rest] = product(before) }
      return
    }
    guard let rest else {
      guard total == known else { throw step.mismatch("\(total) elements can't take the shape \(target)") }
      return
    }
    guard known > 0 else { return }
    guard total % known == 0 else { throw step.mismatch("\(total) elements can't take the shape \(target)") }
    shape[rest] = .fixed(total / known)
  }

  static func concat(_ step: inout InferenceStep) throws(ONNXError) {
    let elementType = step.inputs.lazy.compactMap(\.elementType).first
    guard let first = step.input(0).dimensions else { return step.give(elementType, nil) }
    let axis = try step.axis(step.int("axis", default: 1), rank: first.count)
    var shape = first
    for other in step.inputs.dropFirst() {
      guard let dimensions = other.dimensions else { return step.give(elementType, nil) }
      guard dimensions.count == first.count else { throw step.mismatch("the inputs have different ranks") }
      for index in shape.indices where index != axis {
        if let one = shape[index]?.extent, let two = dimensions[index]?.extent, one != two {
          throw step.mismatch("the inputs have extents \(one) and \(two) along axis \(index)")
        }
        if shape[index]?.extent == nil, dimensions[index]?.extent != nil { shape[index] = dimensions[index] }
      }
      if let one = shape[axis]?.extent, let two = dimensions[axis]?.extent {
        shape[axis] = one.plus(two).map { .fixed($0) }
      } else {
        shape[axis] = nil
      }
    }
    step.give(elementType, shape)
    let parts = step.node.inputs.indices.compactMap { step.elements($0) }
    if parts.count == step.node.inputs.count, first.count == 1 { step.outputIntegers = parts.flatMap(\.self) }
  }

  static func squeeze(_ step: inout InferenceStep) throws(ONNXError) {
    let elementType = step.input(0).elementType
    guard let data = step.input(0).dimensions else { return step.give(elementType, nil) }
    let axes: [Int]
    if let given = step.has(1) ? step.values(1) : step.ints("axes") {
      axes = given
    } else if step.has(1) || data.contains(where: { $0?.extent == nil }) {
      return step.give(elementType, nil)
    } else {
      axes = data.indices.filter { data[$0]?.extent == 1 }
    }
    var removed: Set<Int> = []
    for axis in axes {
      let front = try step.axis(axis, rank: data.count)
      guard data[front]?.extent ?? 1 == 1 else { throw step.mismatch("axis \(axis) has an extent other than 1") }
      removed.insert(front)
    }
    step.give(elementType, data.indices.filter { !removed.contains($0) }.map { data[$0] })
    step.outputIntegers = step.elements(0)
  }

  static func unsqueeze(_ step: inout InferenceStep) throws(ONNXError) {
    let elementType = step.input(0).elementType
    guard let data = step.input(0).dimensions, let axes = step.has(1) ? step.values(1) : step.ints("axes") else {
      return step.give(elementType, nil)
    }
    var inserted: Set<Int> = []
    for axis in axes { inserted.insert(try step.axis(axis, rank: data.count + axes.count)) }
    guard inserted.count == axes.count else { throw step.mismatch("an axis appears twice in \(axes)") }
    var rest = data[...]
    step.give(
      elementType,
      (0..<data.count + axes.count).map { inserted.contains($0) ? .fixed(1) : rest.popFirst() ?? nil })
    step.outputIntegers = step.elements(0)
  }

  static func pad(_ step: inout InferenceStep) throws(ONNXError) {
    let elementType = step.input(0).elementType
    guard let data = step.input(0).dimensions else { return step.give(elementType, nil) }
    let pads = step.has(1) ? step.values(1) : step.ints("pads") ?? step.ints("paddings")
    let axes = step.has(3) ? step.values(3) : Array(data.indices)
    guard let pads, let axes else { return step.give(elementType, Array(repeating: nil, count: data.count)) }
    guard pads.count == 2 * axes.count else {
      throw step.mismatch("there are \(pads.count) pads for \(axes.count) axes")
    }
    var shape = data
    for (index, axis) in axes.enumerated() {
      let front = try step.axis(axis, rank: data.count)
      guard let extent = data[front]?.extent else { continue }
      guard let padded = extent.plus(pads[index])?.plus(pads[index + axes.count]), padded >= 0 else {
        throw step.mismatch("the pads \(pads) leave nothing of the extent \(extent)")
      }
      shape[front] = .fixed(padded)
    }
    step.give(elementType, shape)
  }

  static func gather(_ step: inout InferenceStep) throws(ONNXError) {
    let elementType = step.input(0).elementType
    guard let data = step.input(0).dimensions, let indices = step.input(1).dimensions else {
      return step.give(elementType, nil)
    }
    let axis = try step.axis(step.int("axis", default: 0), rank: data.count)
    step.give(elementType, data[..<axis] + indices + data[(axis + 1)...])
    guard data.count == 1, let values = step.elements(0), let places = step.values(1) else { return }
    let fronts = places.map { $0 < 0 ? $0.plus(values.count) ?? -1 : $0 }
    guard let outside = fronts.first(where: { !values.indices.contains($0) }) else {
      step.outputIntegers = fronts.map { values[$0] }
      return
    }
    throw step.mismatch("the index \(outside) lies outside \(values.count) elements")
  }

  static func reduction(_ step: inout InferenceStep) throws(ONNXError) {
    let elementType = step.input(0).elementType
    guard let data = step.input(0).dimensions else { return step.give(elementType, nil) }
    let keepsAxes = step.int("keepdims", default: 1) != 0
    let given = step.has(1) ? step.values(1) : step.ints("axes") ?? []
    guard let given else {
      return step.give(elementType, keepsAxes ? Array(repeating: nil, count: data.count) : nil)
    }
    if given.isEmpty, step.int("noop_with_empty_axes", default: 0) != 0 { return step.give(elementType, data) }
    var reduced: Set<Int> = []
    for axis in given { reduced.insert(try step.axis(axis, rank: data.count)) }
    if given.isEmpty { reduced = Set(data.indices) }
    let shape = data.indices.compactMap { index -> Dimension?? in
      guard reduced.contains(index) else { return .some(data[index]) }
      return keepsAxes ? .some(.fixed(1)) : nil
    }
    step.give(elementType, shape)
    integerReduction(&step)
  }
}
