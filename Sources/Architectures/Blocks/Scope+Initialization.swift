// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Torch

/// How the linear layers of a network of torchvision's begin.
enum LinearInitialization {
  /// As the layer chose when it was made.
  case asMade
  /// Normal weights of this deviation, no biases.
  case normal(Double)
  /// Weights uniform within 1 / √outputs, no biases.
  case uniformByOutputs
}

extension Scope {
  /// Chooses the parameters of a finished network as torchvision's constructors do: kernels by Kaiming's rule with the
  /// fan-out, then linear layers. The draws are in torchvision's order, so that equal seeds give equal weights.
  func initialize(lastLayers: LinearInitialization) throws {
    for entry in entries where entry.role == .parameter {
      let shape = try entry.tensor.shape
      switch (shape.count, lastLayers) {
      case (4, _):
        try entry.initialize(.kaimingNormal(fanOut: shape[0] * shape[2] * shape[3]))
      case (2, .normal(let deviation)):
        try entry.initialize(.normal(standardDeviation: deviation))
      case (2, .uniformByOutputs):
        try entry.initialize(.uniform(bound: 1 / Double(shape[0]).squareRoot()))
      case (1, .normal), (1, .uniformByOutputs):
        // Normalisations begin with scale 1 and shift 0 already.
        if entry.name.hasSuffix(".bias") { try entry.initialize(.constant(0)) }
      default: break
      }
    }
  }
}
