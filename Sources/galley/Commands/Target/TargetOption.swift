// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Galley
internal import Recipes
internal import RemoteTargets
internal import Scenarios
internal import TargetProtocol
internal import Targets

/// Where is measured.
struct TargetOption: ParsableArguments {
  @Option(help: "A declared target to measure on, or 'local' (default: this machine). See galley target.")
  var target: String?

  /// The option as it stands on a command line.
  var words: String { target.map { " --target \($0)" } ?? "" }

  /// Looks at the target.
  /// - Returns: `nil` for this machine.
  func chosen(_ place: PantryOptions) async throws -> (any MeasuringTarget)? {
    guard let target, target != DeclaredTarget.localName else { return nil }
    return try await Self.look(at: target, place)
  }

  /// The targets of a recipe's variants: the option's, else those that the recipe names.
  func targets(of recipe: RecipeFile, _ place: PantryOptions) async throws -> MeasuringTargets {
    if target != nil { return MeasuringTargets(everywhere: try await chosen(place) ?? LocalTarget()) }
    var named: [String: any MeasuringTarget] = [:]
    for name in Set(recipe.variants.compactMap(\.target)).sorted() where name != DeclaredTarget.localName {
      named[name] = try await Self.look(at: name, place)
    }
    return MeasuringTargets(named: named)
  }

  private static func look(at name: String, _ place: PantryOptions) async throws -> RemoteTarget {
    let file = place.targets
    let found = try await RemoteTarget.look(at: try file.target(name), as: try file.identity())
    if found.declared.platform != found.capabilities.platform {
      try file.update(name) { $0.platform = found.capabilities.platform }
    }
    return found
  }
}
