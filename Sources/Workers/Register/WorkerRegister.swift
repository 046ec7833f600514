// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
public import Galley
internal import Glibc
internal import WorkerProtocol

/// The workers that a user has registered: a file for each in Galley's home.
public struct WorkerRegister: Sendable {
  /// Where the register lies.
  public let home: WorkerHome

  /// The register of a home.
  public init(home: WorkerHome) { self.home = home }

  /// The record's file.
  private struct Record: Codable {
    var format: String
    var worker: RegisteredWorker
  }

  /// The registered workers by name, and in sentences what can't be read. Costs next to nothing if there are none.
  public func all() -> (workers: [RegisteredWorker], faults: [String]) {
    guard access(home.workers, R_OK) == 0 else { return ([], []) }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: home.workers)) ?? []
    var (workers, faults): ([RegisteredWorker], [String]) = ([], [])
    for name in names.sorted() where name.hasSuffix(".json") {
      do throws(GalleyError) {
        workers.append(try read(String(name.dropLast(5))))
      } catch {
        faults.append(error.description)
      }
    }
    return (workers, faults)
  }

  /// The worker called `name`.
  /// - Throws: `GalleyError`: `missingInput` if there is none, `badData` if its record is damaged.
  public func read(_ name: String) throws(GalleyError) -> RegisteredWorker {
    let path = path(name)
    guard Self.isName(name), let data = FileManager.default.contents(atPath: path) else {
      let known = ((try? FileManager.default.contentsOfDirectory(atPath: home.workers)) ?? [])
        .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
      throw GalleyError(
        .missingInput, "can't find the worker '\(name)'", why: "no worker of that name is registered",
        remedy: NearestName.match(name, in: known).map { "Did you mean '\($0)'?" }
          ?? "galley worker list shows them; galley worker add FILE registers one.")
    }
    do {
      let record = try JSONDecoder().decode(Record.self, from: data)
      guard record.format == RegisteredWorker.format, record.worker.name == name else {
        throw damaged(path, "it is not of the format \(RegisteredWorker.format)", name)
      }
      var worker = record.worker
      // A home that was moved has its workers where it is now.
      worker.source = worker.source.moved(to: home.root)
      return worker
    } catch let error as GalleyError {
      throw error
    } catch {
      throw damaged(path, "\(error)", name)
    }
  }

  /// Registers a program: it is described once, and what it says is kept.
  /// - Parameters:
  ///   - program: The file.
  ///   - name: By default the file's name.
  ///   - python: The interpreter, by path or by name.
  ///   - taken: What there is already besides the register; nothing of the worker's may have the same name.
  ///   - onLog: Gets what the program says meanwhile.
  /// - Throws: `GalleyError` if it can't be started or described, offers nothing, or what it offers is there already.
  public func add(
    _ program: WorkerProgram, name: String? = nil, python: String? = nil, taken: TakenNames = TakenNames(),
    onLog: (@Sendable (String) -> Void)? = nil
  ) async throws -> RegisteredWorker {
    let name = name ?? program.className ?? program.name
    guard Self.isName(name) else {
      throw GalleyError(
        .usage, "can't register the worker", at: name, why: "a name has letters, digits, '-', '_' and '.' only",
        remedy: "Give one with --name.")
    }
    if let other = try? read(name), other.source.program != program {
      throw GalleyError(
        .usage, "can't register the worker '\(name)'", at: program.argument,
        why: "another worker has that name: \(other.source.program.argument)",
        remedy: "Give another with --name, or remove that one: galley worker remove \(name)")
    }
    // A path is kept as an absolute one: the next command may start in another folder.
    let python = python.map { named in
      named.contains("/") ? URL(filePath: named).standardizedFileURL.path(percentEncoded: false) : named
    }
    let source = WorkerSource(program: program, python: python, home: home.root)
    let worker = try await WorkerInquiry(source: source, onLog: onLog).worker(named: name)
    try check(worker, against: taken)
    try keep(worker)
    return worker
  }

  /// The same worker as its file is now: one that has changed is described again, and that is kept.
  /// - Throws: `GalleyError` if it can't be read or described.
  public func current(
    _ worker: RegisteredWorker, onLog: (@Sendable (String) -> Void)? = nil
  ) async throws -> RegisteredWorker {
    if try worker.source.program.digest() == worker.digest { return worker }
    let new = try await WorkerInquiry(source: worker.source, onLog: onLog).worker(named: worker.name)
    try keep(new)
    return new
  }

  /// Forgets a worker; its file stays.
  /// - Throws: `GalleyError` if there is none of that name, or its record can't be removed.
  public func remove(_ name: String) throws(GalleyError) {
    if access(path(name), F_OK) != 0 || !Self.isName(name) { _ = try read(name) }
    guard unlink(path(name)) == 0 else {
      throw GalleyError(writing: FileError(.replace, path(name)), "can't forget the worker '\(name)'")
    }
  }

  private func keep(_ worker: RegisteredWorker) throws(GalleyError) {
    try AtomicFile.write(to: path(worker.name), or: "can't register the worker '\(worker.name)'") {
      try Self.document(of: worker)
    }
  }

  /// The bytes of a record.
  static func document(of worker: RegisteredWorker) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(Record(format: RegisteredWorker.format, worker: worker))
  }

  private func check(_ worker: RegisteredWorker, against taken: TakenNames) throws(GalleyError) {
    var taken = taken
    for other in all().workers where other.name != worker.name { taken.add(other) }
    guard let conflict = taken.conflict(with: worker) else { return }
    throw GalleyError(
      .configuration, "can't register the worker '\(worker.name)'", at: worker.source.program.argument, why: conflict,
      remedy: "Give the class another taxonomy, or the backend another id.")
  }

  private func path(_ name: String) -> String { "\(home.workers)/\(name).json" }

  static func isName(_ name: String) -> Bool {
    !name.isEmpty && !name.hasPrefix(".") && name.utf8.count <= 100
      && name.allSatisfy { $0.isLetter || $0.isNumber || "-_.".contains($0) }
  }

  private func damaged(_ path: String, _ why: String, _ name: String) -> GalleyError {
    GalleyError(
      .badData, "can't read what is registered", at: path, why: why,
      remedy: "Forget it and register it again: galley worker remove \(name)")
  }
}
