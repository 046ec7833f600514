// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Glibc

/// A recipe's text that is run in a process of its own, in a folder of its own.
struct TrialRun {
  /// What became of it.
  enum Outcome {
    case measured([SweepOutcome.Figures])
    case failed(reason: String)
  }

  let process: TrialProcess
  /// The recipe.
  let text: String
  /// Where the recipe's relative paths start.
  let base: String
  /// Where the recipe, the messages and the report go.
  let folder: String

  /// Runs the recipe.
  /// - Parameter began: Told of the process once it runs.
  /// - Throws: `CancellationError` if it was stopped; `GalleyError` if it can't be started or its files not be written.
  func run(began: @escaping @Sendable (Int32) throws -> Void = { _ in }) async throws -> Outcome {
    let path = "\(folder)/recipe.yaml"
    do throws(FileError) {
      try AtomicFile.createFolder(folder)
      try AtomicFile.write(Data(text.utf8), to: path)
    } catch {
      throw GalleyError(writing: error, "can't write a trial's recipe")
    }
    switch try await process.run(path, base: base, in: folder, began: began) {
    case .exited(0):
      return .measured(try figures())
    case .exited(ExitCode.interrupted.rawValue):
      throw CancellationError()
    case .exited(let code):
      return .failed(reason: lastError ?? "it ended with the exit code \(code)")
    case .killed(let number):
      return .failed(
        reason: "it was killed by signal \(number)" + (number == SIGKILL ? ", perhaps because memory ran out" : ""))
    }
  }

  private struct Result: Decodable { var variants: [SweepOutcome.Figures] }

  private func figures() throws(GalleyError) -> [SweepOutcome.Figures] {
    let path = "\(folder)/result.json"
    do {
      return try JSONDecoder().decode(Result.self, from: Data(contentsOf: URL(filePath: path))).variants
    } catch {
      throw GalleyError(.software, "can't read a trial's result", at: path, why: "\(error)")
    }
  }

  private struct Message: Decodable {
    var event: String
    var what: String?
    var place: String?
    var why: String?
  }

  /// The last error that the process printed; `nil` if there is none.
  private var lastError: String? {
    guard let data = try? Data(contentsOf: URL(filePath: "\(folder)/messages.jsonl")) else { return nil }
    let decoder = JSONDecoder()
    for line in data.split(separator: UInt8(ascii: "\n")).reversed() {
      guard let message = try? decoder.decode(Message.self, from: line), message.event == "error" else { continue }
      return [message.place, message.what, message.why].compactMap(\.self).joined(separator: ": ")
    }
    return nil
  }
}
