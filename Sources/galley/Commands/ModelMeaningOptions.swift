// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Bench
internal import ModelFiles

/// What a user says of a model file: nothing of it is ever guessed silently.
struct ModelMeaningOptions: ParsableArguments {
  @Option(
    help: "Items to run on: a prepared data set, samples (.safetensors) or a table of images (.csv).",
    completion: .file())
  var data: String?

  @Option(help: "How items become inputs: a JSON file, imagenet, 0-1 or none.")
  var preprocessing: String?

  @Option(help: "File with the classes' names in the order of the scores.", completion: .file())
  var labels: String?

  @Option(name: .customLong("output"), help: "What the model's scores are: logits or probabilities.")
  var scores: String?

  @Option(help: "A card that says it all (default: MODEL.card.json beside the model).", completion: .file())
  var card: String?

  var choices: BenchMeaning { BenchMeaning(data: data, expectation: expectation) }

  var expectation: ExpectationOptions {
    ExpectationOptions(preprocessing: preprocessing, labels: labels, output: scores, card: card)
  }
}
