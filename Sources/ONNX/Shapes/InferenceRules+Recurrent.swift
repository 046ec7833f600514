// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors

extension InferenceRules {
  /// `LSTM`, `GRU` and `RNN`. The weight of the recurrence has the shape [directions, gates · hidden, hidden].
  static func recurrent(_ step: inout InferenceStep) throws(ONNXError) {
    let elementType = step.input(0).elementType
    guard let data = step.input(0).dimensions, let weight = step.input(2).dimensions else {
      return step.give(elementType, nil)
    }
    guard data.count == 3, weight.count == 3 else {
      throw step.mismatch("the data have rank \(data.count) and the weight of the recurrence has rank \(weight.count)")
    }
    let (directions, hidden) = (weight[0], weight[2])
    let isBatchFirst = step.int("layout", default: 0) != 0
    let (sequence, batch) = isBatchFirst ? (data[1], data[0]) : (data[0], data[1])
    let state = isBatchFirst ? [batch, directions, hidden] : [directions, batch, hidden]
    step.give(
      elementType,
      isBatchFirst ? [batch, sequence, directions, hidden] : [sequence, directions, batch, hidden])
    for output in 1..<max(step.node.outputs.count, 1) { step.give(elementType, state, output: output) }
  }

  static func einsum(_ step: inout InferenceStep) throws(ONNXError) {
    let elementType = step.input(0).elementType
    guard let equation = step.string("equation").flatMap(EinsumEquation.init),
      equation.operands.count == step.inputs.count
    else { return step.give(elementType, nil) }
    var extents: [Character: Dimension] = [:]
    for (operand, input) in zip(equation.operands, step.inputs) {
      guard let dimensions = input.dimensions else { return step.give(elementType, nil) }
      guard dimensions.count == operand.count else {
        throw step.mismatch("an input of rank \(dimensions.count) has the subscripts '\(String(operand))'")
      }
      for (letter, dimension) in zip(operand, dimensions) {
        let known = extents[letter]
        if let one = known?.extent, let two = dimension?.extent, one != two, one != 1, two != 1 {
          throw step.mismatch("the subscript '\(letter)' has the extents \(one) and \(two)")
        }
        if known?.extent ?? 1 == 1, let dimension { extents[letter] = dimension }
      }
    }
    step.give(elementType, equation.result.map { extents[$0] })
  }
}

/// The subscripts of `Einsum` without an ellipsis.
struct EinsumEquation {
  let operands: [[Character]]
  let result: [Character]

  /// `nil` if the text has an ellipsis or is not understood.
  init?(_ text: String) {
    let text = text.filter { !$0.isWhitespace }
    let arrow = text.firstRange(of: "->")
    let left = arrow.map { text[..<$0.lowerBound] } ?? text[...]
    operands = left.split(separator: ",", omittingEmptySubsequences: false).map { Array($0) }
    let letters = operands.flatMap(\.self)
    guard letters.allSatisfy(\.isLetter) else { return nil }
    if let arrow {
      result = Array(text[arrow.upperBound...])
    } else {
      // Without an arrow the result has the letters that appear once, in alphabetical order.
      var counts: [Character: Int] = [:]
      for letter in letters { counts[letter, default: 0] += 1 }
      result = counts.filter { $0.value == 1 }.keys.sorted()
    }
    guard result.allSatisfy({ letters.contains($0) }) else { return nil }
  }

  /// The number of products: the extents of all subscripts multiplied.
  func products(_ shapes: [[Int]]) -> Int? {
    var extents: [Character: Int] = [:]
    for (operand, shape) in zip(operands, shapes) {
      guard operand.count == shape.count else { return nil }
      for (letter, extent) in zip(operand, shape) { extents[letter] = max(extents[letter] ?? 0, extent) }
    }
    var result: Int? = 1
    for extent in extents.values { result = result?.times(extent) }
    return result
  }
}
