// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Tensors

/// A training run on disk: from it the run goes on as if it had never been interrupted.
///
/// The file is safetensors: `model.*` are weights and buffers, `optimizer.*` the optimizer's memory, `gradient.*`
/// gradients that were being added up, `best.*` the best weights if they aren't the present ones, `generator` LibTorch's
/// generator, `generator.cuda` that of the device. The rest is JSON in the metadata.
struct TrainingState {
  /// Name and version of the file format.
  static let format = "galley.training-state/1"
  /// The name of the file in a run's folder.
  static let fileName = "training-state.safetensors"

  var position: TrainingPosition
  /// What the run is: options, data, network. Only the same one can go on.
  var identity: [String: String]
  var model: [String: Tensor]
  var optimizer: [String: Tensor]
  var gradients: [String: Tensor]
  /// The best weights; `nil` if they are those of the model.
  var best: [String: Tensor]?
  /// The generators' states by device.
  var generators: [String: Tensor]

  init(
    position: TrainingPosition, identity: [String: String], model: [String: Tensor], optimizer: [String: Tensor],
    gradients: [String: Tensor], best: [String: Tensor]?, generators: [String: Tensor]
  ) {
    self.position = position
    self.identity = identity
    self.model = model
    self.optimizer = optimizer
    self.gradients = gradients
    self.best = best
    self.generators = generators
  }

  /// Whether a run has left its state in a folder.
  static func exists(inFolder folder: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(folder)/\(fileName)")
  }

  /// Copies the state of the run in a folder to another.
  static func copy(fromFolder origin: String, to folder: String) throws {
    try AtomicFile.copy("\(origin)/\(fileName)", to: "\(folder)/\(fileName)")
  }

  /// Reads the state of the run in a folder.
  /// - Throws: `GalleyError` if there is none, or the file is something else.
  init(inFolder folder: String) throws(GalleyError) {
    let path = "\(folder)/\(Self.fileName)"
    let bytes: Data
    do {
      bytes = try Data(contentsOf: URL(filePath: path), options: .alwaysMapped)
    } catch {
      throw GalleyError(
        .missingInput, "can't go on with the run", at: path, why: FileError(.read, path).reason,
        remedy: "Give the folder of a run that was interrupted, or train anew without resume.")
    }
    do {
      try self.init(Safetensors(bytes))
    } catch {
      throw GalleyError(
        .badData, "can't go on with the run", at: path, why: "\(error)", remedy: "Train anew without resume.")
    }
  }

  private init(_ file: Safetensors) throws {
    let metadata = CheckpointMetadata(file.metadata)
    guard try metadata.text("format") == Self.format else { throw CheckpointMetadata.Missing(key: "format") }
    position = try metadata.value("position")
    identity = try metadata.value("identity")
    func tensors(_ group: String) -> [String: Tensor] {
      var found: [String: Tensor] = [:]
      for (name, tensor) in file.tensors where name.hasPrefix(group + ".") {
        found[String(name.dropFirst(group.count + 1))] = tensor
      }
      return found
    }
    model = tensors("model")
    optimizer = tensors("optimizer")
    gradients = tensors("gradient")
    best = try metadata.text("best") == "model" ? nil : tensors("best")
    generators = tensors("generator")
  }

  /// Writes the file as a whole or not at all.
  func write(toFolder folder: String) throws {
    var tensors: [String: Tensor] = [:]
    let groups = [
      ("model", model), ("optimizer", optimizer), ("gradient", gradients), ("best", best ?? [:]),
      ("generator", generators),
    ]
    for (group, members) in groups {
      for (name, tensor) in members { tensors["\(group).\(name)"] = tensor }
    }
    var metadata = CheckpointMetadata(["format": Self.format, "best": best == nil ? "model" : "own"])
    try metadata.set("position", position)
    try metadata.set("identity", identity)
    let bytes = try Safetensors(tensors: tensors, metadata: metadata.entries).serialized()
    try AtomicFile.write(bytes, to: "\(folder)/\(Self.fileName)")
  }

  /// Refuses to go on with another run than this one.
  /// - Throws: `GalleyError` that names what differs.
  func check(_ wanted: [String: String], at folder: String) throws(GalleyError) {
    let differing = Set(identity.keys).union(wanted.keys).filter { identity[$0] != wanted[$0] }.sorted()
    guard !differing.isEmpty else { return }
    let words = differing.map { "\($0) was \(identity[$0] ?? "nothing") and is now \(wanted[$0] ?? "nothing")" }
    throw GalleyError(
      .configuration, "can't go on with the run", at: folder,
      why: "it is another one: " + words.joined(separator: "; "),
      remedy: "Give the same model, data and options, or begin a new run with that one's last checkpoint as initial "
        + "weights.")
  }
}
