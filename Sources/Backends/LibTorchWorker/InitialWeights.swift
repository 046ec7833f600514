// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Checkpoints
internal import Files
internal import FoundationEssentials
internal import Galley
internal import Tensors
internal import Torch

/// What a network took from the weights that its training began with.
struct InitialWeightsReport: Codable {
  /// The name of the report in a run's folder.
  static let fileName = "initial-weights.json"

  /// SHA-256 of the file.
  var digest: Digest
  /// Parameters and buffers that were taken.
  var takenCount: Int
  /// Those of the last layer that began afresh, because the file's have another shape and nobody knows its classes.
  var fresh: [String]
  /// Classes whose rows of the last layer were taken by name, and classes that began afresh; `nil` if rows weren't
  /// looked at.
  var mapped: Mapping?
  /// The file's name.
  var name: String

  /// Rows of the last layer by class.
  struct Mapping: Codable {
    var known: [String]
    var fresh: [String]
  }

  /// What the run that is gone on with took from its weights; `nil` if it took none.
  /// - Throws: `GalleyError` if the report is something else.
  static func read(inFolder folder: String) throws(GalleyError) -> InitialWeightsReport? {
    let path = "\(folder)/\(fileName)"
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    guard let report = try? JSONDecoder().decode(Self.self, from: data) else {
      throw GalleyError(
        .badData, "can't go on with the run", at: path, why: "it is no report about initial weights",
        remedy: "Train anew without resume.")
    }
    return report
  }

  /// Writes a run's report; without one, removes that of an earlier run in the same folder.
  static func write(_ report: InitialWeightsReport?, toFolder folder: String) throws {
    let path = "\(folder)/\(fileName)"
    guard let report else {
      try? FileManager.default.removeItem(atPath: path)
      return
    }
    try AtomicFile.write(Data(CheckpointMetadata.json(report).utf8), to: path)
  }

  /// What the user should know.
  var notes: [String] {
    var notes: [String] = []
    if !fresh.isEmpty {
      notes.append(
        "The last layer begins afresh, because \(name) has another shape for it (\(fresh.joined(separator: ", "))).")
    }
    if let mapped {
      notes.append(
        "The last layer's rows are taken from \(name) by class name: \(mapped.known.count) classes are known"
          + (mapped.fresh.isEmpty ? "." : ", and \(mapped.fresh.joined(separator: ", ")) begin afresh."))
    }
    return notes
  }
}

/// Weights that a training begins with, from a file.
struct InitialWeights {
  let path: String
  let digest: Digest
  let saved: Safetensors
  /// The classes' names, if the file says them.
  let labels: [String]?

  /// Reads a checkpoint of Galley's, another safetensors file, or PyTorch's.
  /// - Throws: `GalleyError` if the file is missing or is something else.
  init(contentsOf path: String) throws(GalleyError) {
    self.path = path
    let bytes: Data
    do {
      bytes = try Data(contentsOf: URL(filePath: path), options: .alwaysMapped)
    } catch {
      throw GalleyError(
        .missingInput, "can't read the weights", at: path, why: FileError(.read, path).reason,
        remedy: "Check the path of the weights.")
    }
    (saved, labels) = try Self.read(bytes, path)
    digest = Digest(of: bytes)
  }

  private static func read(_ bytes: Data, _ path: String) throws(GalleyError) -> (Safetensors, labels: [String]?) {
    // PyTorch's files are zip archives, or pickles that begin with the opcode PROTO.
    if bytes.starts(with: [0x50, 0x4B]) || bytes.first == 0x80 {
      let checkpoint = try TorchCheckpoint(bytes, named: path)
      let tensors = Dictionary(try checkpoint.tensors().map { ($0.name, $0.tensor) }) { first, _ in first }
      return (Safetensors(tensors: tensors), ClassNames.find(in: checkpoint.scalars))
    }
    do throws(TensorError) {
      let saved = try Safetensors(bytes)
      let labels = saved.metadata["labels"].flatMap {
        try? JSONDecoder().decode([String].self, from: Data($0.utf8))
      }
      return (saved, labels)
    } catch {
      throw GalleyError(
        .badData, "can't use the weights", at: path, why: "\(error)",
        remedy: "Give a checkpoint of Galley's, a safetensors file with the same parameter names, or PyTorch's .pth.")
    }
  }

  /// Gives a network these weights.
  ///
  /// Where the file says its classes, the last layer's rows go to the classes of the same names. Otherwise a last layer of
  /// another shape, as one for other classes has, begins afresh.
  /// - Throws: `GalleyError` that names whatever else doesn't match; the network is then as it was.
  func load(into state: ModuleState, labels wanted: [String]) throws -> InitialWeightsReport {
    let own = try state.safetensors()
    let last = Self.lastLayer(of: state.entries.map(\.name))
    var report = InitialWeightsReport(
      digest: digest, takenCount: 0, fresh: [], mapped: nil,
      name: path.split(separator: "/").last.map(String.init) ?? path)
    var given = saved.tensors
    if let labels, labels != wanted, let rows = try mapped(last, labels, wanted, own) {
      given.merge(rows) { _, row in row }
      report.mapped = .init(known: wanted.filter(labels.contains), fresh: wanted.filter { !labels.contains($0) })
    } else {
      let misshapen = own.tensors.filter { name, tensor in
        given[name].map { $0.shape != tensor.shape && $0.elementType == tensor.elementType } ?? false
      }
      // A layer is taken as a whole or not at all.
      report.fresh = misshapen.keys.contains(where: last.contains) ? last : []
      for name in report.fresh where given[name] != nil { given[name] = own.tensors[name] }
    }
    try refuseDifferences(state, given)
    try state.load(Safetensors(tensors: given))
    report.takenCount = own.tensors.count - report.fresh.count
    return report
  }

  /// The last layer with the rows of known classes from the file and its own for others; `nil` if the file's has another
  /// form.
  private func mapped(
    _ layer: [String], _ labels: [String], _ wanted: [String], _ own: Safetensors
  ) throws -> [String: Tensor]? {
    var rows: [String: Tensor] = [:]
    for name in layer {
      guard let theirs = saved.tensors[name], let ours = own.tensors[name], theirs.elementType == ours.elementType,
        theirs.shape.first == labels.count, ours.shape.first == wanted.count,
        theirs.shape.dropFirst() == ours.shape.dropFirst()
      else { return nil }
      let parts = try wanted.enumerated().map { row, label in
        if let position = labels.firstIndex(of: label) { return try theirs.rows(position..<position + 1) }
        return try ours.rows(row..<row + 1)
      }
      rows[name] = try Tensor(
        elementType: ours.elementType, shape: ours.shape, bytes: parts.flatMap { Array($0.bytes) })
    }
    return rows
  }

  /// The parameters and buffers of the module that was made last.
  private static func lastLayer(of names: [String]) -> [String] {
    func module(_ name: String) -> Substring { name[..<(name.lastIndex(of: ".") ?? name.startIndex)] }
    guard let last = names.last else { return [] }
    return names.filter { module($0) == module(last) }
  }

  private func refuseDifferences(_ state: ModuleState, _ given: [String: Tensor]) throws {
    let differences = try state.differences(from: Safetensors(tensors: given))
    guard differences.isEmpty else {
      throw GalleyError(
        .badData, "can't begin with these weights", at: path, why: differences.joined(separator: "; "),
        remedy: "Use weights of the same architecture and options; only a last layer of another shape begins afresh.")
    }
  }
}
