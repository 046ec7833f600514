// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Engines
internal import Foundation
internal import Galley
internal import ModelFiles
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
  /// - Throws: `GalleyError` with the first thing that can't be understood or fetched.
  init(
    _ verb: EngineVerb, _ arguments: EngineArguments, _ rest: [String], takesInputs: Bool = false,
    _ console: Console
  ) async throws {
    let data = verb == .predict ? [] : DataOptions.declarations
    let flags = try EngineFlags(rest, verb.declarations + data, known: Self.ownFlags)
    let names = Set(DataOptions.declarations.map(\.name))
    let values = try await Self.local(flags.values, verb.declarations + data, arguments.place, console)
    var given = values.filter { !names.contains($0.key) || verb == .predict }
    let dataGiven = values.filter { names.contains($0.key) && verb != .predict }
    let backends = try Catalogue.backends()
    let workspace = EngineWorkspace(arguments.workspace)
    let own = try Self.backendGroups(arguments.backendOptions, backends)
    if !own.isEmpty { given[ChosenOptions<TrainOptions>.backendKey] = .map(own) }
    inputs = takesInputs ? flags.positional : []
    if takesInputs, let data = arguments.data {
      throw GalleyError(
        .usage, "can't \(verb.rawValue)", at: "--data \(data)", why: "items to answer are named without a flag",
        remedy: "Leave --data out: galley \(verb.rawValue) --model MODEL \(data).")
    }
    if case .string(let run)? = given["resume"], arguments.model == nil, arguments.data == nil {
      guard flags.positional.isEmpty else { throw Self.surplus(flags.positional) }
      guard dataGiven.isEmpty, arguments.modelOptions.isEmpty, arguments.meaning.options == ExpectationOptions() else {
        throw GalleyError(
          .usage, "can't resume the run", at: run, why: "its model and its data are those that it began with",
          remedy: "Leave out what is said of them, or start a new run.")
      }
      (engine, work) = try Self.resumed(run, given, arguments, workspace, backends)
      return
    }
    var recipe: EngineRecipe?
    if !takesInputs {
      guard flags.positional.count <= 1 else { throw Self.surplus(flags.positional) }
      recipe = try flags.positional.first.map { try EngineRecipe($0, arguments.place, console) }
    }
    var path: String?
    if let named = arguments.data {
      path = try await arguments.place.local(named, console)
    } else if let recipe {
      path = try await recipe.prepare(in: workspace)
    }
    let source = try path.map { DataSource($0, try ChosenOptions(given: dataGiven, at: "data")) }
    engine = try Engine(
      model: try Self.model(arguments, verb, recipe, backends), data: source, workspace: workspace,
      backends: backends, backend: arguments.backend)
    var training: [String: ConfigurationValue] = [:]
    if verb == .train, let recipe { training = try await recipe.training }
    work = try EngineWork(verb, given: given, recipe: training)
  }

  /// The options with files on this machine: what is on the network is fetched into the pantry first.
  private static func local(
    _ values: [String: ConfigurationValue], _ declarations: [OptionDeclaration], _ place: PantryOptions,
    _ console: Console
  ) async throws -> [String: ConfigurationValue] {
    var values = values
    for declaration in declarations where declaration.kind.isPath {
      guard case .string(let path)? = values[declaration.name] else { continue }
      values[declaration.name] = .string(try await place.local(path, console))
    }
    return values
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
      guard let recipe else {
        return try ModelSource("auto", options: options, meaning: arguments.meaning.options, among: backends)
      }
      guard options.isEmpty, arguments.meaning.options == ExpectationOptions() else {
        throw GalleyError(
          .usage, "can't use what is said of the model", why: "the recipe says the network",
          remedy: "Change the recipe, or name the network with --model.")
      }
      return try recipe.model
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
    "model-output", "model-card", "pantry", "plan-only", "json", "verbose", "quiet", "help",
  ]
}
