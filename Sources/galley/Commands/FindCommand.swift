// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Bench
internal import Datasets
internal import Foundation
internal import Galley
internal import Golden
internal import Reports
internal import Runtimes
internal import Scenarios
internal import Statistics
internal import Targets
internal import WorkerProtocol

/// Looks for the best model within bounds.
struct FindCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "find",
    abstract: "Find the most accurate model for your images that stays within bounds on this machine.",
    discussion: """
      Examples:
        galley find --data photos --where 'latency <= 10ms, size <= 5MB' --minutes 30
        galley find --data shapes --where 'latency <= 200us' --epochs 20
        galley find --data photos --architectures mobilenet-v3-small,resnet-18 --optimizers none,int8

      Speed first, which needs no training: every architecture is measured with drawn weights, in each precision and
      runtime. What keeps the bounds is trained in rounds, few epochs for all and more for the best. The choice is made
      on validation items; the accuracy that is reported is that on test items. Exit code 1 says that nothing keeps the
      bounds; the nearest is then named with the bound that it breaks.
      """)

  @Option(help: "A folder or archive of images, a file that describes a data set, or 'shapes' or 'defects'.")
  var data: String

  @Option(name: .customLong("data-option"), help: "An option of the data set, such as height=96; repeatable.")
  var dataOptions: [String] = []

  @Option(name: .customLong("where"), help: "What the model has to keep: 'latency <= 10ms, size <= 1MB'.")
  var bounds = ""

  @Option(help: "What is to be as large as possible.")
  var maximize = "accuracy"

  @Option(help: "The target that measures.")
  var target = "local"

  @Option(help: "Time after which no further training begins, in minutes.")
  var minutes = 30.0

  @Option(help: "Passes over the training items in the last round.")
  var epochs = 30

  @Option(help: "Architectures, with commas (default: all that suit).")
  var architectures = ""

  @Option(help: "Optimizers, with commas (default: all).")
  var optimizers = ""

  @Option(help: "Runtimes, with commas (default: all that are here).")
  var runtimes = ""

  @Option(help: "A golden volume that says which architectures were good on other data; repeatable.")
  var volume: [String] = []

  @Option(help: "Seed of everything that is drawn.")
  var seed = 2026

  @Option(help: "Folder for recipes and reports (default: output/find).", completion: .directory)
  var folder = "output/find"

  @OptionGroup var golden: GoldenTargetOptions
  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func validate() throws {
    guard maximize == "accuracy" else {
      throw ValidationError("--maximize takes accuracy; other figures are bounds: --where 'latency <= 10ms'.")
    }
    guard minutes > 0, epochs >= 1 else { throw ValidationError("--minutes and --epochs must be above 0.") }
    guard target == LocalTarget.card.name else {
      throw ValidationError("There is no target '\(target)'; this version measures on \(LocalTarget.card.name).")
    }
  }

  func run() async throws {
    let console = Console(options)
    let request = FindRequest(
      data: try await dataSlot(console), base: FileManager.default.currentDirectoryPath,
      bounds: bounds.isEmpty ? [] : try ChoiceBound.read(bounds), minutes: minutes, epochs: epochs,
      architectures: Self.words(architectures), optimizers: Self.words(optimizers), runtimes: Self.words(runtimes),
      volumes: volume, seed: seed)
    let available = Set(
      Catalogue.runtimeOffers.filter { if case .available = $0.availability() { true } else { false } }.map(\.card.name)
    )
    let search = ModelSearch(
      request, catalogue: try Catalogue.standard.cardCatalogue(),
      process: TrialProcess.galley(place), volume: golden.path(place), folder: TrialProcess.folder(folder),
      isHere: { available.contains($0.name) }
    ) { event in
      Self.show(event, console)
    }
    let outcome = try await search.run()
    try console.result(json: outcome)
    console.result(outcome.text)
    if outcome.best == nil { throw SilentExit(code: .verdictNo) }
  }

  /// A built-in data set by name, or images at a path.
  /// - Throws: `GalleyError` if there is nothing at the path, or nothing that is recognised: no architecture would help.
  private func dataSlot(_ console: Console) async throws -> ConfigurationValue {
    var slot: [String: ConfigurationValue] = [:]
    for option in dataOptions {
      guard let sign = option.firstIndex(of: "="), sign != option.startIndex else {
        throw ValidationError("--data-option is NAME=VALUE, not '\(option)'.")
      }
      let value = String(option[option.index(after: sign)...])
      slot[String(option[..<sign])] =
        Int(value).map(ConfigurationValue.int) ?? Double(value).map(ConfigurationValue.float)
        ?? Bool(value).map(ConfigurationValue.bool) ?? .string(value)
    }
    let builtIn = Catalogue.standard.datasets.entries.map(\.card).filter { $0.option("path") == nil }
    if builtIn.contains(where: { $0.name == data }), !FileManager.default.fileExists(atPath: data) {
      slot["use"] = .string(data)
    } else {
      try await check(slot["format"], builtIn.map(\.name), console)
      slot["use"] = "images"
      slot["path"] = .string(data)
    }
    return .map(slot)
  }

  /// Reads what the data set is before anything is tried on it; one on the network is fetched first.
  private func check(_ format: ConfigurationValue?, _ builtIn: [String], _ console: Console) async throws {
    let path = try await place.local(data, console)
    guard FileManager.default.fileExists(atPath: path) else {
      throw GalleyError(
        .missingInput, "can't look for a model", at: "--data \(data)",
        why: "there is no such file or folder, and no built-in data set of that name",
        remedy: NearestName.match(data, in: builtIn).map { "Did you mean '\($0)'?" }
          ?? "Name a folder or archive of images, or one of \(builtIn.sorted().joined(separator: ", ")).")
    }
    var known: DatasetFormat?
    if case .string(let name)? = format { known = DatasetFormat(rawValue: name) }
    guard try !DatasetReader.read(path, as: known).complete().items.isEmpty else {
      throw GalleyError(
        .badData, "can't look for a model", at: "--data \(data)", why: "the data set has no items",
        remedy: "galley data check \(data) says what is there.")
    }
  }

  private static func words(_ text: String) -> [String] {
    text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
  }

  private static func show(_ event: ModelSearch.Event, _ console: Console) {
    switch event {
    case .began(let trial): console.note(trial)
    case .failed(let model, let reason): console.note("\(model) can't be used: \(reason)")
    case .round(let epochs, let models, let best, let accuracy):
      console.note(
        "\(models) trained, epochs: \(epochs); the best is \(best), "
          + String(format: "%.1f %% of the validation items.", accuracy * 100))
    }
  }
}

