// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Engines
internal import Foundation
internal import Galley
internal import Scenarios

/// A command of the engine, understood: the engine and the work that it shall do.
struct EngineInvocation {
  let engine: Engine
  let work: EngineWork
  /// Positional arguments that are no recipe.
  let inputs: [String]

  /// - Parameters:
  ///   - rest: What the parser didn't know: flags of options, a recipe, inputs.
  ///   - takesInputs: Whether positional arguments are inputs; otherwise there may be one, a recipe.
  /// - Throws: `GalleyError` with the first thing that can't be understood.
  init(
    _ verb: EngineVerb, _ arguments: EngineArguments, _ rest: [String], takesInputs: Bool = false,
    _ console: Console
  ) throws {
    let data = verb == .predict ? [] : DataOptions.declarations
    let flags = try EngineFlags(rest, verb.declarations + data, known: Self.ownFlags)
    let names = Set(DataOptions.declarations.map(\.name))
    var given = flags.values.filter { !names.contains($0.key) || verb == .predict }
    let dataGiven = flags.values.filter { names.contains($0.key) && verb != .predict }
    let backends = try Catalogue.backends()
    let workspace = EngineWorkspace(arguments.workspace)
    let own = try Self.backendGroups(arguments.backendOptions, backends)
    if !own.isEmpty { given[ChosenOptions<TrainOptions>.backendKey] = .map(own) }
    inputs = takesInputs ? flags.positional : []
    if case .string(let run)? = given["resume"], arguments.model == nil, arguments.data == nil {
      guard flags.positional.isEmpty else { throw Self.surplus(flags.positional) }
      (engine, work) = try Self.resumed(run, given, arguments, workspace, backends)
      return
    }
    var recipe: EngineRecipe?
    if !takesInputs {
      guard flags.positional.count <= 1 else { throw Self.surplus(flags.positional) }
      recipe = try flags.positional.first.map { try EngineRecipe($0, console) }
    }
    let source: DataSource? =
      if let path = arguments.data {
        DataSource(path, try ChosenOptions(given: dataGiven, at: "data"))
      } else {
        try recipe.map { DataSource(try $0.prepare(in: workspace), try ChosenOptions(given: dataGiven, at: "data")) }
      }
    engine = try Engine(
      model: try Self.model(arguments, verb, recipe, backends), data: source, workspace: workspace,
      backends: backends, backend: arguments.backend)
    work = try EngineWork(verb, given: given, recipe: verb == .train ? recipe?.training ?? [:] : [:])
  }

  private static func model(
    _ arguments: EngineArguments, _ verb: EngineVerb, _ recipe: EngineRecipe?, _ backends: BackendRegistry
  ) throws -> ModelSource {
    var options: [String: String] = [:]
    for pair in arguments.modelOptions {
      let halves = pair.split(separator: "=", maxSplits: 1).map(String.init)
      guard halves.count == 2 else {
        throw GalleyError(
          .usage, "can't use the model's option", at: "--model-option \(pair)", why: "it is not NAME=VALUE")
      }
      options[halves[0]] = halves[1]
    }
    if let text = arguments.model {
      return try ModelSource(text, options: options, meaning: arguments.meaning.options, among: backends)
    }
    if verb == .train {
      return try recipe?.model ?? ModelSource("auto", options: options, among: backends)
    }
    throw GalleyError(
      .usage, "can't \(verb.rawValue)", why: "there is no model",
      remedy: "Name a checkpoint or a model file with --model; galley train writes checkpoints.")
  }

  /// A run that goes on: everything is as it was, but for what is said now.
  private static func resumed(
    _ name: String, _ given: [String: ConfigurationValue], _ arguments: EngineArguments, _ workspace: EngineWorkspace,
    _ backends: BackendRegistry
  ) throws -> (Engine, EngineWork) {
    let (folder, request) = try workspace.request(ofRun: name)
    guard case .train(let chosen) = request.work else {
      throw GalleyError(
        .usage, "can't resume the run", at: name,
        why: "it is a \(request.work.verb.rawValue), and trainings are resumed")
    }
    let values = try chosen.options.values()
    var own = values.filter { chosen.origins[$0.key] == .given }.merging(given) { $1 }
    own["resume"] = .string(folder)
    if !chosen.backend.isEmpty, own[ChosenOptions<TrainOptions>.backendKey] == nil {
      own[ChosenOptions<TrainOptions>.backendKey] = .map(chosen.backend.mapValues { .map($0) })
    }
    let engine = try Engine(
      model: request.model, data: request.data, workspace: workspace, backends: backends,
      backend: arguments.backend ?? request.backend)
    return (
      engine, try EngineWork(.train, given: own, recipe: values.filter { chosen.origins[$0.key] == .recipe })
    )
  }

  /// `libtorch.benchmark=true` as a group for each backend.
  private static func backendGroups(
    _ texts: [String], _ backends: BackendRegistry
  ) throws -> [String: ConfigurationValue] {
    var groups: [String: [String: ConfigurationValue]] = [:]
    for text in texts {
      guard let equals = text.firstIndex(of: "="), let dot = text[..<equals].firstIndex(of: ".") else {
        throw GalleyError(
          .usage, "can't use the backend's option", at: "--backend-option \(text)", why: "it is not ID.NAME=VALUE")
      }
      let (id, name) = (String(text[..<dot]), String(text[text.index(after: dot)..<equals]))
      let word = String(text[text.index(after: equals)...])
      let declarations = try backends.backend(id).descriptor.options.values.flatMap { $0 }
      let declared = declarations.first { $0.name == name || $0.name.flagName == name }
      groups[id, default: [:]][declared?.name ?? name] =
        try declared?.value(of: word, at: "--backend-option \(id).\(name)") ?? .string(word)
    }
    return groups.mapValues { .map($0) }
  }

  private static func surplus(_ words: [String]) -> GalleyError {
    GalleyError(
      .usage, "can't understand the command line", at: words.last,
      why: "there may be one argument without a flag, a recipe, and there are \(words.count)",
      remedy: "Name the data with --data and the model with --model.")
  }

  static let ownFlags = [
    "model", "data", "backend", "workspace", "model-option", "backend-option", "model-preprocessing", "model-labels",
    "model-output", "model-card", "json", "verbose", "quiet", "help",
  ]
}
