// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Foundation
internal import Galley
internal import Platform
internal import Reports

/// Models of the platform's store.
struct ModelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "Model entities in the store: artifacts, configuration, status, metrics. (Architectures: galley models.)",
    discussion: """
      Examples:
        galley model create net --dataset cats --output-type box --label cat --artifacts weights
        galley model update net --subset 'train={"filter": {"dir": "/train"}}'
        galley model set-status net pre-trained
        galley model train net --adapter adapter.py
        galley model predict net --where "folder == '/new'"
        galley model evaluate net
        galley model clone net net-2
        galley model metrics net --against cats --where "folder == '/test'" -o scores

      A model is named by its name, by PROJECT/NAME, or by its id. 'galley model' is about entities with weights and a
      fate; 'galley models' lists the architectures that can be trained.
      """,
    subcommands: [
      ModelCreateCommand.self, ModelListCommand.self, ModelShowCommand.self, ModelUpdateCommand.self,
      ModelDeleteCommand.self, ModelCloneCommand.self, ModelTrainCommand.self, ModelPredictCommand.self,
      ModelEvaluateCommand.self, ModelEmbedCommand.self, ModelSetStatusCommand.self, ModelMetricsCommand.self,
    ])
}

/// What a model shall be.
struct ModelChangeOptions: ParsableArguments {
  @Option(help: "What it is, for people.")
  var description: String?

  @Option(help: "The data set that it learns from: a name or an id.")
  var dataset: String?

  @Option(help: "What its items are: image, text.")
  var inputType: String?

  @Option(help: "What it predicts: class, box, segment, binary, point, pose, embedding.")
  var outputType: String?

  @Option(name: .customLong("label"), help: "A label that it knows, in the order of its outputs; repeatable.")
  var labels: [String] = []

  @Option(name: .customLong("tag"), help: "A word by which people find it; repeatable.")
  var tags: [String] = []

  @Option(help: "What its adapter is given, like {\"batch_size\": 4}: a JSON object or a file with one.")
  var configuration: ObjectArgument?

  @Option(
    name: .customLong("subset"),
    help: "The items of a subset: train=, validation= or test= with a filter as JSON or a file; repeatable.")
  var subsets: [String] = []

  @Option(help: "What else is known: a JSON object or a file with one.")
  var metadata: ObjectArgument?

  func read() throws(GalleyError) -> ModelChange {
    var change = ModelChange()
    change.description = description
    change.dataset = dataset
    change.inputType = inputType
    change.outputType = outputType
    change.labels = labels.isEmpty ? nil : labels
    change.tags = tags.isEmpty ? nil : tags
    change.configuration = try configuration?.read("--configuration")
    change.metadata = try metadata?.read("--metadata")
    for subset in subsets {
      guard let equals = subset.firstIndex(of: "=") else {
        throw GalleyError(
          .usage, "can't use --subset", at: subset, why: "a name, '=' and a filter were expected",
          remedy: #"Write it like --subset 'train={"filter": {"dir": "/train"}}'."#)
      }
      let text = String(subset[subset.index(after: equals)...])
      let filters = try PlatformFilterOptions.read(text, .items, option: "--subset")
      change.subsets = (change.subsets ?? [:]).merging([String(subset[..<equals]): filters]) { $1 }
    }
    return change
  }
}

extension PlatformModel {
  /// What is known of it, for people.
  var lines: [(String, String?)] {
    var lines: [(String, String?)] = [
      ("id", id), ("name", name), ("version", "\(version)"),
      ("status", status.rawValue + (statusReason.map { " (\($0))" } ?? "")),
      ("may become", status.next.map(\.rawValue).joined(separator: ", ")), ("description", description),
      ("project", projectID), ("data set", datasetID), ("cloned from", parentID), ("input", inputType),
      ("output", outputType), ("labels", labels.isEmpty ? nil : labels.joined(separator: ", ")),
      ("tags", tags.isEmpty ? nil : tags.joined(separator: ", ")),
      ("configuration", configuration.isEmpty ? nil : configuration.text),
    ]
    lines += subsets.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) }
    lines.append(("metadata", metadata.isEmpty ? nil : metadata.text))
    lines += artifacts.map { ("artifact", "\($0.path)  \(ByteCount($0.byteCount))  \($0.digest.prefix(12))") }
    lines += [("created", Moment(created).description), ("updated", Moment(updated).description)]
    return lines
  }
}

/// Creates a model.
struct ModelCreateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "create", abstract: "Create a model.")

  @Argument(help: "Its name.")
  var name: String

  @Option(help: "Its project, which is created if there is none of that name.")
  var project = PlatformStore.defaultProject

  @Option(help: "A file, or a folder with files, that belongs to it: it is then pre-trained.", completion: .file())
  var artifacts: String?

  @OptionGroup var change: ModelChangeOptions
  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let change = try change.read()
    let store = try platform.open(console)
    var model = try store.createModel(name, in: project, change)
    if let artifacts {
      do throws(GalleyError) {
        try store.setArtifacts(ofModel: model.id, from: artifacts)
      } catch {
        // Without its artifacts the model was not asked for.
        try store.deleteModel(model.id)
        throw error
      }
      model = try store.setStatus(.preTrained, ofModel: model.id)
    }
    try console.show(model, model.lines)
  }
}

