// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Compares the shapes of inputs with what a model takes.
struct LiteRTShapes {
  private let model: LiteRTLoadedModel

  init(_ model: LiteRTLoadedModel) { self.model = model }

  /// - Throws: `GalleyError` that names both shapes.
  func check(_ shapes: [[Int]]) throws(GalleyError) {
    let ports = model.signature.inputs
    guard shapes.count == ports.count else {
      throw refusal("\(shapes.count) shapes were given for \(ports.count) inputs")
    }
    for (port, shape) in zip(ports, shapes) {
      let expected = port.tensor.openShape
      guard expected.count == shape.count, zip(expected, shape).allSatisfy({ ($0 ?? $1) == $1 && $1 >= 0 }) else {
        throw refusal("input '\(port.name)' has the shape \(Self.text(expected)), and \(shape) was given")
      }
      guard zip(expected, shape).allSatisfy({ $0 != nil || (1...Int(Int32.max)).contains($1) }) else {
        throw refusal(
          "input '\(port.name)' has the shape \(Self.text(expected)), \(shape) was given, and LiteRT fills open "
            + "dimensions only with extents of 1 to \(Int32.max)")
      }
    }
  }

  private func refusal(_ why: String) -> GalleyError {
    GalleyError(.badData, "can't open a session", at: model.path, why: why)
  }

  static func text(_ shape: [Int?]) -> String {
    "[" + shape.map { $0.map { "\($0)" } ?? "any" }.joined(separator: ", ") + "]"
  }
}
