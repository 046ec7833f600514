// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Glibc
internal import Golden
internal import Measuring
internal import Pantry
public import Recipes
internal import Targets

/// Runs the trials of a sweep, each in a process of its own, and keeps what became of them.
///
/// Trials share stages through the pantry. A sweep that was stopped or killed goes on with the trial that it was at:
/// trials that have ended are in its ledger, and their rows are in the golden volume, each once.
public struct Sweep: Sendable {
  /// What a sweep tells while it goes on.
  public enum Event: Sendable {
    /// A trial begins; `remaining` counts those that follow it.
    case began(SweepTrial, remaining: Int)
    /// A trial has ended.
    case ended(SweepOutcome.Trial)
    /// A trial that has ended before is not run again.
    case kept(SweepOutcome.Trial)
  }

  let space: SweepSpace
  let catalogue: CardCatalogue
  let process: TrialProcess
  let volume: String?
  let folder: String
  let triesFailedAgain: Bool
  let tell: @Sendable (Event) -> Void

  /// Prepares a sweep.
  /// - Parameters:
  ///   - space: What is tried.
  ///   - catalogue: The ingredients that the recipe may use.
  ///   - process: How a trial is run; it must write its rows to the same volume.
  ///   - volume: The golden volume for trials that fail; `nil` for none.
  ///   - folder: Where ledger and reports are kept.
  ///   - triesFailedAgain: Whether trials that failed before run again.
  ///   - tell: Receives events as they happen.
  public init(
    _ space: SweepSpace, catalogue: CardCatalogue, process: TrialProcess, volume: String?, folder: String,
    triesFailedAgain: Bool = false, tell: @escaping @Sendable (Event) -> Void = { _ in }
  ) {
    self.space = space
    self.catalogue = catalogue
    self.process = process
    self.volume = volume
    self.folder = folder
    self.triesFailedAgain = triesFailedAgain
    self.tell = tell
  }

  /// Runs what hasn't run yet.
  /// - Throws: `GalleyError` if the recipe can't be read, the folder holds another sweep or is in use;
  ///   `CancellationError` if the task is cancelled: finished trials stay finished.
  public func run() async throws -> SweepOutcome {
    let trials = try space.makeTrials()
    let (text, base) = try recipe()
    try openFolder(text)
    let lock = try takeLock()
    defer { withExtendedLifetime(lock) {} }
    var ledger = try SweepLedger(in: folder)
    try await endOrphans(ledger.unfinished)
    let deadline = space.minutes.map { ContinuousClock.now + .seconds($0 * 60) }
    var results: [SweepOutcome.Trial] = []
    for (position, trial) in trials.enumerated() {
      if let former = ledger.ended[trial.number], former.isMeasured || !triesFailedAgain {
        tell(.kept(former))
        results.append(former)
        continue
      }
      if let deadline, ContinuousClock.now >= deadline { continue }
      try Task.checkCancellation()
      tell(.began(trial, remaining: trials.count - position - 1))
      let result = try await run(trial, text, base: base, ledger)
      try ledger.end(trial, result)
      tell(.ended(result))
      results.append(result)
    }
    return SweepOutcome(
      name: space.name, folder: folder, volume: volume, trials: results, remaining: trials.count - results.count)
  }

  // MARK: The folder

  /// What a folder's sweep is; a folder belongs to one.
  private struct Identity: Codable, Equatable {
    var format = "galley.sweep/1"
    var space: SweepSpace
    var recipe: Digest
  }

  private func recipe() throws(GalleyError) -> (text: RecipeText, folder: String) {
    let url = URL(filePath: space.recipe)
    guard let data = try? Data(contentsOf: url), let text = String(validating: data, as: UTF8.self) else {
      throw GalleyError(
        .missingInput, "can't read the sweep's recipe", at: space.recipe,
        why: "the file is missing, may not be read, or isn't UTF-8 text")
    }
    return (try RecipeText(text), url.deletingLastPathComponent().path(percentEncoded: false))
  }

