// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Testing

import Reports

@Suite struct ReportWriterTests {
  /// Stands for Plotly's script; it holds what would end its element.
  static let script = "var Plotly = {react: function () { return '</script><!--'; }};"

  @Test func writesPageMarkdownNumbersAndPictures() throws {
    try ReportFolderFixture.withFolder { folder in
      let paths = try ReportWriter(plotly: nil).write(MealFixture.report(), to: folder + "/out/report")
      let names = paths.map { String($0.dropFirst(folder.count + "/out/report/".count)) }
      #expect(names.first == "report.html")
      #expect(
        Set(names) == [
          "report.html", "report.md", "report.json", "figures/pareto.svg", "figures/latency.svg",
          "figures/training.svg", "figures/confusion-1.svg", "figures/confusion-2.svg", "figures/confusion-3.svg",
          "figures/confusion-4.svg",
        ])
      for path in paths { #expect(FileManager.default.fileExists(atPath: path)) }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/out") == ["report"])
    }
  }

  @Test func replacesAnEarlierReportAsAWhole() throws {
    try ReportFolderFixture.withFolder { folder in
      let writer = ReportWriter(plotly: nil)
      var report = MealFixture.report()
      try writer.write(report, to: folder + "/report")
      report.variants.removeLast(2)
      try writer.write(report, to: folder + "/report")
      let pictures = try FileManager.default.contentsOfDirectory(atPath: folder + "/report/figures")
      #expect(Set(pictures) == ["pareto.svg", "latency.svg", "training.svg", "confusion-1.svg", "confusion-2.svg"])
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["report"])
    }
  }

  @Test func leavesOtherFilesOfTheFolderAlone() throws {
    try ReportFolderFixture.withFolder { folder in
      try "mine".write(toFile: folder + "/notes.txt", atomically: true, encoding: .utf8)
      try ReportWriter(plotly: nil).write(MealFixture.report(), to: folder)
      #expect(try String(contentsOfFile: folder + "/notes.txt", encoding: .utf8) == "mine")
      #expect(FileManager.default.fileExists(atPath: folder + "/report.html"))
    }
  }

  @Test func saysWhyAFolderCannotBeWritten() throws {
    let error = #expect(throws: GalleyError.self) {
      try ReportWriter(plotly: nil).write(MealFixture.report(), to: "/proc/none/report")
    }
    #expect(error?.exitCode == .cantCreate)
  }

  @Test func saysThatPlotlyIsMissing() throws {
    let error = #expect(throws: GalleyError.self) {
      try ReportWriter(plotly: "/nowhere/plotly.min.js").write(MealFixture.report(), to: "/nowhere/out")
    }
    #expect(error?.place == "/nowhere/plotly.min.js")
  }

  @Test func readsBackWhatItWrote() throws {
    try ReportFolderFixture.withFolder { folder in
      let report = MealFixture.report()
      try ReportWriter(plotly: nil).write(report, to: folder + "/report")
      #expect(try ReportWriter.read(folder + "/report/report.json") == report)
    }
  }

  @Test func refusesAReportOfAnotherSchema() throws {
    try ReportFolderFixture.withFolder { folder in
      try #"{"schema": "galley.report/99"}"#.write(toFile: folder + "/a.json", atomically: true, encoding: .utf8)
      let error = #expect(throws: GalleyError.self) { try ReportWriter.read(folder + "/a.json") }
      #expect(error?.why.contains("galley.report/99") == true)
      let missing = #expect(throws: GalleyError.self) { try ReportWriter.read(folder + "/none.json") }
      #expect(missing?.exitCode == .missingInput)
    }
  }

  @Test func survivesADivergedTraining() throws {
    try ReportFolderFixture.withFolder { folder in
      var report = MealFixture.report()
      report.variants[0].training?.history[3].trainLoss = .infinity
      report.variants[0].training?.history[4].validationLoss = .infinity
      try ReportWriter(plotly: nil).write(report, to: folder + "/report")
      #expect(try ReportWriter.read(folder + "/report/report.json") == report)
    }
  }

  @Test func everyNumberHasAUnit() throws {
    let data = try ReportWriter.numbers(MealFixture.report())
    let report = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    let units = try #require(report["units"] as? [String: String])
    let orphans = Self.numbersWithoutUnit(report["report"] as Any, path: [], Set(units.keys))
    #expect(orphans.isEmpty, "\(Set(orphans).sorted())")
  }

  private static func numbersWithoutUnit(_ value: Any, path: [String], _ units: Set<String>) -> [String] {
    switch value {
    case let value as [String: Any]: value.flatMap { numbersWithoutUnit($0.value, path: path + [$0.key], units) }
    case let value as [Any]: value.flatMap { numbersWithoutUnit($0, path: path, units) }
    case is Bool, is String: []
    default: path.contains(where: units.contains) ? [] : [path.joined(separator: ".")]
    }
  }
}

/// A folder for a test, removed afterwards.
enum ReportFolderFixture {
  static func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "report-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder.path())
  }
}
