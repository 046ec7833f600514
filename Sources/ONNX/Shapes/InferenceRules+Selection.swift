// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors

/// Operators that pick elements or parts.
extension InferenceRules {
  static func slice(_ step: inout InferenceStep) throws(ONNXError) {
    let elementType = step.input(0).elementType
    guard let data = step.input(0).dimensions else { return step.give(elementType, nil) }
    let isListed = !step.has(1)
    let starts = isListed ? step.ints("starts") : step.values(1)
    let ends = isListed ? step.ints("ends") : step.values(2)
    let axes = isListed ? step.ints("axes") : step.has(3) ? step.values(3) : nil
    let steps = step.has(4) ? step.values(4) : nil
    guard let starts, let ends, axes != nil || !step.has(3), steps != nil || !step.has(4) else {
      return step.give(elementType, Array(repeating: nil, count: data.count))
    }
    let used = axes ?? Array(starts.indices)
    guard ends.count == starts.count, used.count == starts.count, steps?.count ?? starts.count == starts.count else {
      throw step.mismatch("starts, ends, axes and steps are not equally many")
    }
    var shape = data
    for (index, axis) in used.enumerated() {
      let front = try step.axis(axis, rank: data.count)
      let stride = steps?[index] ?? 1
      guard stride != 0 else { throw step.mismatch("a step of a slice is 0") }
      guard let extent = data[front]?.extent else {
        let isWhole = starts[index] == 0 && stride == 1 && ends[index] >= Int(Int32.max)
        if !isWhole { shape[front] = nil }
        continue
      }
      shape[front] = .fixed(range(starts[index], ends[index], stride, extent).count)
    }
    step.give(elementType, shape)
    // Rows of a short table, or elements of a short list.
    guard used.count == 1, used[0] == 0 || used[0] == -data.count, let values = step.elements(0),
      let extents = step.input(0).fixedShape, let rows = extents.first, rows > 0, values.count % rows == 0
    else { return }
    let width = values.count / rows
    step.outputIntegers = range(starts[0], ends[0], steps?[0] ?? 1, rows)
      .map { values[$0 * width..<($0 + 1) * width] }.flatMap(\.self)
  }

  /// The places that a slice takes of an axis.
  private static func range(_ start: Int, _ end: Int, _ stride: Int, _ extent: Int) -> Places {
    func front(_ place: Int, _ bounds: ClosedRange<Int>) -> Int {
      let front = place < 0 ? place.plus(extent) ?? bounds.lowerBound : place
      return min(max(front, bounds.lowerBound), bounds.upperBound)
    }
    if stride > 0 {
      return Places(from: front(start, 0...extent), to: front(end, 0...extent), by: stride)
    }
    return Places(from: front(start, -1...max(extent - 1, -1)), to: front(end, -1...max(extent - 1, -1)), by: stride)
  }

  static func split(_ step: inout InferenceStep) throws(ONNXError) {
    let elementType = step.input(0).elementType
    let outputs = step.node.outputs.count
    guard let data = step.input(0).dimensions else {
      for output in 0..<outputs { step.give(elementType, nil, output: output) }
      return
    }
    let axis = try step.axis(step.int("axis", default: 0), rank: data.count)
    let sizes = step.has(1) ? step.values(1) : step.ints("split")
    for output in 0..<outputs {
      var shape = data
      if let sizes {
        guard sizes.count == outputs else { throw step.mismatch("it splits into \(sizes.count) parts, not \(outputs)") }
        shape[axis] = sizes[output] < 0 ? nil : .fixed(sizes[output])
      } else if !step.has(1), let extent = data[axis]?.extent, let padded = extent.plus(outputs - 1) {
        let part = padded / outputs
        let rest = extent - min(extent, part * (outputs - 1))
        shape[axis] = .fixed(output == outputs - 1 ? rest : part)
      } else {
        shape[axis] = nil
      }
      step.give(elementType, shape, output: output)
    }
  }

  static func topK(_ step: inout InferenceStep) throws(ONNXError) {
    var shape = step.input(0).dimensions
    if let data = shape {
      let axis = try step.axis(step.int("axis", default: -1), rank: data.count)
      let count = step.has(1) ? step.values(1)?.first : step.ints("k")?.first
      shape?[axis] = count.flatMap { $0 >= 0 ? .fixed($0) : nil }
    }
    step.give(step.input(0).elementType, shape)
    step.give(.int64, shape, output: 1)
  }

  static func argumentOfExtremum(_ step: inout InferenceStep) throws(ONNXError) {
    guard var shape = step.input(0).dimensions else { return step.give(.int64, nil) }
    let axis = try step.axis(step.int("axis", default: 0), rank: shape.count)
    if step.int("keepdims", default: 1) != 0 { shape[axis] = .fixed(1) } else { shape.remove(at: axis) }
    step.give(.int64, shape)
  }

  static func gatherElements(_ step: inout InferenceStep) {
    step.give(step.input(0).elementType, step.input(1).dimensions)
  }

  static func gatherND(_ step: inout InferenceStep) throws(ONNXError) {
    let elementType = step.input(0).elementType
    guard let data = step.input(0).dimensions, let indices = step.input(1).dimensions,
      let depth = indices.last??.extent
    else { return step.give(elementType, nil) }
    let batch = step.int("batch_dims", default: 0)
    guard batch >= 0, batch <= data.count, let used = batch.plus(depth), used <= data.count else {
      throw step.mismatch("the indices reach deeper than the data's rank \(data.count)")
    }
    step.give(elementType, indices.dropLast() + data[used...])
  }

  static func oneHot(_ step: inout InferenceStep) throws(ONNXError) {
    guard var shape = step.input(0).dimensions else { return step.give(step.input(2).elementType, nil) }
    let axis = try step.axis(step.int("axis", default: -1), rank: shape.count + 1)
    shape.insert(step.values(1)?.first.flatMap { $0 >= 0 ? .fixed($0) : nil }, at: axis)
    step.give(step.input(2).elementType, shape)
  }

  static func nonZero(_ step: inout InferenceStep) {
    step.give(.int64, [step.input(0).rank.map { .fixed($0) }, nil])
  }
}

/// The places that a slice takes along an axis, from the first to before the last.
private struct Places {
  let start: Int
  let stride: Int
  let count: Int

  init(from start: Int, to end: Int, by stride: Int) {
    self.start = start
    self.stride = stride
    // The ends lie within an axis, but a stride may be any number.
    let distance = stride > 0 ? end - start : start - end
    let width = stride.magnitude > UInt(Int.max) ? Int.max : abs(stride)
    count = distance <= 0 ? 0 : (distance - 1) / width + 1
  }

  func map<Element>(_ transform: (Int) -> Element) -> [Element] {
    (0..<count).map { transform(start + $0 * stride) }
  }
}
