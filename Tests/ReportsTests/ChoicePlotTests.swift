// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import FoundationXML
import Galley
import Reports
import Testing

@Suite struct ChoicePlotTests {
  static func plot(count: Int = 40, best: Int = 6, names: String = "row") -> ChoicePlot {
    let all = (0..<count).map { index in
      ChoicePlot.Point(x: 1 + Double(index * 7 % count) / 5, y: 0.5 + Double(index * 13 % count) / Double(2 * count))
    }
    let front = [
      ChoicePlot.Point(x: 3, y: 0.99, name: "\(names) a", rank: 3), .init(x: 6, y: 0.97, name: "\(names) b", rank: 2),
      .init(x: 9, y: 0.9, name: "\(names) c", rank: 1),
    ]
    let ranked = (0..<best).map { index in
      ChoicePlot.Point(x: 3 + Double(index), y: 0.98 - Double(index) / 100, name: "\(names) \(index)", rank: index + 1)
    }
    return ChoicePlot(
      title: "Pareto front for \(names)", horizontal: .init("x times faster than \(names)", largerIsBetter: true),
      vertical: .init("accuracy (fraction)", largerIsBetter: true), all: all + ranked + front, best: ranked,
      front: front, notes: ["target: local", names])
  }

  private func document(_ text: String) throws -> XMLDocument { try XMLDocument(xmlString: text) }

  @Test func thePictureHasThreeLayersRanksAndAxesFromZero() throws {
    let svg = Self.plot().svg
    let root = try document(svg)
    #expect(try root.nodes(forXPath: "//*[contains(@class, 'mark s6')]").count == 50)
    #expect(try root.nodes(forXPath: "//*[contains(@class, 'mark s1')]").count == 7)
    #expect(try root.nodes(forXPath: "//*[contains(@class, 'mark s2')]").count == 4)
    let texts = try root.nodes(forXPath: "//*[local-name() = 'text']").compactMap(\.stringValue)
    for rank in 1...6 { #expect(texts.contains("\(rank)")) }
    #expect(texts.contains("x times faster than row"))
    #expect(texts.contains("accuracy (fraction)"))
    #expect(texts.filter { ["0", "0.0"].contains($0) }.count == 2)
  }

  @Test func hostileNamesStayText() throws {
    let hostile = "<script>alert(1)</script>\u{202E}\"'&"
    let plot = Self.plot(names: hostile)
    #expect(try document(plot.svg).nodes(forXPath: "//*[local-name() = 'script']").isEmpty)
    let page = try plot.html(plotly: nil)
    #expect(!page.contains("<script>alert"))
    #expect(!page.contains("\u{202E}"))
    #expect(page.contains("&lt;script&gt;"))
  }

  @Test func aMillionRowsGiveASmallPicture() {
    var plot = Self.plot(best: 0)
    plot.all = (0..<200_000).map { .init(x: Double($0 % 1009) / 100, y: Double($0 % 997) / 1000) }
    let svg = plot.svg
    #expect(svg.utf8.count < 1_000_000)
    #expect(svg.contains("all rows (200000)"))
  }

  @Test func theTerminalShowsTheSame() {
    let text = Self.plot().terminal(width: 72, height: 18)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 18 + 5)
    #expect(lines.allSatisfy { $0.count <= 80 })
    for symbol in ["·", "o", "#", "x times faster than row", "accuracy (fraction)", "fuzzy Pareto (top 6)"] {
      #expect(text.contains(symbol))
    }
  }

  @Test(arguments: [true, false]) func onePointAndNoneAreNoReasonToFail(isEmpty: Bool) throws {
    var plot = Self.plot(best: 0)
    plot.all = isEmpty ? [] : [.init(x: 1, y: 0.5)]
    plot.front = plot.all
    _ = try document(plot.svg)
    #expect(plot.terminal(width: 1, height: 1).contains("exact Pareto (\(plot.front.count))"))
    #expect(try plot.html(plotly: nil).contains("<figure"))
  }

  @Test func pointsWithoutAPlaceAreLeftOut() throws {
    var plot = Self.plot()
    plot.all += [.init(x: .nan, y: 1), .init(x: 1, y: .infinity)]
    #expect(plot.svg == Self.plot().svg)
    #expect(plot.terminal() == Self.plot().terminal())
  }

  @Test func thePageIsLiveWithPlotly() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "plotly-\(UUID().uuidString).js").path()
    try Data("var Plotly = {};".utf8).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let page = try Self.plot().html(plotly: path)
    #expect(page.contains("choice-live"))
    #expect(page.contains("figure-data"))
    #expect(
      #expect(throws: GalleyError.self) { try Self.plot().html(plotly: "/nowhere.js") }?.exitCode == .missingInput)
  }
}
