// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// A runtime of a registered worker: models are executed in a process of Python's, tensors go through shared memory.
public struct WorkerRuntime: Runtime {
  /// Which one, and with what.
  public struct Options: Codable, Sendable, Equatable {
    /// The runtime and its options.
    public var offer: WorkerOffer
    /// What it said of itself when it was registered.
    public var facts: RegisteredWorker.RuntimeFacts

    /// Creates options.
    public init(offer: WorkerOffer, facts: RegisteredWorker.RuntimeFacts) { (self.offer, self.facts) = (offer, facts) }
  }

  /// What any of them is; each is chosen by the card that its worker gives.
  public static let card = Card(
    taxonomy: "runtime.worker", version: SemanticVersion(1, 0, 0),
    summary: "Models that a program of the user's executes.",
    options: [])

  public static let formats: Set<ModelFormat> = []

  private let options: Options
  private let launch: Result<PythonLaunch, any Error>?

  public init(_ options: Options) { (self.options, launch) = (options, nil) }

  /// A runtime of which it is known how its worker is started, or why it can't be: whoever uses it gets that error.
  public init(_ options: Options, launch: Result<PythonLaunch, any Error>) {
    (self.options, self.launch) = (options, launch)
  }

  /// Each says it itself.
  public static func availability() -> Availability {
    .unavailable(reason: "no worker is named", searched: [])
  }

  public var ownCard: Card { options.offer.card }

  public func ownAvailability() -> Availability {
    guard case .failure(let error)? = launch else { return options.facts.availability }
    let known = error as? GalleyError
    return .unavailable(reason: known?.why ?? "\(error)", searched: (known?.place).map { [$0] } ?? [])
  }

  public func compile(_ model: ModelFile) throws -> any CompiledModel {
    try WorkerModel(model, starting: try known(), options.offer)
  }

  public func profile(_ model: ModelFile, inputs: [ModelValue], repetitions: Int) throws -> [OperatorTiming] {
    throw GalleyError(
      .unavailable, "can't profile with the runtime '\(ownCard.name)'",
      why: "a worker's runtime doesn't time operators",
      remedy: "Profile with onnxruntime or openvino.")
  }

  private func known() throws -> PythonLaunch {
    if let launch { return try launch.get() }
    throw GalleyError(
      .software, "can't use the runtime '\(ownCard.name)'", why: "nobody found out how its worker is started")
  }
}

extension RegisteredWorker {
  /// What a runtime says of itself before a model is there.
  public struct RuntimeFacts: Sendable, Hashable, Codable {
    /// The formats of the files that it runs.
    public var formats: Set<ModelFormat>
    /// Whether it can run.
    public var available: Bool
    /// The version of what executes.
    public var version: String?
    /// The path of what executes.
    public var library: String?
    /// Why it can't run.
    public var reason: String?
    /// Where what executes was looked for.
    public var searched: [String]?

    /// Facts about a runtime.
    public init(
      formats: Set<ModelFormat>, available: Bool, version: String? = nil, library: String? = nil,
      reason: String? = nil, searched: [String]? = nil
    ) {
      (self.formats, self.available, self.version) = (formats, available, version)
      (self.library, self.reason, self.searched) = (library, reason, searched)
    }

    /// The same in the words of a runtime.
    public var availability: Availability {
      available
        ? .available(version: version ?? "unknown", library: library ?? "")
        : .unavailable(reason: reason ?? "it says no reason", searched: searched ?? [])
    }
  }
}