/// Lists models.
struct ModelListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List the models that pass a filter.")

  @OptionGroup var list: PlatformListOptions
  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let filters = try list.read(.models)
    let page = try platform.open(console).models(filters)
    try console.show(page, "models") { models in
      TextTable(
        columns: [
          .init("id"), .init("name"), .init("version", .trailing), .init("status"), .init("output"),
          .init("artifacts", .trailing), .init("updated"),
        ],
        rows: models.map { model in
          [
            model.id, model.name, "\(model.version)", model.status.rawValue, model.outputType,
            ByteCount(model.artifacts.reduce(0) { $0 + $1.byteCount }).description, Moment(model.updated).description,
          ]
        }
      ).render()
    }
  }
}

/// Shows a model.
struct ModelShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show a model, with what became of it so far.")

  @Argument(help: "Its name or id.")
  var name: String

  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  private struct Document: Encodable {
    var model: PlatformModel
    var history: [StatusChange]
  }

  func run() async throws {
    let console = Console(options)
    let store = try platform.open(console)
    let model = try store.model(name)
    let history = try store.statusHistory(ofModel: model.id)
    let lines = history.map { change -> (String, String?) in
      ("history", "\(Moment(change.at)) \(change.status.rawValue)" + (change.reason.map { ": \($0)" } ?? ""))
    }
    try console.show(Document(model: model, history: history), model.lines + lines)
  }
}

/// Changes a model.
struct ModelUpdateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "update", abstract: "Change a model. New artifacts or a new configuration make a new version.")

  @Argument(help: "Its name or id.")
  var name: String

  @Option(name: .customLong("name"), help: "Its new name.")
  var newName: String?

  @Option(help: "A file, or a folder with files, in the place of its former artifacts.", completion: .file())
  var artifacts: String?

  @OptionGroup var change: ModelChangeOptions
  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    var change = try change.read()
    change.name = newName
    let store = try platform.open(console)
    let id = try store.model(name).id
    if let subsets = change.subsets { change.subsets = try store.model(id).subsets.merging(subsets) { $1 } }
    var model = try store.updateModel(id, change)
    if let artifacts { model = try store.setArtifacts(ofModel: id, from: artifacts) }
    try console.show(model, model.lines)
  }
}

/// Removes a model.
struct ModelDeleteCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete", abstract: "Remove a model with its artifacts, metrics and predictions.")

  @Argument(help: "Its name or id.")
  var name: String

  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let store = try platform.open(console)
    let model = try store.model(name)
    try store.deleteModel(model.id)
    try console.result(json: model)
    console.result("The model '\(model.name)' is gone.")
  }
}

/// Copies a model.
struct ModelCloneCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clone", abstract: "Copy a model with its artifacts; options change the copy.")

  @Argument(help: "The model's name or id.")
  var name: String

  @Argument(help: "The copy's name.")
  var newName: String

  @Option(help: "The copy's project (default: that of the model).")
  var project: String?

  @OptionGroup var change: ModelChangeOptions
  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let change = try change.read()
    let model = try platform.open(console).cloneModel(name, as: newName, in: project, change)
    try console.show(model, model.lines)
  }
}

/// Brings a model into another state.
struct ModelSetStatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set-status", abstract: "Bring a model into another state, if that may follow.",
    discussion:
      "\(ModelStatus.allCases.map { "\($0.rawValue) → \($0.next.map(\.rawValue).joined(separator: ", "))" }.joined(separator: "\n"))"
  )

  @Argument(help: "The model's name or id.")
  var name: String

  @Argument(help: "The state: \(ModelStatus.allCases.map(\.rawValue).joined(separator: ", ")).")
  var status: String

  @Option(help: "Why, for people.")
  var reason: String?

  @Option(help: "The process that trains it: when it is gone, the model has failed.")
  var process: Int32?

  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    guard let status = ModelStatus(rawValue: status) else {
      let names = ModelStatus.allCases.map(\.rawValue)
      throw GalleyError(
        .usage, "can't set the model's status", at: status, why: "there is no such state",
        remedy: NearestName.match(status, in: names).map { "Did you mean '\($0)'?" }
          ?? "There is \(names.joined(separator: ", ")).")
    }
    let model = try platform.open(console).setStatus(
      status, ofModel: name, reason: reason, owner: process.map { ProcessIdentity(number: $0) })
    try console.result(json: model)
    console.result("The model '\(model.name)' is \(model.status.rawValue).")
  }
}
