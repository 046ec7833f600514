// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Tensors

extension ONNXRuntimeModel {
  /// The inputs of a session over `shapes`: each port's element type with the shape that was given.
  /// - Throws: `GalleyError` if a shape doesn't fit, or if an input is no tensor of numbers.
  func boundInputs(_ shapes: [[Int]]) throws(GalleyError) -> [(elementType: ElementType, shape: [Int])] {
    guard shapes.count == inputPorts.count else {
      throw refusal("\(shapes.count) shapes were given for \(inputPorts.count) inputs")
    }
    var bound: [(ElementType, [Int])] = []
    for (port, shape) in zip(inputPorts, shapes) {
      guard case .tensor(let elementType, _) = port.spec.kind else {
        throw refusal(
          "input '\(port.spec.name)' is \(ONNXRuntimeWords.of(port.spec.kind)), and a session takes tensors of numbers")
      }
      guard port.accepts(shape) else { throw refusal(port.refusal(of: shape)) }
      bound.append((elementType, shape))
    }
    return bound
  }

  /// The size that the given shapes give to each named open dimension.
  func openDimensions(_ shapes: [[Int]]) throws(GalleyError) -> [String: Int] {
    var sizes: [String: Int] = [:]
    for (port, shape) in zip(inputPorts, shapes) {
      for (name, extent) in zip(port.dimensionNames, shape) where !name.isEmpty {
        if let other = sizes.updateValue(extent, forKey: name), other != extent {
          throw refusal(
            "the dimension '\(name)' would be both \(other) and \(extent) in input '\(port.spec.name)' \(shape)")
        }
      }
    }
    return sizes
  }

  private func refusal(_ why: String) -> GalleyError {
    GalleyError(.badData, "can't open a session", at: path, why: why)
  }
}
