// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// A verb with the options that were chosen.
public enum EngineWork: Sendable, Hashable, Codable {
  case train(ChosenOptions<TrainOptions>)
  case validate(ChosenOptions<EvaluateOptions>)
  case test(ChosenOptions<EvaluateOptions>)
  case predict(ChosenOptions<PredictOptions>)
  case export(ChosenOptions<ExportOptions>)
  case bench(ChosenOptions<BenchOptions>)

  /// A verb with options by name.
  /// - Parameters:
  ///   - given: what was said; backends' own as groups under `backend`.
  ///   - recipe: what a recipe says.
  /// - Throws: `GalleyError` that names the first option which isn't known or isn't accepted.
  public init(
    _ verb: EngineVerb, given: [String: ConfigurationValue], recipe: [String: ConfigurationValue] = [:]
  ) throws(GalleyError) {
    let place = verb.rawValue
    switch verb {
    case .train: self = .train(try ChosenOptions(given: given, recipe: recipe, at: place))
    case .validate: self = .validate(try ChosenOptions(given: given, recipe: recipe, at: place))
    case .test: self = .test(try ChosenOptions(given: given, recipe: recipe, at: place))
    case .predict: self = .predict(try ChosenOptions(given: given, recipe: recipe, at: place))
    case .export: self = .export(try ChosenOptions(given: given, recipe: recipe, at: place))
    case .bench: self = .bench(try ChosenOptions(given: given, recipe: recipe, at: place))
    }
  }

  /// The verb.
  public var verb: EngineVerb {
    switch self {
    case .train: .train
    case .validate: .validate
    case .test: .test
    case .predict: .predict
    case .export: .export
    case .bench: .bench
    }
  }

  /// Options of backends' own, by id.
  var backendGroups: [String: [String: ConfigurationValue]] {
    switch self {
    case .train(let chosen): chosen.backend
    case .validate(let chosen), .test(let chosen): chosen.backend
    case .predict(let chosen): chosen.backend
    case .export(let chosen): chosen.backend
    case .bench(let chosen): chosen.backend
    }
  }
}

extension EngineVerb {
  /// The options of the verb.
  public var declarations: [OptionDeclaration] {
    switch self {
    case .train: TrainOptions.declarations
    case .validate, .test: EvaluateOptions.declarations
    case .predict: PredictOptions.declarations
    case .export: ExportOptions.declarations
    case .bench: BenchOptions.declarations
    }
  }
}
