// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
public import Galley
internal import Glibc
public import TargetTransport

/// The targets that the user declared: `targets/targets.json` in Galley's home, beside the host's identity. Only the user
/// may read the folder's files, and each change replaces the file whole.
public struct TargetsFile: Sendable {
  /// The folder.
  public let folder: String

  private static let format = "galley.targets/1"

  private struct Document: Codable {
    var format: String
    var targets: [DeclaredTarget]
  }

  /// The file of a home.
  /// - Parameter home: Galley's home: `PantryPlace` says where it lies.
  public init(home: String) { folder = "\(home)/targets" }

  /// The file's path.
  public var path: String { "\(folder)/targets.json" }

  /// All targets, by name.
  /// - Throws: `GalleyError` if the file is damaged, can't be read, or others may read it.
  public func all() throws(GalleyError) -> [DeclaredTarget] {
    guard let text = try PrivateFile.read(path, "can't read the targets") else { return [] }
    do {
      let document = try JSONDecoder().decode(Document.self, from: Data(text.utf8))
      guard document.format == Self.format else {
        throw damaged("its format is '\(document.format)', not '\(Self.format)'")
      }
      guard Set(document.targets.map(\.name)).count == document.targets.count else {
        throw damaged("two targets have the same name")
      }
      return document.targets.sorted { $0.name < $1.name }
    } catch let error as GalleyError {
      throw error
    } catch DecodingError.dataCorrupted(let context) {
      throw damaged(context.debugDescription)
    } catch {
      throw damaged("\(error)")
    }
  }

  /// The target of a name.
  /// - Throws: `GalleyError` if there is none, with the nearest name.
  public func target(_ name: String) throws(GalleyError) -> DeclaredTarget {
    let targets = try all()
    if let found = targets.first(where: { $0.name == name }) { return found }
    throw Self.unknown(name, among: targets)
  }

  private static func unknown(_ name: String, among targets: [DeclaredTarget]) -> GalleyError {
    let guess = NearestName.match(name, in: targets.map(\.name)).map { "Did you mean '\($0)'?" }
    return GalleyError(
      .configuration, "can't use the target '\(name)'", why: "no target of this name was declared",
      remedy: guess ?? "'galley target list' shows those that were; 'galley target add' declares one.")
  }

  /// Declares a target.
  /// - Throws: `GalleyError` if there is one of the name, or the file can't be written.
  public func add(_ target: DeclaredTarget) throws(GalleyError) {
    try change { (targets: inout [DeclaredTarget]) throws(GalleyError) in
      guard !targets.contains(where: { $0.name == target.name }) else {
        throw GalleyError(
          .usage, "can't declare the target '\(target.name)'", why: "there is one of this name",
          remedy: "Remove it first: galley target rm \(target.name).")
      }
      targets.append(target)
    }
  }

  /// Changes a target.
  /// - Throws: `GalleyError` if there is none of the name, or the file can't be written.
  public func update(
    _ name: String, _ body: (inout DeclaredTarget) -> Void
  ) throws(GalleyError) {
    try change { (targets: inout [DeclaredTarget]) throws(GalleyError) in
      guard let index = targets.firstIndex(where: { $0.name == name }) else { throw Self.unknown(name, among: targets) }
      body(&targets[index])
    }
  }

  /// Removes a target.
  /// - Throws: `GalleyError` if there is none of the name, or the file can't be written.
  public func remove(_ name: String) throws(GalleyError) {
    try change { (targets: inout [DeclaredTarget]) throws(GalleyError) in
      guard let index = targets.firstIndex(where: { $0.name == name }) else { throw Self.unknown(name, among: targets) }
      targets.remove(at: index)
    }
  }

  /// Who this host is for agents; made when it is first needed.
  /// - Throws: `GalleyError` if it can't be read or made.
  public func identity() throws(GalleyError) -> Identity { try Identity.loadOrMake(in: folder, name: Self.hostName) }

  /// Reads, changes and writes the file while nobody else does.
  private func change(_ body: (inout [DeclaredTarget]) throws(GalleyError) -> Void) throws(GalleyError) {
    do throws(FileError) { try AtomicFile.createFolder(folder) } catch {
      throw GalleyError(writing: error, "can't keep the targets")
    }
    let lock = open("\(folder)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard lock >= 0 else { throw GalleyError(writing: FileError(.create, "\(folder)/lock"), "can't keep the targets") }
    defer { close(lock) }
    try take(lock)
    var targets = try all()
    try body(&targets)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      let document = Document(format: Self.format, targets: targets.sorted { $0.name < $1.name })
      try AtomicFile.write(try encoder.encode(document), to: path, isPrivate: true)
    } catch let error as FileError {
      throw GalleyError(writing: error, "can't keep the targets")
    } catch {
      throw GalleyError(.software, "can't keep the targets", at: path, why: "\(error)")
    }
  }

  /// Takes the lock; changes take milliseconds, so whoever has it longer hangs.
  private func take(_ lock: CInt) throws(GalleyError) {
    switch AdvisoryLock.take(.exclusive, of: lock, within: .seconds(10)) {
    case .taken: return
    case .held:
      throw GalleyError(
        .tryAgain, "can't keep the targets", at: path, why: "another program has been changing them for ten seconds",
        remedy: "End it, and try again.")
    case .impossible(let number):
      throw GalleyError(writing: FileError(.create, "\(folder)/lock", number: number), "can't keep the targets")
    }
  }

  private func damaged(_ why: String) -> GalleyError {
    GalleyError(
      .configuration, "can't read the targets", at: path, why: why,
      remedy: "Mend the file, or remove it and declare the targets again.")
  }

  private static var hostName: String {
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, name.count - 1)
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
