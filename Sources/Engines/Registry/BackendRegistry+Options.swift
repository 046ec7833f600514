// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

extension BackendRegistry {
  /// Refuses options that a backend can't honour: those that were said or chosen and differ from the default.
  /// - Throws: `GalleyError` that names the backend, the option, the reason and the nearest backend that can.
  func check<Options: VerbOptions>(
    _ options: Options, _ verb: EngineVerb, _ model: ModelReference, task: EngineTask, by backend: any Backend
  ) throws(GalleyError) {
    let descriptor = backend.descriptor
    guard let refusals = descriptor.refusals[verb], !refusals.isEmpty else { return }
    let (values, defaults) = (try options.values(), try Options().values())
    for declaration in Options.declarations {
      let name = declaration.name
      guard let reason = refusals[name], values[name] != defaults[name] else { continue }
      let other = alternative(to: descriptor.id, verb, model, task: task) { candidate in
        candidate.descriptor.refusals[verb]?[name] == nil
      }
      throw GalleyError(
        .configuration, "can't use the option '\(name)'", at: "\(verb.rawValue).\(name)",
        why: "the backend '\(descriptor.id)' can't honour \(values[name] ?? .null): \(reason)",
        remedy: other.map { "The backend '\($0)' can: --backend \($0)." }
          ?? "Leave it out; no other backend takes this model.")
    }
  }

  /// The options of the backend's own, complete, with their origins.
  /// - Parameter groups: what was said for each backend, by id.
  /// - Throws: `GalleyError` that names an unknown backend or option with the nearest one, or options for a backend
  ///   that doesn't do the work.
  func ownOptions(
    _ groups: [String: [String: ConfigurationValue]], _ verb: EngineVerb, of backend: any Backend
  ) throws(GalleyError) -> (values: [String: ConfigurationValue], explained: [ExplainedValue]) {
    let descriptor = backend.descriptor
    for id in groups.keys.sorted() where id != descriptor.id {
      _ = try self.backend(id)
      throw GalleyError(
        .configuration, "can't use the options of the backend '\(id)'", at: "\(verb.rawValue).backend.\(id)",
        why: "the work is done by '\(descriptor.id)'",
        remedy: "Leave them out, or choose the backend: --backend \(id).")
    }
    let given = groups[descriptor.id] ?? [:]
    let declarations = descriptor.options[verb] ?? []
    let card = Card(taxonomy: descriptor.id, version: descriptor.version, summary: "", options: declarations)
    let complete = try IngredientChoice(descriptor.id, options: given).completed(by: card).options
    let explained = declarations.map { declaration in
      ExplainedValue(
        "\(verb.rawValue).backend.\(descriptor.id).\(declaration.name)", complete[declaration.name] ?? .null,
        given[declaration.name] == nil ? .default : .given)
    }
    return (complete, explained)
  }
}
