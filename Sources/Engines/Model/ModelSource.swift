// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
public import Galley
public import ModelFiles
internal import Tensors

/// The one model of an engine, as its user names it.
public enum ModelSource: Sendable, Hashable, Codable {
  /// The plan chooses an architecture.
  case automatic
  /// An architecture to be trained.
  case architecture(IngredientChoice)
  /// A network that was trained.
  case checkpoint(String)
  /// A model file, and what the user says of its meaning.
  case file(String, ExpectationOptions)

  /// Understands what a user writes: `auto`, `mobilenet-v2`, `mobilenet-v2:width=0.5`, or the path of a checkpoint or
  /// of a model file.
  ///
  /// A name of an architecture wins over a file or folder of that name; `./name` is the file.
  /// - Parameters:
  ///   - text: what was written.
  ///   - options: options of the architecture, as they were written.
  ///   - meaning: what the user says of a model file.
  ///   - registry: offers the architectures.
  /// - Throws: `GalleyError` if there is neither such an architecture (with the nearest name) nor such a file, or an
  ///   option isn't the architecture's.
  public init(
    _ text: String, options: [String: String] = [:], meaning: ExpectationOptions = ExpectationOptions(),
    among registry: BackendRegistry
  ) throws(GalleyError) {
    if text == "auto" {
      guard options.isEmpty else {
        throw GalleyError(
          .usage, "can't use the model's options", at: "--model auto",
          why: "the plan chooses the architecture, and then its options",
          remedy: "Name an architecture; galley models lists them.")
      }
      try Self.checkUnsaid(meaning, "--model auto", "an architecture")
      self = .automatic
      return
    }
    let name = String(text.prefix { $0 != ":" })
    if let card = registry.architecture(name) {
      try Self.checkUnsaid(meaning, text, "an architecture")
      self = .architecture(
        try IngredientNotation(text).choice(of: card, with: options, remedy: "; see galley models show \(name)"))
      return
    }
    guard FileManager.default.fileExists(atPath: text) else { throw Self.unknown(text, name, registry) }
    guard options.isEmpty else {
      throw GalleyError(
        .usage, "can't use the model's options", at: text, why: "a file has no options; they belong to architectures")
    }
    self = try Self.existing(text, meaning)
  }

  private static func existing(_ path: String, _ meaning: ExpectationOptions) throws(GalleyError) -> ModelSource {
    let suffix = path.lowercased().split(separator: ".").last.map(String.init) ?? ""
    if ["pth", "pt", "ckpt"].contains(suffix) {
      throw GalleyError(
        .usage, "can't use the weights as a model", at: path, why: "such a file doesn't say which network it is for",
        remedy: "Name the architecture and begin with these weights: --model NAME --initial-weights \(path).")
    }
    guard suffix == "safetensors" else { return .file(path, meaning) }
    let format = (try? Safetensors(Data(contentsOf: URL(filePath: path), options: .alwaysMapped)))?.metadata["format"]
    guard let format, format.hasPrefix("galley.checkpoint/") else {
      throw GalleyError(
        .badData, "can't use the file as a model", at: path, why: "it is no checkpoint of Galley's",
        remedy: "If it holds weights, name the architecture: --model NAME --initial-weights \(path).")
    }
    try checkUnsaid(meaning, path, "a checkpoint")
    return .checkpoint(path)
  }

  /// Refuses what is said of a model file where there is none.
  private static func checkUnsaid(
    _ meaning: ExpectationOptions, _ place: String, _ kind: String
  ) throws(GalleyError) {
    guard meaning != ExpectationOptions() else { return }
    throw GalleyError(
      .usage, "can't use what is said of the model", at: place, why: "\(kind) is no model file, and says its meaning",
      remedy: "Leave out --model-preprocessing, --model-labels, --model-output and --model-card.")
  }

  private static func unknown(_ text: String, _ name: String, _ registry: BackendRegistry) -> GalleyError {
    let names = registry.architectures.map(\.card.name)
    if text.contains("/") || text.contains(".") {
      return GalleyError(
        .missingInput, "can't find the model", at: text, why: "there is no such file, and no architecture of that name",
        remedy: NearestName.match(name, in: names).map { "Did you mean '\($0)'?" } ?? "galley models lists the names.")
    }
    return GalleyError(
      .usage, "can't find the model", at: text, why: "there is no architecture of that name",
      remedy: NearestName.match(name, in: names).map { "Did you mean '\($0)'?" }
        ?? "There is \(names.joined(separator: ", ")).")
  }
}
