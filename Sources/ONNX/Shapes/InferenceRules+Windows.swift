// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors

extension InferenceRules {
  static func convolution(_ step: inout InferenceStep, weight position: Int = 1) throws(ONNXError) {
    // On integers the result's type is the schema's, not the data's.
    let elementType = step.node.operatorType == "Conv" ? step.input(0).elementType : nil
    guard let data = step.input(0).dimensions, let weight = step.input(position).dimensions else {
      return step.give(elementType, nil)
    }
    guard data.count >= 3, weight.count == data.count else {
      throw step.mismatch("the data have rank \(data.count) and the weight has rank \(weight.count)")
    }
    try requireChannels(data[1], weight, step)
    let kernel = step.ints("kernel_shape").map { $0.map { Dimension?.some(.fixed($0)) } } ?? Array(weight[2...])
    for (given, found) in zip(kernel, weight[2...]) {
      guard let given = given?.extent, let found = found?.extent, given != found else { continue }
      throw step.mismatch("the attribute kernel_shape differs from the weight's shape")
    }
    let window = try Window(kernel: kernel, spatialRank: data.count - 2, step)
    step.give(elementType, [data[0], weight[0]] + (try window.slide(over: Array(data[2...]), step)))
  }

  private static func requireChannels(
    _ channels: Dimension?, _ weight: [Dimension?], _ step: InferenceStep
  ) throws(ONNXError) {
    let groups = step.int("group", default: 1)
    guard groups >= 1 else { throw step.mismatch("the number of groups is \(groups)") }
    if let outputs = weight[0]?.extent, outputs % groups != 0 {
      throw step.mismatch("\(outputs) output channels can't be split into \(groups) groups")
    }
    guard let given = channels?.extent, let perGroup = weight[1]?.extent, perGroup.times(groups) != given else {
      return
    }
    throw step.mismatch("the data have \(given) channels, and the weight needs \(groups) times \(perGroup)")
  }

  static func transposedConvolution(_ step: inout InferenceStep) throws(ONNXError) {
    let elementType = step.input(0).elementType
    guard let data = step.input(0).dimensions, let weight = step.input(1).dimensions else {
      return step.give(elementType, nil)
    }
    guard data.count >= 3, weight.count == data.count else {
      throw step.mismatch("the data have rank \(data.count) and the weight has rank \(weight.count)")
    }
    let groups = step.int("group", default: 1)
    guard groups >= 1 else { throw step.mismatch("the number of groups is \(groups)") }
    let channels: Dimension? = weight[1]?.extent.flatMap { $0.times(groups) }.map { .fixed($0) }
    let kernel = step.ints("kernel_shape").map { $0.map { Dimension?.some(.fixed($0)) } } ?? Array(weight[2...])
    let window = try Window(kernel: kernel, spatialRank: data.count - 2, step)
    step.give(elementType, [data[0], channels] + (try window.spread(over: Array(data[2...]), step)))
  }

  static func pooling(_ step: inout InferenceStep) throws(ONNXError) {
    let elementType = step.input(0).elementType
    guard let data = step.input(0).dimensions else { return step.give(elementType, nil) }
    guard data.count >= 3, let kernel = step.ints("kernel_shape") else {
      throw step.mismatch("the data have rank \(data.count), or there is no kernel_shape")
    }
    let window = try Window(kernel: kernel.map { .fixed($0) }, spatialRank: data.count - 2, step)
    let shape = [data[0], data[1]] + (try window.slide(over: Array(data[2...]), step))
    step.give(elementType, shape)
    if step.node.outputs.count > 1 { step.give(.int64, shape, output: 1) }
  }

  static func globalPooling(_ step: inout InferenceStep) throws(ONNXError) {
    guard let data = step.input(0).dimensions else { return step.give(step.input(0).elementType, nil) }
    guard data.count >= 2 else { throw step.mismatch("the data have rank \(data.count)") }
    step.give(step.input(0).elementType, data.prefix(2) + Array(repeating: .fixed(1), count: data.count - 2))
  }
}

/// The window that a convolution or a pooling moves over its input.
private struct Window {
  enum Padding { case explicit, same, none }

