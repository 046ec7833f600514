// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Tensors

internal import Files
internal import FoundationEssentials

/// Where a run writes its files, so that it can be interrupted at any instant and go on.
public struct TrainingFolder {
  /// The folder; it exists.
  public var path: String
  /// The folder of the run to go on with; `nil` begins a new one.
  public var resume: String?
  /// What makes the run the one it is, besides the options: the network, the data.
  public var identity: [String: String]
  /// Puts weights into the form of a checkpoint; by default they stand alone.
  public var describe: (_ weights: [String: Tensor], _ options: TrainOptions) throws -> Safetensors

  /// Chooses a folder.
  public init(
    _ path: String, resume: String? = nil, identity: [String: String] = [:],
    describe: @escaping (_ weights: [String: Tensor], _ options: TrainOptions) throws -> Safetensors = { weights, _ in
      Safetensors(tensors: weights)
    }
  ) {
    self.path = path
    self.resume = resume
    self.identity = identity
    self.describe = describe
  }

  /// The best weights.
  public var best: String { "\(path)/checkpoint.safetensors" }
  /// The last weights.
  public var last: String { "\(path)/last.safetensors" }
  /// All reports, as a JSON list of `EpochReport`.
  public var history: String { "\(path)/history.json" }
  /// The ids of a batch whose loss was no number, as a JSON list.
  var diverged: String { "\(path)/diverged-items.json" }

  /// The weights after an epoch, from 1.
  public func periodic(_ epoch: Int) -> String {
    let digits = "\(epoch)"
    return "\(path)/checkpoints/epoch-\(String(repeating: "0", count: max(0, 5 - digits.count)))\(digits).safetensors"
  }

  func write(_ weights: [String: Tensor], _ options: TrainOptions, to file: String) throws {
    try AtomicFile.write(describe(weights, options).serialized(), to: file)
  }

  func write(_ value: some Encodable, to file: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(encoder.encode(value), to: file)
  }
}
