// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Galley
internal import RemoteTargets
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
    let file = place.targets
    let found = try await RemoteTarget.look(at: try file.target(target), as: try file.identity())
    if found.declared.platform != found.capabilities.platform {
      try file.update(target) { $0.platform = found.capabilities.platform }
    }
    return found
  }
}
