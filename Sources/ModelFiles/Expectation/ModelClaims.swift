// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Tensors

/// What follows from a model's shapes and operators, and from nothing else.
enum ModelClaims {
  static func claims(_ description: ModelDescription) -> ExpectationClaims {
    var claims = ExpectationClaims()
    readInput(description, &claims)
    readOutput(description, &claims)
    return claims
  }

  /// How many scores the model gives for an item; `nil` if its output is no list of scores.
  static func classCount(_ description: ModelDescription) -> Int? {
    guard description.outputs.count == 1, let shape = description.outputs.first?.tensor?.shape else { return nil }
    // Scores of one item, or those of an image of one pixel.
    let isList = shape.count == 2 || shape.count == 4 && shape.suffix(2).allSatisfy { $0 == 1 }
    return isList ? shape[1] : nil
  }

  private static func readInput(_ description: ModelDescription, _ claims: inout ExpectationClaims) {
    let images = description.inputs.filter { ($0.tensor?.shape.count ?? 0) == 4 }
    guard let input = images.first?.tensor, images.count == 1 else {
      let reason = "the model has \(images.count) inputs with the four dimensions of images"
      for aspect in [ExpectationClaims.Aspect.layout, .size] { claims.reasons[aspect] = reason }
      return
    }
    let shape = input.shape
    let origin = Origin(.model, "inferred from the input's shape \(Extents.text(shape))")
    guard let layout = layout(shape) else {
      claims.reasons[.layout] =
        "the input's shape \(Extents.text(shape)) fits more than one order; name it in a file given to --preprocessing"
      claims.reasons[.size] = "the layout is unknown"
      return
    }
    claims.layout = Claim(layout, origin)
    let (height, width) = layout == .nchw ? (shape[2], shape[3]) : (shape[1], shape[2])
    if let height, let width {
      claims.size = Claim(ImageSize(height: height, width: width), origin)
    } else {
      claims.reasons[.size] = "the input's shape \(Extents.text(shape)) leaves it open"
    }
    if (layout == .nchw ? shape[1] : shape[3]) == 1 { claims.colorOrder = Claim(.gray, origin) }
  }

  /// The order of dimensions, if only one of them can count channels: 1, 3 or 4 of them.
  private static func layout(_ shape: [Int?]) -> Preprocessing.Layout? {
    func mayBeChannels(_ extent: Int?) -> Bool { extent == 1 || extent == 3 || extent == 4 }
    switch (mayBeChannels(shape[1]), mayBeChannels(shape[3])) {
    case (true, false): return .nchw
    case (false, true): return .nhwc
    default: return nil
    }
  }

  private static func readOutput(_ description: ModelDescription, _ claims: inout ExpectationClaims) {
    guard classCount(description) != nil || description.outputs.first?.tensor?.shape.count == 2,
      let name = description.outputs.first?.name
    else {
      claims.reasons[.output] = "the model's outputs are no list of scores; give --output if they are"
      return
    }
    guard let operatorType = description.outputOperators[name] else { return }
    if operatorType.lowercased() == "softmax" {
      claims.output = Claim(
        .probabilities, .model, "inferred from the operator \(operatorType), which gives the output '\(name)'")
    } else {
      claims.reasons[.output] =
        "the output '\(name)' comes from the operator \(operatorType); give --output logits or probabilities"
    }
  }
}
