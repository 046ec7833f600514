// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Pantry

internal import Files
internal import FoundationEssentials
internal import Measuring
internal import Recipes
internal import Targets

/// The runs that a pantry knows of: `history/ID.json` for each, beside the documents of finished ones in `runs/`.
public struct RunHistory: Sendable {
  private let pantry: Pantry

  /// Opens the history of a pantry.
  public init(_ pantry: Pantry) { self.pantry = pantry }

  /// All runs, the latest first; a run whose process has gone shows as interrupted.
  public func list() -> [RunRecord] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(".json") }.compactMap { read(String($0.dropLast(5))) }
      .sorted { ($0.started, $0.id) > ($1.started, $1.id) }
  }

  /// One run.
  /// - Parameter name: its id, the beginning of it that no other has, or `latest`.
  /// - Throws: `GalleyError` if there is none, or several.
  public func show(_ name: String) throws(GalleyError) -> RunRecord {
    let runs = list()
    if name == "latest", let latest = runs.first { return latest }
    if let run = runs.first(where: { $0.id == name }) { return run }
    let candidates = name.isEmpty ? [] : runs.filter { $0.id.hasPrefix(name) }
    if let run = candidates.first, candidates.count == 1 { return run }
    guard candidates.isEmpty else {
      throw GalleyError(
        .usage, "can't choose the run '\(name)'", at: folder, why: "\(candidates.count) runs begin so",
        remedy: "Name one of \(candidates.prefix(5).map(\.id).joined(separator: ", ")).")
    }
    let known = runs.prefix(5).map(\.id).joined(separator: ", ")
    throw GalleyError(
      .missingInput, "can't find the run '\(name)'", at: folder,
      why: runs.isEmpty ? "there are no runs yet" : "there is no such run",
      remedy: runs.isEmpty ? "Run a recipe first: galley run RECIPE." : "The latest runs are \(known).")
  }

  /// What distinguishes two runs.
  /// - Throws: `GalleyError` if one of them isn't found.
  public func diff(_ first: String, _ second: String) throws(GalleyError) -> RunDifference {
    RunDifference(try show(first), try show(second))
  }

  /// Forgets a run: its record and its document. Stages and models in the pantry stay.
  /// - Parameters:
  ///   - name: its id, the beginning of it that no other has, or `latest`.
  ///   - removesOutput: whether the folder of its report and models goes too.
  /// - Returns: the run.
  /// - Throws: `GalleyError` if it isn't found, still runs, or can't be removed.
  @discardableResult
  public func remove(_ name: String, removingOutput removesOutput: Bool = false) throws(GalleyError) -> RunRecord {
    let run = try show(name)
    guard run.status != .running else {
      throw GalleyError(
        .tryAgain, "can't remove the run '\(run.id)'", why: "process \(run.process.id) still works on it",
        remedy: "Stop it first, or wait until it has ended.")
    }
    do {
      if removesOutput, FileManager.default.fileExists(atPath: run.output) {
        try FileManager.default.removeItem(atPath: run.output)
      }
      if pantry.runs().contains(run.id) { try pantry.removeRun(run.id) }
      // The record goes last: as long as it is there, the rest can be removed again.
      try FileManager.default.removeItem(atPath: path(run.id))
    } catch let error as GalleyError {
      throw error
    } catch {
      throw GalleyError(
        .cantCreate, "can't remove the run '\(run.id)'", at: run.output, why: "\(error)",
        remedy: "Check who may write there.")
    }
    return run
  }
}

extension RunHistory {
  /// Notes that a run begins, under an id that no other has.
  func begin(
    _ file: RecipeFile, plan: Plan, command: String, output: String, startedAt: Double
  ) throws -> RunRecord {
    let tools = try ToolIdentity.all(of: file.variants.map(\.recipe), until: plan.goal ?? .report)
    let record = RunRecord(
      id: newID(startedAt, file.name), recipe: file.name, path: Self.absolute(file.path), command: command,
      output: Self.absolute(output), started: startedAt, status: .running, process: .current(), plan: plan,
      variants: try file.variants.map {
        let text = try $0.recipe.canonicalText(tools: tools)
        return RunRecord.Variant(name: $0.name, recipe: text, recipeDigest: Digest(of: text))
      },
      tools: Self.withMachine(tools))
    try keep(record)
    return record
  }

  /// Writes a record, in place of an earlier one of the same run.
  func keep(_ record: RunRecord) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let data = try encoder.encode(record)
    do throws(FileError) {
      try AtomicFile.createFolder(folder)
      try AtomicFile.write(data, to: path(record.id))
    } catch {
      throw GalleyError(writing: error, "can't note the run")
    }
  }

  static func absolute(_ path: String) -> String {
    URL(filePath: path).standardizedFileURL.path(percentEncoded: false)
  }

  private var folder: String { "\(pantry.root)/history" }

  private func path(_ id: String) -> String { "\(folder)/\(id).json" }

  private func read(_ id: String) -> RunRecord? {
    guard let data = try? Data(contentsOf: URL(filePath: path(id))),
      var record = try? JSONDecoder().decode(RunRecord.self, from: data)
    else { return nil }
    if record.status == .running, !record.process.isAlive { record.status = .interrupted }
    return record
  }

  /// When the run began, and the recipe's name as far as it can be part of a file's name.
  private func newID(_ startedAt: Double, _ name: String) -> String {
    let moment = Date(timeIntervalSince1970: startedAt).formatted(
      .iso8601.dateTimeSeparator(.standard).timeSeparator(.omitted).dateSeparator(.omitted))
    let id = "\(moment)-\(DeliveredFiles.fileName(name))"
    let taken = (1...).first { number in
      !FileManager.default.fileExists(atPath: path(number == 1 ? id : "\(id)-\(number)"))
    }
    return taken == 1 ? id : "\(id)-\(taken ?? 0)"
  }

  /// The tools of a run, with the program itself and the machine.
  private static func withMachine(_ tools: [String: String]) -> [String: String] {
    let machine = EnvironmentReader().record(galleyVersion: "").fingerprint
    return tools.merging(["galley": galleyVersion.description, "machine": machine]) { $1 }
  }
}
