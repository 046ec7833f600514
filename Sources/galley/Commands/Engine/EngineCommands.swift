// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Engines
internal import Galley

/// Trains a model.
struct TrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a model on a data set: what isn't said is chosen from the data, and explained.",
    discussion: EngineHelp.discussion(
      .train,
      """
      Examples:
        galley train --data photos                        an image folder, everything else chosen
        galley train --model resnet-18 --data photos.zip --epochs 20 --balance-classes
        galley train recipe.yaml                          a recipe's network, data and training
        galley train --resume RUN                         a run that was stopped goes on

      The plan, the options, the events and a manifest lie in galley-workspace/runs/RUN; Documentation/engine.md says
      what is in them.
      """))

  @OptionGroup var arguments: EngineArguments

  @Argument(parsing: .allUnrecognized, help: "A recipe, and options of training and of the data; see above.")
  var rest: [String] = []

  @Flag(name: .long, help: "Show the plan and do nothing.")
  var planOnly = false

  func run() async throws { try await EngineSession(.train, arguments, rest, planOnly: planOnly).run() }
}

/// Judges a model on validation items.
struct ValidateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate", abstract: "Judge a model on the validation items, by which choices may be made.",
    discussion: EngineHelp.discussion(
      .validate,
      """
      Examples:
        galley validate --model CHECKPOINT --data photos
        galley validate --model model.onnx --data photos --metrics accuracy,f1-macro
      """))

  @OptionGroup var arguments: EngineArguments

  @Argument(parsing: .allUnrecognized, help: "A recipe whose data is meant, and options; see above.")
  var rest: [String] = []

  @Flag(name: .long, help: "Show the plan and do nothing.")
  var planOnly = false

  func run() async throws { try await EngineSession(.validate, arguments, rest, planOnly: planOnly).run() }
}

/// Judges a model on test items.
struct TestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test", abstract: "Judge a model on the test items, for the figures that are reported.",
    discussion: EngineHelp.discussion(
      .test,
      """
      Examples:
        galley test --model CHECKPOINT --data photos
        galley test --model model.onnx --data photos --backend openvino
      """))

  @OptionGroup var arguments: EngineArguments

  @Argument(parsing: .allUnrecognized, help: "A recipe whose data is meant, and options; see above.")
  var rest: [String] = []

  @Flag(name: .long, help: "Show the plan and do nothing.")
  var planOnly = false

  func run() async throws { try await EngineSession(.test, arguments, rest, planOnly: planOnly).run() }
}

/// Writes a trained model as a package.
struct ExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a trained model as a package that runtimes execute, with a certificate that it computes the same.",
    discussion: EngineHelp.discussion(
      .export,
      """
      Examples:
        galley export --model CHECKPOINT --data photos
        galley export --model CHECKPOINT --data photos --precision fp16 --preprocessing graph

      The data gives the real items on which the trained and the exported model are compared.
      """))

  @OptionGroup var arguments: EngineArguments

  @Argument(parsing: .allUnrecognized, help: "A recipe whose data is meant, and options; see above.")
  var rest: [String] = []

  @Flag(name: .long, help: "Show the plan and do nothing.")
  var planOnly = false

  func run() async throws { try await EngineSession(.export, arguments, rest, planOnly: planOnly).run() }
}
