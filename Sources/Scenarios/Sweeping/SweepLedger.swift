// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Glibc
internal import Measuring

/// What became of the trials, in a file that grows by whole lines: a sweep that is killed goes on after the last one.
struct SweepLedger {
  /// One line.
  struct Entry: Codable {
    var trial: Int
    var state: State
    /// The process that runs the trial.
    var process: ProcessIdentity?
    var result: SweepOutcome.Trial?

    enum State: String, Codable { case began, ended }
  }

  let path: String
  private(set) var ended: [Int: SweepOutcome.Trial] = [:]
  /// Processes of trials that began and didn't end.
  private(set) var unfinished: [ProcessIdentity] = []

  /// Opens the ledger of a folder.
  /// - Throws: `GalleyError` if it exists and can't be read.
  init(in folder: String) throws(GalleyError) {
    path = "\(folder)/ledger.jsonl"
    guard FileManager.default.fileExists(atPath: path) else { return }
    guard let data = try? Data(contentsOf: URL(filePath: path)) else {
      throw GalleyError(.missingInput, "can't read the sweep's ledger", at: path, why: FileError(.read, path).reason)
    }
    var begun: [Int: ProcessIdentity] = [:]
    for line in data.split(separator: UInt8(ascii: "\n")) {
      // The last line may have been cut by a crash; its trial runs again.
      guard let entry = try? JSONDecoder().decode(Entry.self, from: line) else { continue }
      if entry.state == .ended, let result = entry.result {
        ended[entry.trial] = result
        begun[entry.trial] = nil
      } else if let process = entry.process {
        begun[entry.trial] = process
      }
    }
    unfinished = Array(begun.values)
  }

  /// Notes that a process runs a trial.
  func began(_ trial: SweepTrial, _ process: ProcessIdentity) throws(GalleyError) {
    try append(Entry(trial: trial.number, state: .began, process: process, result: nil))
  }

  /// Notes what became of a trial.
  mutating func end(_ trial: SweepTrial, _ result: SweepOutcome.Trial) throws(GalleyError) {
    try append(Entry(trial: trial.number, state: .ended, process: nil, result: result))
    ended[trial.number] = result
  }

  private func append(_ entry: Entry) throws(GalleyError) {
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else { throw FileError(.write, path) }
      defer { close(descriptor) }
      // A line that a crash cut off must not spoil this one: it begins on a line of its own.
      try AtomicFile.append(Data("\n".utf8) + encoder.encode(entry) + Data("\n".utf8), to: descriptor, named: path)
    } catch let error as FileError {
      throw GalleyError(writing: error, "can't write the sweep's ledger")
    } catch {
      throw GalleyError(.software, "can't write the sweep's ledger", at: path, why: "\(error)")
    }
  }
}
