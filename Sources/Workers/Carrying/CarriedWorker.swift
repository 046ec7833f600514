// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import FoundationEssentials
public import Galley
internal import Pantry
internal import WorkerProtocol

/// What a bundle says of a worker that it brings: the entry of the register, with paths inside any home.
public struct CarriedWorker: Sendable, Hashable {
  /// Name and version of the document's format.
  static let format = "galley.carried-worker/1"

  private static let ending = ".worker.json"

  /// Whether an artifact of this name is such a document.
  public static func isDocument(_ name: String) -> Bool { name.hasSuffix(ending) }

  /// The name of its document as an artifact.
  public var documentName: String { "\(worker.name)\(Self.ending)" }

  private struct Document: Codable {
    var format: String
    var worker: RegisteredWorker
  }

  /// The worker; its file and its interpreter are named relative to the home.
  private let worker: RegisteredWorker
  /// The digest of the folder that holds its files.
  public let folder: Digest
  /// The name of the tree that holds its interpreter.
  public let interpreter: String

  /// The name by which it is registered.
  public var name: String { worker.name }

  /// Describes a worker.
  /// - Parameters:
  ///   - folder: The digest of the folder that holds its files.
  ///   - programName: The program's path in it.
  ///   - interpreter: The name of the tree that holds its interpreter.
  public init(_ worker: RegisteredWorker, folder: Digest, programName: String, interpreter: String) {
    var worker = worker
    let path = "folders/\(folder.hex)/\(programName)"
    worker.source = WorkerSource(
      program: WorkerProgram(path: path, className: worker.source.program.className),
      python: "\(PantryTree.interpreters)/\(interpreter)/\(CarriedPython.program)", home: "")
    // Where something was found here says nothing of another machine.
    worker.description.details = worker.description.details?.filter { !$0.value.hasPrefix("/") }
    for name in worker.runtimes.keys { worker.runtimes[name]?.library = nil }
    (self.worker, self.folder, self.interpreter) = (worker, folder, interpreter)
  }

  /// Reads what a bundle says.
  /// - Throws: `GalleyError` (`badData`) if it is none, or names places outside the home.
  public init(_ data: Data, at place: String) throws(GalleyError) {
    guard let document = try? JSONDecoder().decode(Document.self, from: data), document.format == Self.format,
      WorkerRegister.isName(document.worker.name)
    else { throw Self.refusal(place, "it is not of the format \(Self.format)") }
    let parts = Self.parts(document.worker.source.program.path)
    let pythonParts = Self.parts(document.worker.source.python ?? "")
    guard parts.count >= 3, parts[0] == "folders", let folder = Digest(hex: parts[1]) else {
      throw Self.refusal(place, "its file is '\(document.worker.source.program.path)'")
    }
    guard pythonParts.count == 4, pythonParts[0] == PantryTree.interpreters,
      pythonParts[2...].joined(separator: "/") == CarriedPython.program
    else { throw Self.refusal(place, "its interpreter is '\(document.worker.source.python ?? "")'") }
    (worker, self.folder, interpreter) = (document.worker, folder, pythonParts[1])
  }

  /// The parts of a path that has only ordinary ones; none of another.
  private static func parts(_ path: String) -> [String] {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    return parts.contains { $0.isEmpty || $0 == "." || $0 == ".." } ? [] : parts
  }

  private static func refusal(_ place: String, _ why: String) -> GalleyError {
    GalleyError(
      .badData, "can't read what a bundle says of a worker", at: place, why: why,
      remedy: "Whoever made the bundle must make it again, with this version of Galley.")
  }

  /// The document: the same worker gives the same bytes.
  /// - Throws: `GalleyError` if it can't be written as JSON.
  public func document() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(Document(format: Self.format, worker: worker))
  }

  /// The worker as a home has it.
  func registered(in home: WorkerHome) -> RegisteredWorker {
    var registered = worker
    let program = worker.source.program
    registered.source = WorkerSource(
      program: WorkerProgram(path: "\(home.root)/\(program.path)", className: program.className),
      python: worker.source.python.map { "\(home.root)/\($0)" }, home: home.root)
    for name in registered.runtimes.keys { registered.runtimes[name]?.library = registered.source.program.path }
    return registered
  }
}

extension WorkerRegister {
  /// The entry that a bundle's worker gets, and where it belongs, relative to the home; `nil` if the same worker is
  /// registered already.
  /// - Throws: `GalleyError` (`configuration`) if another worker has its name, or offers the same.
  public func entry(of carried: CarriedWorker) throws -> (path: String, data: Data)? {
    let worker = carried.registered(in: home)
    var taken = TakenNames()
    for other in all().workers where other.name != worker.name { taken.add(other) }
    if let conflict = taken.conflict(with: worker) { throw refusal(worker, conflict) }
    if let present = try? read(worker.name) {
      let isSame = (try? present.source.program.digest()) == worker.digest
      let isCarried = CarriedPython(present.source.python, in: home) != nil
      if isSame, !isCarried { return nil }
      guard isSame || isCarried else {
        throw refusal(worker, "another worker has that name: \(present.source.program.argument)")
      }
    }
    return ("workers/\(worker.name).json", try Self.document(of: worker))
  }

  private func refusal(_ worker: RegisteredWorker, _ why: String) -> GalleyError {
    GalleyError(
      .configuration, "can't register the bundle's worker '\(worker.name)'", at: home.root, why: why,
      remedy: "Look with galley worker list; forget the one that is in the way: galley worker remove NAME")
  }
}

extension WorkerSource {
  /// The same worker in a home that was moved: what came with a bundle moved along.
  func moved(to root: String) -> WorkerSource {
    func moved(_ path: String) -> String {
      let own = ["folders", PantryTree.interpreters].contains { path.hasPrefix("\(home)/\($0)/") }
      return own ? root + path.dropFirst(home.count) : path
    }
    return WorkerSource(
      program: WorkerProgram(path: moved(program.path), className: program.className), python: python.map(moved),
      home: root)
  }
}