  let kernel: [Dimension?]
  let strides: [Int]
  let dilations: [Int]
  /// Begins of all axes, then ends of all axes.
  let pads: [Int]
  let padding: Padding
  let roundsUp: Bool

  init(kernel: [Dimension?], spatialRank: Int, _ step: InferenceStep) throws(ONNXError) {
    self.kernel = kernel
    strides = step.ints("strides") ?? Array(repeating: 1, count: spatialRank)
    dilations = step.ints("dilations") ?? Array(repeating: 1, count: spatialRank)
    pads = step.ints("pads") ?? Array(repeating: 0, count: 2 * spatialRank)
    roundsUp = step.int("ceil_mode", default: 0) != 0
    switch step.string("auto_pad") ?? "NOTSET" {
    case "SAME_UPPER", "SAME_LOWER": padding = .same
    case "VALID": padding = .none
    default: padding = .explicit
    }
    guard kernel.count == spatialRank, strides.count == spatialRank, dilations.count == spatialRank,
      pads.count == 2 * spatialRank
    else {
      throw step.mismatch("kernel, strides, dilations or pads are not as many as the \(spatialRank) spatial axes")
    }
    guard kernel.allSatisfy({ ($0?.extent ?? 1) > 0 }), (strides + dilations).allSatisfy({ $0 > 0 }) else {
      throw step.mismatch("kernel, strides and dilations must be positive")
    }
  }

  func slide(over extents: [Dimension?], _ step: InferenceStep) throws(ONNXError) -> [Dimension?] {
    var result: [Dimension?] = []
    for (axis, dimension) in extents.enumerated() {
      guard let extent = dimension?.extent, let kernel = kernel[axis]?.extent else {
        result.append(nil)
        continue
      }
      guard let positions = positions(extent, kernel, axis), positions > 0 else {
        throw step.mismatch("the window does not fit into the extent \(extent) of spatial axis \(axis)")
      }
      result.append(.fixed(positions))
    }
    return result
  }

  /// The extents of what a transposed convolution makes of these.
  func spread(over extents: [Dimension?], _ step: InferenceStep) throws(ONNXError) -> [Dimension?] {
    if let shape = step.ints("output_shape") {
      guard shape.count == extents.count, shape.allSatisfy({ $0 > 0 }) else {
        throw step.mismatch("output_shape does not name the \(extents.count) spatial axes")
      }
      return shape.map { .fixed($0) }
    }
    let further = step.ints("output_padding") ?? Array(repeating: 0, count: strides.count)
    guard further.count == strides.count else { throw step.mismatch("output_padding is not for each spatial axis") }
    var result: [Dimension?] = []
    for (axis, dimension) in extents.enumerated() {
      guard let extent = dimension?.extent, let kernel = kernel[axis]?.extent else {
        result.append(nil)
        continue
      }
      let grown: Int?
      if padding == .same {
        grown = extent.times(strides[axis])
      } else {
        let cut = padding == .none ? 0 : pads[axis].plus(pads[axis + strides.count])
        let span = (kernel - 1).times(dilations[axis])?.plus(1)
        grown = (extent - 1).times(strides[axis]).flatMap { start in span.flatMap { start.plus($0) } }?
          .plus(further[axis]).flatMap { full in cut.flatMap { full.minus($0) } }
      }
      guard let grown, grown > 0 else { throw step.mismatch("the result has no extent on spatial axis \(axis)") }
      result.append(.fixed(grown))
    }
    return result
  }

  private func positions(_ extent: Int, _ kernel: Int, _ axis: Int) -> Int? {
    let stride = strides[axis]
    if padding == .same { return extent.plus(stride - 1).map { $0 / stride } }
    let (begin, end) = padding == .none ? (0, 0) : (pads[axis], pads[axis + strides.count])
    guard let span = (kernel - 1).times(dilations[axis])?.plus(1),
      let padded = extent.plus(begin)?.plus(end), let room = padded.minus(span), room >= 0
    else { return nil }
    guard roundsUp else { return room / stride + 1 }
    guard let rounded = room.plus(stride - 1), let count = (rounded / stride).plus(1),
      let lastStart = (count - 1).times(stride), let inside = extent.plus(begin)
    else { return nil }
    // The last window must begin inside the data or their front padding.
    return lastStart >= inside ? count - 1 : count
  }
}
