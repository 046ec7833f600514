// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Bench

/// What a user says of a model file: nothing of it is ever guessed silently.
struct ModelMeaningOptions: ParsableArguments {
  @Option(
    help: """
      Items to run on: a prepared data set or samples (.safetensors), a table of images (.csv), or a data set of \
      images: a folder, an archive, or an archive's address with #sha256= and its digest.
      """,
    completion: .file())
  var data: String?

  @Flag(help: "Accept items with the same bytes in two of the data set's own subsets.")
  var allowDuplicates = false

  @OptionGroup var expectation: ExpectationArguments

  var choices: BenchMeaning {
    BenchMeaning(data: data, expectation: expectation.options, allowsDuplicates: allowDuplicates)
  }
}