  private func openFolder(_ text: RecipeText) throws(GalleyError) {
    let path = "\(folder)/sweep.json"
    // Time and the number of draws may be raised later: earlier trials stay what they are.
    var lasting = space
    (lasting.minutes, lasting.trials) = (nil, nil)
    lasting.recipe = ""
    let identity = Identity(space: lasting, recipe: Digest(of: text.text))
    if let data = try? Data(contentsOf: URL(filePath: path)) {
      guard let former = try? JSONDecoder().decode(Identity.self, from: data), former == identity else {
        throw GalleyError(
          .configuration, "can't go on with the sweep '\(space.name)'", at: folder,
          why: "the folder holds a sweep of another space or recipe",
          remedy: "Choose another --folder, or remove this one to begin anew.")
      }
      return
    }
    do {
      try AtomicFile.createFolder(folder)
      _ = try write(identity, path)
    } catch let error as FileError {
      throw GalleyError(writing: error, "can't begin the sweep")
    } catch {
      throw GalleyError(.software, "can't begin the sweep", at: path, why: "\(error)")
    }
  }

  private func takeLock() throws(GalleyError) -> FileLock {
    do throws(FileError) {
      if let lock = try FileLock.acquire(folder, .exclusive, waits: false) { return lock }
    } catch {
      throw GalleyError(writing: error, "can't lock the sweep's folder")
    }
    throw GalleyError(
      .tryAgain, "can't run the sweep '\(space.name)'", at: folder, why: "another process is running it",
      remedy: "Wait for it, or choose another --folder.")
  }

  /// A trial whose sweep was killed may still run; its stages would be in the way.
  private func endOrphans(_ processes: [ProcessIdentity]) async throws {
    for process in processes where process.isAlive {
      kill(process.id, SIGINT)
      for _ in 0..<300 where process.isAlive { try await Task.sleep(for: .milliseconds(100)) }
      if process.isAlive { kill(process.id, SIGKILL) }
    }
  }

  // MARK: A trial

  private func run(
    _ trial: SweepTrial, _ text: RecipeText, base: String, _ ledger: SweepLedger
  ) async throws -> SweepOutcome.Trial {
    let start = ContinuousClock.now
    func ended(_ variants: [SweepOutcome.Figures] = [], reason: String? = nil) -> SweepOutcome.Trial {
      SweepOutcome.Trial(
        name: trial.name, settings: trial.settings, isMeasured: reason == nil, reason: reason,
        seconds: start.duration(to: .now) / .seconds(1), variants: variants)
    }
    let recipe = try TrialRecipe(trial, base: text, sweep: space.name)
    let file: RecipeFile
    do {
      file = try RecipeFile.read(text: recipe.text, path: trial.name, folder: base, catalogue: catalogue)
    } catch let error as RecipeError {
      let reason = error.problems.map(\.description).joined(separator: "; ")
      try keep(reason, of: recipe, nil)
      return ended(reason: reason)
    }
    let run = TrialRun(process: process, text: recipe.text, base: base, folder: "\(folder)/\(trial.name)")
    switch try await run.run(began: { id in try ledger.began(trial, ProcessIdentity.of(id)) }) {
    case .measured(let figures):
      return ended(figures)
    case .failed(let reason):
      try keep(reason, of: recipe, file)
      return ended(reason: reason)
    }
  }

  /// Keeps a row for each variant of a trial that couldn't be measured, unless an earlier run has.
  private func keep(_ reason: String, of trial: TrialRecipe, _ file: RecipeFile?) throws {
    guard let volume else { return }
    var rows: [GoldenRow] = []
    for name in trial.variants {
      let recipe = file?.variants.first { $0.name == name }?.recipe
      let tools = try recipe.map { try ToolIdentity.all(of: [$0]) }
      let content = try recipe.map {
        GoldenRecipe(
          try $0.canonicalText(tools: tools ?? [:]), form: .galley, digest: try $0.digest(tools: tools ?? [:]))
      }
      rows.append(
        try GoldenRow(
          failed: reason, recipe: content ?? GoldenRecipe(trial.text, form: .none), variant: name,
          task: recipe?.task ?? "", target: LocalTarget.card.name, at: Date().timeIntervalSince1970, source: .sweep))
    }
    let opened = try GoldenVolume.open(volume)
    let unknown = try rows.filter { row in
      try opened.rows(GoldenFilter(recipeDigest: row.recipeDigest, status: .failed)).isEmpty
    }
    try opened.insert(unknown)
  }
}
