// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What does an engine's work: LibTorch, the runtimes, a worker in another language.
///
/// A backend gets descriptions and files, and gives files and events; whether it works in this process or in another is
/// its own affair. Cancelling the task that runs it ends its work cleanly.
public protocol Backend: Sendable {
  /// What the backend is and can.
  var descriptor: BackendDescriptor { get }
  /// The architectures that it offers, with their options.
  var architectures: [Card] { get }
  /// Whether it takes this model for this verb, and why not.
  ///
  /// Pure: nothing is loaded, and equal arguments give equal answers.
  func match(_ verb: EngineVerb, _ model: ModelReference, task: EngineTask) -> BackendMatch
  /// What a model of the backend's own says of itself; `nil` if its kind of model isn't one of the backend's.
  /// - Throws: `GalleyError` if it should be one and can't be read.
  func meaning(of model: ModelReference) throws(GalleyError) -> ModelMeaning?
  /// About how many trained values a network of an architecture has; `nil` if the backend can't say without making it.
  func parameterCount(of architecture: IngredientChoice) -> Int?
  /// Whether what it needs is on this machine.
  func availability() -> Availability
  /// Does the work.
  /// - Throws: `GalleyError`, or `CancellationError` once the work was stopped and its files are whole.
  func run(_ request: VerbRequest, events: EventSink) async throws -> VerbResult
}

extension Backend {
  public func meaning(of model: ModelReference) throws(GalleyError) -> ModelMeaning? { nil }
  public func parameterCount(of architecture: IngredientChoice) -> Int? { nil }
}

/// What a backend says of itself.
public struct BackendDescriptor: Sendable, Hashable, Codable {
  /// The word by which it is chosen: "libtorch".
  public var id: String
  /// Version of the backend's behaviour.
  public var version: SemanticVersion
  /// One sentence for lists.
  public var summary: String
  /// SPDX identifier of the licence of what it runs.
  public var licence: String
  /// Native libraries or programs that it needs.
  public var requirements: [String]
  /// What it can do.
  public var abilities: [Ability]
  /// Options of its own for each verb, given under the key of its id.
  public var options: [EngineVerb: [OptionDeclaration]]
  /// Common options that it can't honour unless they have their default, each with the reason.
  public var refusals: [EngineVerb: [String: String]]

  /// Verbs that it can do for models of some kinds and tasks.
  public struct Ability: Sendable, Hashable, Codable {
    /// The verbs.
    public var verbs: Set<EngineVerb>
    /// The tasks.
    public var tasks: Set<EngineTask>
    /// The kinds of models.
    public var forms: Set<ModelForm>

    /// Creates an ability.
    public init(verbs: Set<EngineVerb>, tasks: Set<EngineTask>, forms: Set<ModelForm>) {
      self.verbs = verbs
      self.tasks = tasks
      self.forms = forms
    }
  }

  /// Describes a backend.
  public init(
    id: String, version: SemanticVersion, summary: String, licence: String, requirements: [String],
    abilities: [Ability], options: [EngineVerb: [OptionDeclaration]] = [:],
    refusals: [EngineVerb: [String: String]] = [:]
  ) {
    self.id = id
    self.version = version
    self.summary = summary
    self.licence = licence
    self.requirements = requirements
    self.abilities = abilities
    self.options = options
    self.refusals = refusals
  }
}

/// Whether a backend takes some work.
public enum BackendMatch: Sendable, Hashable, Codable {
  /// It does; among several, the largest score is taken, and equal ones are an error.
  case yes(score: Int, reason: String)
  /// It doesn't, for these reasons.
  case no([String])
}

extension BackendDescriptor {
  /// Why the abilities don't cover this work; empty if they do.
  public func objections(_ verb: EngineVerb, _ form: ModelForm, _ task: EngineTask) -> [String] {
    let sameForm = abilities.filter { $0.forms.contains(form) }
    guard !sameForm.isEmpty else { return ["\(id) doesn't take \(form)"] }
    let sameVerb = sameForm.filter { $0.verbs.contains(verb) }
    guard !sameVerb.isEmpty else { return ["\(id) can't \(verb.rawValue) \(form)"] }
    guard sameVerb.contains(where: { $0.tasks.contains(task) }) else { return ["\(id) can't do \(task.rawValue)"] }
    return []
  }
}
