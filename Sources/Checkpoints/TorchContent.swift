// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Pickles

/// What a file of PyTorch's holds: the value that was saved, and where its storages are.
struct TorchContent {
  let form: TorchCheckpoint.Form
  let root: PickleValue
  let storages: TorchStorages

  /// The largest pickle that is read: it holds names and numbers, no weights.
  static let maximumPickle = 64 << 20

  init(_ data: Data) throws(CheckpointProblem) {
    let head = [UInt8](data.prefix(512))
    if head.starts(with: [0x50, 0x4B]) {
      self = try ZipFile(data).content()
    } else if head.count > 262, Array(head[257..<262]) == Array("ustar".utf8) {
      throw CheckpointProblem(
        "it is a tar archive, as PyTorch before 0.1.10 wrote",
        remedy: "Load it with a PyTorch that reads it and save it again with torch.save.")
    } else if head.first == 0x80 {
      self = try LegacyFile.content(of: data)
    } else {
      throw CheckpointProblem(
        data.isEmpty ? "it is empty" : "it is neither a zip archive nor a pickle, as torch.save writes")
    }
  }

  init(form: TorchCheckpoint.Form, root: PickleValue, storages: TorchStorages) {
    self.form = form
    self.root = root
    self.storages = storages
  }
}