extension FindOutcome {
  /// The answer, what was looked at, and what is nearest if there is no answer.
  var text: String {
    var parts: [String] = [table]
    if let best, let figures = best.trained {
      parts.append(
        "\nTake \(best.architecture) with \(best.use): "
          + String(
            format: "%.1f %% of the test items%@, median latency %@%@, %@.", (figures.accuracy ?? 0) * 100,
            figures.accuracyInterval.map { String(format: " (95 %%: %.1f–%.1f)", $0.lower * 100, $0.upper * 100) }
              ?? "",
            Self.time(figures.medianLatency),
            " (95 %: \(Self.time(figures.latencyInterval.lower))–\(Self.time(figures.latencyInterval.upper)))",
            ByteCount(figures.modelBytes).description)
          + (best.isClose ? "\nIts interval reaches over a bound: measure it longer before you rely on it." : ""))
      parts.append("Its row: \(figures.row.prefix(12))\(volume.map { " in \($0)" } ?? ""); recipes: \(folder)")
    } else {
      parts.append("\nNothing keeps the bounds. Nearest:")
      parts += nearest.map {
        "  \($0.architecture) with \($0.use): breaks \($0.bound) by \(String(format: "%.1f %%", $0.excess * 100))"
      }
    }
    if ranOutOfTime { parts.append("Time ran out: with more --minutes more would have been trained.") }
    return parts.joined(separator: "\n")
  }

  private var table: String {
    TextTable(
      columns: [
        .init("model"), .init("use"), .init("untrained latency", .trailing), .init("epochs", .trailing),
        .init("validation", .trailing), .init("test", .trailing), .init("latency", .trailing), .init("size", .trailing),
        .init("remark"),
      ],
      rows: entries.map { entry in
        [
          entry.architecture, entry.use, entry.untrained.map { Self.time($0.medianLatency) } ?? "",
          entry.epochs.map(String.init) ?? "", Self.percent(entry.trained?.validationAccuracy),
          Self.percent(entry.trained?.accuracy), entry.trained.map { Self.time($0.medianLatency) } ?? "",
          (entry.trained ?? entry.untrained).map { ByteCount($0.modelBytes).description } ?? "", entry.reason ?? "",
        ]
      }
    ).render()
  }

  private static func time(_ seconds: Double) -> String {
    seconds < 1e-3 ? String(format: "%.1f µs", seconds * 1e6) : String(format: "%.3g ms", seconds * 1e3)
  }

  private static func percent(_ share: Double?) -> String { share.map { String(format: "%.1f %%", $0 * 100) } ?? "" }
}
