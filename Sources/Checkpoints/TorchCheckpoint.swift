// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials
public import Galley
internal import Pickles
public import Tensors

/// The weights in a file that `torch.save` wrote, read as tensors only: nothing in the file is executed, and whatever
/// would have to be is refused by its name.
///
/// Both forms are read: the zip archive of PyTorch 1.6 and later, and the one before it. The file is mapped, and a
/// tensor's bytes are copied when it is asked for, so that a file isn't held twice. The format is documented in
/// PyTorch's `torch/serialization.py`.
public struct TorchCheckpoint: Sendable {
  /// How the file is made.
  public enum Form: String, Sendable, Hashable {
    /// A zip archive, as PyTorch writes since 1.6.
    case zip
    /// A sequence of pickles and storages, as PyTorch wrote before, and with `_use_new_zipfile_serialization=False`.
    case legacy
  }

  /// A tensor of the state dictionary.
  public struct Entry: Sendable, Hashable {
    /// Its key.
    public let name: String
    /// Type of its elements.
    public let elementType: ElementType
    /// Its shape.
    public let shape: [Int]
    let view: StorageView
  }

  /// A value beside the weights, such as the epoch.
  public enum Scalar: Sendable, Hashable {
    case none
    case bool(Bool)
    case int(Int)
    case float(Double)
    case text(String)
  }

  /// How the file is made.
  public let form: Form
  /// The tensors of the state dictionary, in its order.
  public let entries: [Entry]
  /// The scalars of the file by path, such as `epoch` or `optimizer.param_groups.0.lr`; at most 10,000.
  public let scalars: [(path: String, value: Scalar)]
  /// The keys to the dictionary that holds the weights, joined by dots; empty if it is the whole file.
  public let stateDictPath: String
  /// Which dictionary was taken for the weights, and by which rule, in a sentence without a full stop.
  public let explanation: String

  private let storages: TorchStorages
  private let file: String

  /// Opens a file.
  /// - Parameter stateDict: keys to the dictionary with the weights, joined by dots; `nil` to find it by rule: the whole
  ///   file if it holds tensors, else the first of `StateDictSearch.knownKeys` that does, else the only one that does.
  /// - Throws: `GalleyError` if it can't be read, is damaged, holds what would have to be executed, or no rule tells
  ///   which dictionary holds the weights.
  public init(contentsOf path: String, stateDict: String? = nil) throws(GalleyError) {
    let data: Data
    do {
      data = try Data(contentsOf: URL(filePath: path), options: .alwaysMapped)
    } catch {
      throw GalleyError(
        .missingInput, "can't read the checkpoint", at: path, why: "the file doesn't exist or may not be read")
    }
    try self.init(data, named: path, stateDict: stateDict)
  }

  /// Opens a file's bytes.
  /// - Parameter name: the file's name, for errors.
  /// - Throws: `GalleyError` as for a file.
  public init(_ data: Data, named name: String, stateDict: String? = nil) throws(GalleyError) {
    do throws(CheckpointProblem) {
      let content = try TorchContent(data)
      let search = try StateDictSearch(content.root, wanted: stateDict)
      form = content.form
      storages = content.storages
      scalars = search.scalars
      stateDictPath = search.path
      explanation = search.explanation
      var entries: [Entry] = []
      for (key, view) in search.tensors {
        do throws(CheckpointProblem) {
          try content.storages.check(view)
        } catch {
          throw CheckpointProblem("tensor '\(key)': \(error.why)", remedy: error.remedy)
        }
        entries.append(Entry(name: key, elementType: view.elementType, shape: view.shape, view: view))
      }
      try Self.checkTotal(entries, data.count)
      self.entries = entries
    } catch {
      throw error.galleyError(at: name)
    }
    file = name
  }

  /// The tensor called `name`, contiguous.
  /// - Throws: `GalleyError` if there is none, or its bytes are damaged.
  public func tensor(_ name: String) throws(GalleyError) -> Tensor {
    guard let entry = entries.first(where: { $0.name == name }) else {
      let near = NearestName.match(name, in: entries.map(\.name))
      throw GalleyError(
        .badData, "can't read the checkpoint", at: file, why: "there is no tensor '\(name)'",
        remedy: near.map { "Did you mean '\($0)'?" })
    }
    return try tensor(entry)
  }

  /// The tensor of an entry, contiguous.
  /// - Throws: `GalleyError` if its bytes are damaged.
  public func tensor(_ entry: Entry) throws(GalleyError) -> Tensor {
    do throws(CheckpointProblem) {
      return try storages.tensor(entry.view)
    } catch {
      throw CheckpointProblem("tensor '\(entry.name)': \(error.why)", remedy: error.remedy).galleyError(at: file)
    }
  }

  /// All tensors, in the dictionary's order. Tensors that share a storage each get their own bytes.
  /// - Throws: `GalleyError` if one is damaged.
  public func tensors() throws(GalleyError) -> [(name: String, tensor: Tensor)] {
    var tensors: [(name: String, tensor: Tensor)] = []
    tensors.reserveCapacity(entries.count)
    for entry in entries { tensors.append((entry.name, try tensor(entry))) }
    return tensors
  }

  /// Views may share bytes and repeat them; a small file that asks for much memory is no checkpoint.
  private static func checkTotal(_ entries: [Entry], _ fileCount: Int) throws(CheckpointProblem) {
    var total = 0
    for entry in entries {
      let (sum, overflow) = total.addingReportingOverflow(entry.view.byteCount)
      total = overflow ? .max : sum
    }
    guard total <= 16 * fileCount + 64 << 20 else {
      throw CheckpointProblem("its tensors would take \(total) bytes, but the file has only \(fileCount)")
    }
  }
}
