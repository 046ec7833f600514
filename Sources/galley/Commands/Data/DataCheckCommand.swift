// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Datasets
internal import Foundation
internal import Galley
internal import Reports

/// Says everything that is wrong with a data set.
struct DataCheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Say everything that is wrong with a data set, where, and what can be done.",
    discussion: """
      Exit codes: 0 no errors (there may be warnings) · 1 there are errors · 65 the format isn't clear · 66 nothing there.
      """)

  @OptionGroup var argument: DatasetArgument

  @Flag(name: .long, help: "Say what speaks for and against each format.")
  var why = false

  @Option(name: .long, help: "Write a corrected copy into this new folder.", completion: .directory)
  var fix: String?

  @Option(name: .long, help: "The corrected copy's format (default: that of the data set, or coco).")
  var to: FormatName?

  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let read = try await argument.read(console)
    if why { console.result(read.candidates.map(\.description).joined(separator: "\n")) }
    let thumbnails = ItemThumbnails()
    let doctor = DatasetDoctor(thumbnail: { try thumbnails.picture(of: $0, encoded: $1) })
    let report = doctor.examine(read)
    let copy = try fix.map { try write(doctor.fixed(read), read.format, to: $0) }
    try console.result(json: CheckDocument(report: report, candidates: read.candidates, copy: copy))
    console.result(report.text)
    if let copy { console.result(copy.text) }
    if report.hasErrors { throw SilentExit(code: .verdictNo) }
  }

  private func write(_ fixed: FixedDataset, _ format: DatasetFormat, to folder: String) throws -> CorrectedCopy {
    let target = to?.format ?? (format.abilities == nil ? .coco : format)
    let losses = try DatasetWriter.write(fixed.dataset, as: target, to: folder)
    return CorrectedCopy(folder: folder, format: target, changes: fixed.changes, losses: losses)
  }
}

/// What `--fix` wrote.
struct CorrectedCopy: Encodable {
  var folder: String
  var format: DatasetFormat
  var changes: [String]
  var losses: [DatasetLoss]

  var text: String {
    let lines = changes.map { "  \($0)" } + losses.map { "  lost: \($0)" }
    return (["The corrected copy is in \(folder) (\(format.title)); \(changes.count) changes:"] + lines)
      .joined(separator: "\n")
  }
}

private struct CheckDocument: Encodable {
  var report: DatasetReport
  var candidates: [FormatCandidate]
  var copy: CorrectedCopy?
}

extension DatasetReport {
  /// The findings and a summary, for people.
  var text: String {
    let counts = DatasetFinding.Severity.allCases.reversed().map { severity in
      let count = findings.count { $0.severity == severity }
      return "\(count) \(severity.rawValue)\(count == 1 ? "" : "s")"
    }
    let subsets = summary.subsets.sorted { $0.key < $1.key }.map {
      "\($0.key.isEmpty ? "no subset" : $0.key) \($0.value)"
    }
    let table = TextTable(
      columns: [.init("class"), .init("annotations", .trailing)],
      rows: summary.classes.prefix(40).map { [$0.name, "\($0.count)"] }
    ).render()
    let total =
      "\(summary.items) items (\(subsets.joined(separator: ", "))), \(summary.annotations) annotations: "
      + counts.joined(separator: ", ")
    return (findings.map(\.description) + (findings.isEmpty ? [] : [""]) + [total, table]).joined(separator: "\n")
  }
}
