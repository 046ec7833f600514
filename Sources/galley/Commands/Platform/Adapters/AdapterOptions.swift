// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Adapters
internal import ArgumentParser
internal import Galley
internal import Platform
internal import Workers

/// Which adapter stands for a model, and how it is asked.
struct AdapterOptions: ParsableArguments {
  @Option(
    help: "The Python file with the adapter, as FILE or FILE:Class, or a registered worker; the model remembers it.",
    completion: .file(extensions: ["py"]))
  var adapter: String?

  @Option(help: "The Python that runs it (default: its locked environment, GALLEY_PYTHON, or python3).")
  var python: String?

  @Option(help: "How long one call for a batch may take, in seconds; 0 is for ever.")
  var deadline = 300.0

  mutating func validate() throws {
    guard deadline >= 0, deadline < 1e9 else { throw ValidationError("--deadline must be a number of seconds.") }
  }

  /// Starts the adapter of a model, lets `body` use both, and ends it whatever happens.
  func withModel<Result: Sendable>(
    _ name: String, in store: PlatformStore, _ settings: AdapterSettings, _ console: Console,
    _ body: (AdaptedModel) async throws -> Result
  ) async throws -> Result {
    let model = try store.model(name)
    let display = AdapterDisplay(console)
    var settings = settings
    settings.deadline = deadline > 0 ? .seconds(deadline) : nil
    settings.onEvent = { display.show($0) }
    defer { display.end() }
    let hosted = HostedAdapter(source: try source(for: model)) { display.show($0) }
    return try await hosted.withModel(model, in: store, settings, body)
  }

  private func source(for model: PlatformModel) throws(GalleyError) -> WorkerSource {
    if let text = adapter ?? model.adapterText { return try WorkerSource(adapter: text, python: python) }
    throw GalleyError(
      .usage, "can't use the model '\(model.name)'", why: "it has no adapter yet",
      remedy: "Name the Python file with its functions once: --adapter FILE. Documentation/adapters.md shows one.")
  }
}

/// How items are portioned.
struct BatchOptions: ParsableArguments {
  @Option(help: "Items of one batch (default: the configuration's batch_size, else what the adapter says).")
  var batchSize: Int?

  mutating func validate() throws {
    guard batchSize.map({ (1...65_536).contains($0) }) ?? true else {
      throw ValidationError("--batch-size must be from 1 to 65536.")
    }
  }

  /// With the name of the run, if one was given.
  func settings(run: String?) -> AdapterSettings { AdapterSettings(batchSize: batchSize, run: run) }
}

/// Under which name predictions are staged.
struct PredictionRunOptions: ParsableArguments {
  @Option(help: "The run: one that was interrupted goes on where it stood (default: a new one).")
  var run: String?
}

/// Which items a model is asked about.
struct AskedItems: ParsableArguments {
  @Argument(help: "Items' ids; without any, all of the data set that pass the filter.")
  var items: [String] = []

  @Option(help: "The data set: a name or an id (default: that of the model).")
  var dataset: String?

  @OptionGroup var filter: PlatformFilterOptions

  mutating func validate() throws {
    guard items.isEmpty || (filter.isEmpty && dataset == nil) else {
      throw ValidationError("Items that are named need neither --dataset nor a filter.")
    }
  }
}
