// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import TargetProtocol

internal import CRuntimes
internal import Files
internal import Glibc
internal import Images
public import Measuring

/// What a device does for a host: it opens data, loads one model, measures it, and answers.
///
/// It knows nothing of how host and device speak. One call follows the other; while none runs the process waits without
/// using the processor, so that others can be measured meanwhile.
public actor AgentService {
  private let runtimes: Registry<any Runtime>
  private let version: String
  private(set) var source: OpenedSource?
  private(set) var model: LoadedModel? { didSet { running = nil } }
  /// What single inferences run in, apart from what is measured; kept for those of the same shapes.
  var running: RunningSession?
  private var log = DurationLog(capacity: 1)

  /// Offers these runtimes.
  /// - Parameter version: Galley's version, for the record of the environment.
  public init(runtimes: Registry<any Runtime>, version: String = galleyVersion.description) {
    self.runtimes = runtimes
    self.version = version
    // The process is there to measure what a plain program would do.
    galley_use_one_heap()
  }

  /// Opens the items that models will work on.
  /// - Throws: `GalleyError` if the file is missing, damaged, or lacks the subset.
  public func openData(_ parameters: OpenDataParameters) throws(GalleyError) -> OpenDataResult {
    model = nil
    let opened = try OpenedData(parameters)
    source = .items(opened)
    return OpenDataResult(itemCount: opened.items.count, labels: opened.items.labels)
  }

  /// Opens image files that models will work on; they are decoded here.
  /// - Throws: `GalleyError` if the file is missing or damaged, or libvips isn't found.
  public func openImages(_ parameters: OpenImagesParameters) throws(GalleyError) -> OpenDataResult {
    model = nil
    let opened = try OpenedImages(parameters)
    source = .images(opened)
    return OpenDataResult(itemCount: opened.files.count, labels: opened.files.labels)
  }

  /// The version of the library that decodes images, which this opens; `nil` if it can't be used here.
  public static var imageLibraryVersion: String? { try? ImageLibrary.opened().version }

  /// Opens the samples that models will work on.
  /// - Throws: `GalleyError` if the file is missing or damaged.
  public func openSamples(_ parameters: OpenSamplesParameters) throws(GalleyError) -> OpenSamplesResult {
    model = nil
    let opened = try OpenedSamples(parameters)
    source = .samples(opened)
    return OpenSamplesResult(count: opened.file.count)
  }

  /// Loads a model in place of the one before, and binds the first items or samples as its input.
  /// - Throws: `GalleyError` if the runtime or the model can't be used, or the file isn't the one that is meant.
  public func load(_ parameters: LoadParameters) throws -> LoadResult {
    let source = try requireSource()
    model = nil
    let runtime = try runtime(parameters.runtime)
    try parameters.model.digest.require(ofFileAt: parameters.model.path, "model", to: "load")
    // Opening the library isn't part of loading a model.
    if case .unavailable(let reason, let searched) = runtime.ownAvailability() {
      throw GalleyError(
        .unavailable, "can't use the runtime '\(parameters.runtime.name)'", why: reason,
        remedy: searched.isEmpty ? nil : "It was looked for at " + searched.joined(separator: ", ") + ".")
    }
    let baseline = ProcessResources.current().residentBytes
    let (loaded, nanoseconds) = try TimedLoop.once {
      try LoadedModel(parameters.model, runtime: runtime, batch: parameters.batch, source: source)
    }
    let compiled = loaded.compiled
    let feed = try InputFeed(source, loaded)
    try feed.fill(loaded.session, with: (0..<loaded.batch).map { $0 % max(source.count, 1) })
    model = loaded
    return LoadResult(
      inputs: compiled.inputs, outputs: compiled.outputs, configuration: compiled.configuration,
      seconds: Double(nanoseconds) * 1e-9, baselineResidentBytes: baseline)
  }

  /// Runs once; meant to be the first inference after loading.
  /// - Throws: `GalleyError` if no model is loaded or the runtime fails.
  public func firstInference() throws -> FirstInferenceResult {
    let session = try requireModel().session
    let (_, nanoseconds) = try TimedLoop.once { try session.run() }
    return FirstInferenceResult(seconds: Double(nanoseconds) * 1e-9)
  }

  /// Runs until the durations have settled.
  /// - Throws: `GalleyError` if no model is loaded or the runtime fails.
  public func warmUp(_ parameters: WarmUpParameters) throws -> WarmUpResult {
    let session = try requireModel().session
    let limit = min(max(parameters.maximumSeconds, 0), 3600) * 1e9
    let outcome = try WarmUp(maximumNanoseconds: UInt64(limit)).run { try session.run() }
    return WarmUpResult(inferences: outcome.repetitions, settled: outcome.settled, median: outcome.median)
  }

  /// Most inferences in one turn: what a log of 512 MiB holds.
  public static let longestBlock = 1 << 26

  /// Takes one turn: runs on the bound input, and logs each duration.
  /// - Throws: `GalleyError` if no model is loaded, the turn is empty or too long, or the runtime fails.
  public func block(_ parameters: BlockParameters) throws -> BlockResult {
    let session = try requireModel().session
    guard (1...Self.longestBlock).contains(parameters.inferences) else {
      throw GalleyError(
        .configuration, "can't take a turn",
        why: "\(parameters.inferences) inferences are not 1 to \(Self.longestBlock)")
    }
    if log.capacity < parameters.inferences { log = DurationLog(capacity: parameters.inferences) }
    log.removeAll()
    let processorStart = ProcessResources.processorSeconds()
    let start = MonotonicClock.nanoseconds
    try TimedLoop.run(parameters.inferences, into: &log) { try session.run() }
    let elapsed = MonotonicClock.nanoseconds &- start
    return BlockResult(
      durations: DurationList(log.nanoseconds), processorSeconds: ProcessResources.processorSeconds() - processorStart,
      seconds: Double(elapsed) * 1e-9)
  }

  /// What this process uses.
  public func resources() -> ResourceReport {
    let used = ProcessResources.current()
    return ResourceReport(
      residentBytes: used.residentBytes, peakResidentBytes: used.peakResidentBytes,
      processorSeconds: used.processorSeconds)
  }

  /// This machine now.
  public func environment() -> EnvironmentRecord { EnvironmentReader(gpuLibrary: nil).record(galleyVersion: version) }

  /// What the machine's processors did so far; the program that started this one is the one that measures.
  public func observe() -> MachineObservation { MachineObservation(process: getppid()) }

  /// The library that executes the loaded model; reads its file for the digest.
  /// - Throws: `GalleyError` if no model is loaded.
  public func runtimeRecord() throws(GalleyError) -> RuntimeRecord {
    let model = try requireModel()
    let name = model.runtime.ownCard.name
    guard case .available(let version, let library) = model.runtime.ownAvailability() else {
      throw GalleyError(.unavailable, "can't describe the runtime '\(name)'", why: "its library has gone")
    }
    return RuntimeRecord(
      name: name, version: version, libraryDigest: try? Digest(ofFileAt: library),
      configuration: model.compiled.configuration)
  }
}

extension AgentService {
  func requireSource() throws(GalleyError) -> OpenedSource {
    guard let source else {
      throw GalleyError(
        .software, "can't work on items", why: "no data was opened; '\(TargetMethod.openData)' does that")
    }
    return source
  }

  func requireJudged() throws(GalleyError) -> JudgedItems {
    guard let judged = try requireSource().judged else {
      throw GalleyError(
        .software, "can't answer items", why: "samples were opened; '\(TargetMethod.openData)' opens items")
    }
    return judged
  }

  func requireModel() throws(GalleyError) -> LoadedModel {
    guard let model else {
      throw GalleyError(.software, "can't run a model", why: "none is loaded; '\(TargetMethod.load)' does that")
    }
    return model
  }

  private func runtime(_ choice: IngredientChoice) throws -> any Runtime {
    guard let entry = runtimes.entry(named: choice.name) else {
      let known = runtimes.entries.map(\.card.name)
      let guess = NearestName.match(choice.name, in: known).map { "Did you mean '\($0)'?" }
      throw GalleyError(
        .configuration, "can't use the runtime '\(choice.name)'",
        why: "this device has \(known.isEmpty ? "none" : known.joined(separator: ", "))", remedy: guess)
    }
    return try entry.make(choice)
  }
}
