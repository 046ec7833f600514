// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley

/// What the plan of a run chose that is to go on: it is chosen again, whatever machine or data suggest now, because a
/// run that goes on must be the same run.
enum ResumedChoices {
  /// The work with those choices.
  /// - Returns: the work, and for each adopted option the reason.
  /// - Throws: `GalleyError` if there is no such run.
  static func adopt(
    _ work: EngineWork, in workspace: EngineWorkspace
  ) throws(GalleyError) -> (work: EngineWork, reasons: [String: String]) {
    guard case .train(let chosen) = work, let name = chosen.options.resume else { return (work, [:]) }
    var folder = name
    if !FileManager.default.fileExists(atPath: name) { folder = workspace.folder(of: try workspace.run(name).id) }
    guard let data = try? Data(contentsOf: URL(filePath: "\(folder)/plan.json")),
      let plan = try? JSONDecoder().decode(EnginePlan.self, from: data)
    else { return (work, [:]) }
    var values: [String: ConfigurationValue] = [:]
    for value in plan.values where value.origin == .automatic && value.path.hasPrefix("train.") {
      let option = String(value.path.dropFirst("train.".count))
      if chosen.origins[option] == nil { values[option] = value.value }
    }
    return (
      .train(try chosen.adopting(values, at: "train")), values.mapValues { _ in "the run that goes on has it" }
    )
  }
}
