// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Backends
internal import Engines
internal import Files
internal import Foundation
internal import Galley
internal import Synchronization

/// Answers items.
struct PredictCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict", abstract: "Answer images, one result for each: JSON lines or CSV.",
    discussion: EngineHelp.discussion(
      .predict,
      """
      Examples:
        galley predict --model CHECKPOINT a.jpg b.png
        galley predict --model model.onnx photos 'more/*.jpg' archive.zip --output answers.csv
        galley predict --model CHECKPOINT photos --top-k 3 --format csv

      Every item comes out once: an item that can't be answered says where it failed and why, and stops nothing.
      """))

  @OptionGroup var arguments: EngineArguments

  @Option(name: .shortAndLong, help: "The file for the answers (default: standard output).", completion: .file())
  var output: String?

  @Argument(parsing: .allUnrecognized, help: "Images, folders, patterns, archives; and options, see above.")
  var rest: [String] = []

  func run() async throws {
    let console = Console(arguments.output)
    var words = rest
    let saysFormat = words.contains { $0 == "--format" || $0.hasPrefix("--format=") }
    if let output, output.lowercased().hasSuffix(".csv"), !saysFormat { words.append("--format=csv") }
    let invocation = try await EngineInvocation(.predict, arguments, words, takesInputs: true, console)
    guard case .predict(let options) = invocation.work else { return }
    let engine = invocation.engine
    let inputs = try PredictionInputs(
      invocation.inputs, task: .classification, labels: [],
      unpackingInto: "\(engine.workspace.path)/data/predicted-\(UUID().uuidString.lowercased())")
    for note in inputs.notes { console.note("note: \(note)") }
    let display = EngineDisplay(console)
    defer { display.end() }
    let ended = Mutex<EngineRun?>(nil)
    try await EngineSession.explainingStops(engine.workspace, .predict) {
      let results = try engine.predict(inputs.listing, options) { run in ended.withLock { $0 = run } }
      for try await result in results { display.show(.item(result)) }
      try Task.checkCancellation()
    }
    display.end()
    guard let run = ended.withLock({ $0 }) else { throw CancellationError() }
    try deliver(run)
    let counts = run.manifest.itemCounts
    console.note("\(counts.ok) answered, \(counts.failed) failed, \(counts.skipped) skipped; run: \(run.folder)")
    if run.manifest.status == .partial { throw SilentExit(code: .partial) }
  }

  /// Copies the backend's file to where its reader wants it.
  private func deliver(_ run: EngineRun) throws(GalleyError) {
    guard let path = run.path(of: "predictions") else {
      throw GalleyError(
        .software, "can't give the answers", at: run.folder, why: "the backend wrote no file of predictions")
    }
    guard let output else {
      do {
        let file = try FileHandle(forReadingFrom: URL(filePath: path))
        while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty {
          StandardStream.output.write(piece)
        }
      } catch {
        throw GalleyError(.cantCreate, "can't give the answers", at: path, why: error.localizedDescription)
      }
      return
    }
    do throws(FileError) {
      try AtomicFile.copy(path, to: output)
    } catch {
      throw GalleyError(writing: error, "can't write the answers")
    }
  }
}
