// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors

/// Operators whose result's shape stands in an input or an attribute.
extension InferenceRules {
  static func constantOfShape(_ step: inout InferenceStep) {
    let value: Tensor?
    if case .tensor(let tensor)? = step.node.attributes["value"] { value = tensor } else { value = nil }
    let elementType = value?.elementType ?? .float32
    step.give(elementType, extents(step, 0))
    guard let value, let integer = ShapeInference.integers(value)?.first,
      let shape = step.outputs[0]?.fixedShape, shape.count <= 1, shape.first ?? 1 <= ShapeInference.mostIntegers
    else { return }
    step.outputIntegers = Array(repeating: integer, count: shape.first ?? 1)
  }

  /// A shape that an input holds, or as many unknown extents as it has elements.
  private static func extents(_ step: InferenceStep, _ input: Int) -> [Dimension?]? {
    if let elements = step.elements(input) {
      return elements.map { $0?.extent ?? 0 >= 0 ? $0 : nil }
    }
    let rank = step.input(input).fixedShape.flatMap { $0.count == 1 && $0[0] <= 64 ? $0[0] : nil }
    return rank.map { Array(repeating: nil, count: $0) }
  }

  static func expand(_ step: inout InferenceStep) throws(ONNXError) {
    guard let data = step.input(0).dimensions, let target = extents(step, 1) else {
      return step.give(step.input(0).elementType, nil)
    }
    step.give(step.input(0).elementType, try broadcast(data, target, step))
    if data.count <= 1, let values = step.elements(0), let shape = step.outputs[0]?.fixedShape, shape.count == 1,
      shape[0] <= ShapeInference.mostIntegers, values.count == 1 || values.count == shape[0]
    {
      step.outputIntegers = values.count == shape[0] ? values : Array(repeating: values[0], count: shape[0])
    }
  }

  static func tile(_ step: inout InferenceStep) throws(ONNXError) {
    let elementType = step.input(0).elementType
    guard let data = step.input(0).dimensions else { return step.give(elementType, nil) }
    guard let repeats = step.values(1) else {
      return step.give(elementType, Array(repeating: nil, count: data.count))
    }
    guard repeats.count == data.count else { throw step.mismatch("there are \(repeats.count) repeats") }
    step.give(elementType, zip(data, repeats).map { $1 < 0 ? nil : product([$0, .fixed($1)]) })
  }

  static func range(_ step: inout InferenceStep) {
    let elementType = step.input(0).elementType
    guard let start = step.values(0)?.first, let limit = step.values(1)?.first, let delta = step.values(2)?.first,
      delta != 0, let distance = limit.minus(start), let count = distance.dividedRoundingUp(by: delta)
    else { return step.give(elementType, [nil]) }
    step.give(elementType, [.fixed(max(count, 0))])
    guard count > 0, count <= ShapeInference.mostIntegers else { return }
    step.outputIntegers = (0..<count).map { index in delta.times(index)?.plus(start).map { .fixed($0) } }
  }

  static func size(_ step: inout InferenceStep) {
    step.give(.int64, [])
    guard let count = step.input(0).dimensions.flatMap({ product($0) }) else { return }
    step.outputIntegers = [count]
  }

  static func random(_ step: inout InferenceStep) {
    step.give(nil, step.ints("shape").map { $0.map { $0 < 0 ? nil : .fixed($0) } })
  }

  /// The shape of the first input; the element type is the schema's or an attribute's.
  static func shapedLikeFirst(_ step: inout InferenceStep) { step.give(nil, step.input(0).dimensions) }

  static func resize(_ step: inout InferenceStep) {
    let elementType = step.input(0).elementType
    guard let data = step.input(0).dimensions else { return step.give(elementType, nil) }
    let (scalesInput, sizesInput) = step.node.operatorType == "Upsample" || step.opset < 11 ? (1, -1) : (2, 3)
    let axes = (step.ints("axes") ?? Array(data.indices)).map { $0 < 0 ? $0.plus(data.count) ?? -1 : $0 }
    guard axes.allSatisfy(data.indices.contains), Set(axes).count == axes.count else {
      return step.give(elementType, Array(repeating: nil, count: data.count))
    }
    var shape = data
    let sizes = sizesInput > 0 && step.has(sizesInput) ? step.elements(sizesInput) : nil
    let scales = step.numbers(scalesInput) ?? step.floats("scales")
    let keepsRatio = ["not_larger", "not_smaller"].contains(step.string("keep_aspect_ratio_policy") ?? "")
    for (index, axis) in axes.enumerated() {
      if let sizes, index < sizes.count, !keepsRatio {
        shape[axis] = sizes[index]?.extent ?? 0 < 0 ? nil : sizes[index]
      } else if let scales, index < scales.count, let extent = data[axis]?.extent {
        shape[axis] = Int(exactly: (Double(extent) * Double(scales[index])).rounded(.down)).map { .fixed($0) }
      } else if let scales, index < scales.count, scales[index] == 1 {
        continue
      } else {
        shape[axis] = nil
      }
    }
    step.give(elementType, shape)
  }

  static func depthToSpace(_ step: inout InferenceStep) throws(ONNXError) {
    let elementType = step.input(0).elementType
    guard let data = step.input(0).dimensions else { return step.give(elementType, nil) }
    let block = step.int("blocksize", default: 0)
    guard data.count == 4, block > 0, let area = block.times(block) else {
      throw step.mismatch("the data have rank \(data.count), or the block size is \(block)")
    }
    let isToSpace = step.node.operatorType == "DepthToSpace"
    func scaled(_ dimension: Dimension?, by factor: Int, up: Bool) -> Dimension? {
      guard let extent = dimension?.extent else { return nil }
      return up ? extent.times(factor).map { .fixed($0) } : .fixed(extent / factor)
    }
    step.give(
      elementType,
      [data[0], scaled(data[1], by: area, up: !isToSpace)] + data[2...].map { scaled($0, by: block, up: isToSpace) })
  }
}

extension Int {
  /// The quotient, rounded towards positive infinity; `nil` if it overflows.
  func dividedRoundingUp(by other: Int) -> Int? {
    let (quotient, overflow) = dividedReportingOverflow(by: other)
    guard !overflow else { return nil }
    let rest = self - quotient * other
    return rest != 0 && (rest > 0) == (other > 0) ? quotient.plus(1) : quotient
  }
}
