// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Engines
internal import Galley

/// A command that does a verb of the engine on a data set.
protocol EngineCommand: AsyncParsableCommand {
  static var verb: EngineVerb { get }
  var line: EngineLine { get }
}

extension EngineCommand {
  func run() async throws {
    try await EngineSession(Self.verb, line.arguments, line.rest, planOnly: line.planOnly).run()
  }
}

/// What may be said to such a command.
struct EngineLine: ParsableArguments {
  @OptionGroup var arguments: EngineArguments

  @Argument(parsing: .allUnrecognized, help: "A recipe, and options of the verb and of the data; see above.")
  var rest: [String] = []

  @Flag(name: .long, help: "Show the plan and do nothing.")
  var planOnly = false
}

/// Trains a model.
struct TrainCommand: EngineCommand {
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
        galley train --data 'https://host/set.zip#sha256=DIGEST'   fetched once, and so are --initial-weights

      The plan, the options, the events and a manifest lie in galley-workspace/runs/RUN; Documentation/engine.md says
      what is in them.
      """))

  static let verb = EngineVerb.train

  @OptionGroup var line: EngineLine
}

/// Judges a model on validation items.
struct ValidateCommand: EngineCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate", abstract: "Judge a model on the validation items, by which choices may be made.",
    discussion: EngineHelp.discussion(
      .validate,
      """
      Examples:
        galley validate --model CHECKPOINT --data photos
        galley validate --model model.onnx --data photos --metrics accuracy,f1-macro
      """))

  static let verb = EngineVerb.validate

  @OptionGroup var line: EngineLine
}

/// Judges a model on test items.
struct TestCommand: EngineCommand {
  static let configuration = CommandConfiguration(
    commandName: "test", abstract: "Judge a model on the test items, for the figures that are reported.",
    discussion: EngineHelp.discussion(
      .test,
      """
      Examples:
        galley test --model CHECKPOINT --data photos
        galley test --model model.onnx --data photos --backend openvino
      """))

  static let verb = EngineVerb.test

  @OptionGroup var line: EngineLine
}

/// Writes a trained model as a package.
struct ExportCommand: EngineCommand {
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

  static let verb = EngineVerb.export

  @OptionGroup var line: EngineLine
}
