// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Bench

/// What a user says of a model file: nothing of it is ever guessed silently.
struct ModelMeaningOptions: ParsableArguments {
  @Option(
    help: "Items to run on: a prepared data set, samples (.safetensors) or a table of images (.csv).",
    completion: .file())
  var data: String?

  @OptionGroup var expectation: ExpectationArguments

  var choices: BenchMeaning { BenchMeaning(data: data, expectation: expectation.options) }
}
