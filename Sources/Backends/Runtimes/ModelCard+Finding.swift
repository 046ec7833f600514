// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import ModelFiles

internal import Tensors

extension ModelCard {
  /// The card of a model file that a runtime executes: what the user says, else what a card beside it or in it says, else
  /// what the metadata of other programs and the model's own shapes say.
  /// - Throws: `GalleyError` with everything that nobody says and how to say it, or if a card contradicts the model.
  public init(of file: ModelFile, options: ExpectationOptions = ExpectationOptions()) throws(GalleyError) {
    let description = try ModelDescription(of: file.path)
    let expectation = try ModelExpectation(ofModelAt: file.path, description, options: options)
    func refusal(_ why: String, _ remedy: String?) -> GalleyError {
      GalleyError(.configuration, "can't use the model as a classifier", at: file.path, why: why, remedy: remedy)
    }
    let missing = expectation.missingForQuality
    guard missing.isEmpty, let preprocessing = expectation.preprocessing, let labels = expectation.labels.value,
      let meaning = expectation.output.value
    else {
      throw refusal(
        missing.joined(separator: "; "),
        "Put a card beside the model; Documentation/model-expectations.md shows the form.")
    }
    guard meaning != .none else { throw refusal("its output is no scores of classes", nil) }
    guard let input = description.inputs.first?.tensor, description.inputs.count == 1 else {
      throw refusal("it has \(description.inputs.count) inputs, and items are one input", nil)
    }
    let outputs = description.outputs.compactMap(\.tensor)
    guard let output = outputs.first(where: { $0.shape.last == labels.count }) ?? outputs.first else {
      throw refusal("it has no output of numbers", nil)
    }
    self.init(
      input: input, output: output, scores: meaning == .logits ? .logits : .probabilities,
      preprocessing: preprocessing, labels: labels)
  }
}
