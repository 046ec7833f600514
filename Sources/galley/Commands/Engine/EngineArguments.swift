// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Engines
internal import Foundation
internal import Galley
internal import ModelFiles

/// What the commands of the engine have in common. Every declared option of the verb and of the data is a flag; the
/// parser takes what it doesn't know as it is, and ``EngineFlags`` holds it against the declarations.
struct EngineArguments: ParsableArguments {
  @Option(
    help:
      "An architecture (see galley models), one with options (NAME:width=0.5), a checkpoint, a model file, or auto.",
    completion: .file())
  var model: String?

  @Option(
    help:
      "The data set: a folder, an archive, the file that describes it, or an archive's address with #sha256= and its digest.",
    completion: .file())
  var data: String?

  @Option(help: "The backend that does the work (default: the one that suits best; see galley models).")
  var backend: String?

  @Option(help: "The folder for everything that is written.", completion: .directory)
  var workspace = "galley-workspace"

  @Option(name: .customLong("model-option"), help: "An option of the architecture, NAME=VALUE; repeatable.")
  var modelOptions: [String] = []

  @Option(
    name: .customLong("backend-option"), help: "An option of the backend's own, ID.NAME=VALUE; repeatable.")
  var backendOptions: [String] = []

  @OptionGroup var meaning: EngineMeaningArguments
  @OptionGroup var place: PantryOptions
  @OptionGroup var output: OutputOptions
}

/// What a user says of a model file.
struct EngineMeaningArguments: ParsableArguments {
  @Option(
    name: .customLong("model-preprocessing"),
    help: "For a model file: how items become inputs: a JSON file, imagenet, 0-1 or none.")
  var preprocessing: String?

  @Option(
    name: .customLong("model-labels"), help: "For a model file: the classes' names in the order of the scores.",
    completion: .file())
  var labels: String?

  @Option(name: .customLong("model-output"), help: "For a model file: what its scores are: logits or probabilities.")
  var scores: String?

  @Option(
    name: .customLong("model-card"), help: "For a model file: a card that says it all.", completion: .file())
  var card: String?

  var options: ExpectationOptions {
    ExpectationOptions(preprocessing: preprocessing, labels: labels, output: scores, card: card)
  }
}

/// Flags and positional arguments that the parser left over, held against declarations.
struct EngineFlags {
  /// Options by name, each with its value.
  private(set) var values: [String: ConfigurationValue] = [:]
  /// What is no flag.
  private(set) var positional: [String] = []

  /// - Parameters:
  ///   - rest: What the parser didn't know, in its order.
  ///   - declarations: The options that may be given.
  ///   - known: Flags of the command itself, for messages.
  /// - Throws: `GalleyError` that names the first flag which isn't known, with the nearest one, or isn't accepted.
  init(_ rest: [String], _ declarations: [OptionDeclaration], known: [String]) throws(GalleyError) {
    let flags = Dictionary(declarations.map { ($0.name.flagName, $0) }, uniquingKeysWith: { first, _ in first })
    var words = rest[...]
    while let word = words.popFirst() {
      guard word.hasPrefix("--"), word.count > 2 else {
        guard !word.hasPrefix("-") || word == "-" else { throw Self.unknown(word, Array(flags.keys) + known) }
        positional.append(word)
        continue
      }
      let halves = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let (name, inline) = (String(halves[0]), halves.count > 1 ? String(halves[1]) : nil)
      if let declaration = flags[name] {
        let text: String
        if let inline {
          text = inline
        } else if declaration.kind == .bool {
          text = "true"
        } else if let next = words.popFirst() {
          text = next
        } else {
          throw GalleyError(
            .usage, "can't use the option", at: "--\(name)", why: "its value is missing",
            remedy: "It takes \(declaration.kind.summary).")
        }
        values[declaration.name] = try declaration.value(of: text, at: "--\(name)")
      } else if name.hasPrefix("no-"), let declaration = flags[String(name.dropFirst(3))], declaration.kind == .bool,
        inline == nil
      {
        values[declaration.name] = false
      } else {
        throw Self.unknown("--\(name)", Array(flags.keys) + known)
      }
    }
  }

  private static func unknown(_ flag: String, _ names: [String]) -> GalleyError {
    let name = String(flag.drop { $0 == "-" })
    return GalleyError(
      .usage, "can't understand the command line", at: flag, why: "there is no such option",
      remedy: NearestName.match(name, in: names).map { "Did you mean --\($0)?" } ?? "Add --help to see all options.")
  }
}
