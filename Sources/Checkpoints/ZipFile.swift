// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Archives
internal import FoundationEssentials
internal import Pickles

/// The form of PyTorch 1.6 and later: a zip archive with one folder, in it `data.pkl` and the storages `data/0`, `data/1`
/// …, stored and aligned.
struct ZipFile {
  private let data: Data
  private let archive: ZipArchive
  private let members: [String: ArchiveMember]
  /// The folder in which everything lies, with a slash.
  private let folder: String

  init(_ data: Data) throws(CheckpointProblem) {
    self.data = data
    archive = try Self.translated { () throws(ArchiveProblem) in try ZipArchive(data) }
    members = Dictionary(archive.members.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    folder = try Self.folder(archive.members.map(\.path))
  }

  func content() throws(CheckpointProblem) -> TorchContent {
    guard let pickle = members[folder + "data.pkl"] else { throw CheckpointProblem("it has no data.pkl") }
    guard pickle.byteCount <= TorchContent.maximumPickle else {
      throw CheckpointProblem("its data.pkl has \(pickle.byteCount) bytes; \(TorchContent.maximumPickle) are allowed")
    }
    let order = try text("byteorder") ?? "little"
    guard ["little", "big"].contains(order) else { throw CheckpointProblem("its byte order is '\(order)'") }
    if let version = try text(".format_version"), version != "1" {
      throw CheckpointProblem("its format has the version '\(version)'; 1 is read")
    }
    let bytes = try Self.translated { () throws(ArchiveProblem) in try archive.read(pickle) }
    let root: PickleValue
    do throws(PickleProblem) {
      root = try PickleReader.read(bytes, knowing: TorchNames.allowed).value
    } catch {
      throw CheckpointProblem(error, in: "data.pkl")
    }
    return TorchContent(
      form: .zip, root: root,
      storages: TorchStorages(data, archive: archive, locations: try locations(), isBigEndian: order == "big"))
  }

  private func locations() throws(CheckpointProblem) -> [String: TorchStorages.Location] {
    var locations: [String: TorchStorages.Location] = [:]
    let prefix = folder + "data/"
    for member in archive.members where member.path.hasPrefix(prefix) {
      let stored = try Self.translated { () throws(ArchiveProblem) in try archive.stored(member) }
      locations[String(member.path.dropFirst(prefix.count))] =
        stored.map { .plain($0.range, checksum: $0.checksum) } ?? .packed(member)
    }
    return locations
  }

  /// A short text in the archive; `nil` if there is none.
  private func text(_ name: String) throws(CheckpointProblem) -> String? {
    guard let member = members[folder + name], member.byteCount < 64 else { return nil }
    let bytes = try Self.translated { () throws(ArchiveProblem) in try archive.read(member) }
    return String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
  }

  private static func folder(_ paths: [String]) throws(CheckpointProblem) -> String {
    let candidates = paths.filter { $0 == "data.pkl" || $0.hasSuffix("/data.pkl") }
    guard let pickle = candidates.min(by: { $0.utf8.count < $1.utf8.count }) else {
      throw CheckpointProblem(
        "it is a zip archive without data.pkl, so torch.save didn't write it",
        remedy: "If it is a program of torch.export or a packed model, save the weights alone with torch.save.")
    }
    let folder = String(pickle.dropLast("data.pkl".count))
    if paths.contains(folder + "constants.pkl") || paths.contains(where: { $0.hasPrefix(folder + "code/") }) {
      throw CheckpointProblem(
        "it is a TorchScript archive: it holds a program beside the weights",
        remedy: "In Python: torch.save(torch.jit.load(path).state_dict(), new_path); then name the new file.")
    }
    return folder
  }

  private static func translated<Value>(
    _ body: () throws(ArchiveProblem) -> Value
  ) throws(CheckpointProblem) -> Value {
    do throws(ArchiveProblem) {
      return try body()
    } catch {
      throw CheckpointProblem(error)
    }
  }
}
