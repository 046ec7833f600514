// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import FoundationXML
import Galley
import Testing

import Reports

@Suite struct PageTests {
  /// Labels that would break out of HTML, an attribute, a script, Markdown or a table.
  static let hostile = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "</script>", "a|b`c`", "<!-- x", "&lt;",
    "日本語のラベル", "\u{202E}right to left", "line\nbreak", "\u{0}\u{7}bell",
  ]

  static func page(_ report: RunReport, plotly: String? = nil) throws -> String {
    try ReportWriter.page(report, plotly: plotly)
  }

  static func hostileReport() -> RunReport {
    var report = MealFixture.report(labels: hostile)
    report.title = hostile[0]
    report.warnings = hostile
    report.command = "galley run '\(hostile[1])' ```"
    report.recipe?.name = hostile[2]
    report.data?.citation = hostile[0]
    for index in report.variants.indices {
      report.variants[index].name = hostile[index]
      report.variants[index].architecture = hostile[1]
      report.variants[index].optimizationNotes = [hostile[0]]
    }
    for index in report.comparisons.indices {
      report.comparisons[index].baseline = hostile[0]
      report.comparisons[index].candidate = hostile[1]
    }
    return report
  }

  /// The page's body without its scripts is well-formed XML: each element is closed where it must be.
  @Test(arguments: [false, true]) func bodyIsWellFormed(isHostile: Bool) throws {
    let report = isHostile ? Self.hostileReport() : MealFixture.report()
    let outline = try PageOutline(try Self.page(report, plotly: ReportWriterTests.script))
    #expect(outline.headings.contains("Variants"))
    #expect(outline.elements.contains("table"))
    #expect(!outline.elements.contains("script"))
    #expect(!outline.elements.contains("img"))
  }

  @Test func identifiersAreUniqueAndLinksLeadSomewhere() throws {
    let outline = try PageOutline(try Self.page(MealFixture.report(), plotly: ReportWriterTests.script))
    #expect(Set(outline.identifiers).count == outline.identifiers.count)
    let inside = outline.links.filter { $0.hasPrefix("#") }.map { String($0.dropFirst()) }
    #expect(!inside.isEmpty)
    #expect(inside.allSatisfy(outline.identifiers.contains))
    #expect(Set(outline.links.filter { !$0.hasPrefix("#") }) == ["report.md", "report.json"])
    #expect(outline.references.allSatisfy(outline.identifiers.contains))
  }

  @Test func asksNoHostForAnything() throws {
    let page = try Self.page(Self.hostileReport(), plotly: ReportWriterTests.script)
    let outline = try PageOutline(page)
    #expect(outline.sources.isEmpty)
    #expect(page.contains("content=\"default-src &#39;none&#39;;"))
    let style = try #require(page.firstMatch(of: /<style>([\s\S]*?)<\/style>/)?.1)
    #expect(!style.contains("url("))
    #expect(!style.contains("@import"))
  }

  @Test func aScriptEndsOnlyWhereItShould() throws {
    let page = try Self.page(Self.hostileReport(), plotly: ReportWriterTests.script)
    #expect(page.components(separatedBy: "<script").count - 1 == 3)
    #expect(page.components(separatedBy: "</script>").count - 1 == 3)
    #expect(!page.contains("<!--"))
  }

  @Test func figureDataIsJSON() throws {
    let page = try Self.page(Self.hostileReport(), plotly: ReportWriterTests.script)
    let json = try #require(page.firstMatch(of: /id="figure-data">(.*?)<\/script>/)?.1)
    let figures = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
    #expect(figures.map { Set($0.keys) } == ["pareto", "latency", "training"])
  }

  @Test func withoutPlotlyThereIsNoScriptAndThePageSaysSo() throws {
    let page = try Self.page(MealFixture.report())
    #expect(!page.contains("<script"))
    #expect(page.contains("Plotly is not installed"))
    #expect(page.contains("<svg"))
  }

  @Test func everyTableHasACaptionAndEveryFigureAName() throws {
    let outline = try PageOutline(try Self.page(MealFixture.report(), plotly: ReportWriterTests.script))
    #expect(outline.elements.count { $0 == "table" } == outline.elements.count { $0 == "caption" })
    #expect(outline.namelessPictures == 0)
  }

  @Test func aRunWithOneVariantOrNoneStillGivesAPage() throws {
    var report = MealFixture.report()
    report.comparisons = []
    report.stages = []
    report.outputs = []
    report.variants.removeLast(3)
    report.variants[0].measurement.quality = nil
    report.variants[0].training = nil
    report.variants[0].certificate = nil
    _ = try PageOutline(try Self.page(report))
    report.variants = []
    _ = try PageOutline(try Self.page(report))
    _ = ReportWriter.markdown(report)
  }

  @Test func manyClassesBecomeListsInsteadOfAMatrix() throws {
    let labels = (0..<50).map { "class \($0)" }
    let outline = try PageOutline(try Self.page(MealFixture.report(labels: labels)))
    #expect(outline.captions.contains("The most frequent mistakes."))
  }

  @Test func picturesAreWellFormedAndBringTheirColours() throws {
    for (_, source) in ReportWriter.pictures(Self.hostileReport()) {
      let outline = try PageOutline(xml: source)
      #expect(outline.elements.first == "svg")
      #expect(source.contains("prefers-color-scheme: dark"))
      #expect(!source.contains("<script"))
    }
  }

  private static let plotly = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: ".native/plotly-6.9.0/plotly.min.js")

  @Test(.enabled(if: FileManager.default.fileExists(atPath: plotly.path()), "plotly.min.js is not installed"))
  func thePinnedPlotlyFitsIntoThePage() throws {
    let script = try String(contentsOf: Self.plotly, encoding: .utf8)
    let page = try Self.page(MealFixture.report(), plotly: script)
    #expect(page.components(separatedBy: "</script").count - 1 == 3)
    #expect(page.utf8.count >= script.utf8.count)
  }
}
