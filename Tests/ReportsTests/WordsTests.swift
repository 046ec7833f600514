// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Statistics
import Testing

import Reports

@Suite struct NumberTextTests {
  /// Narrow spaces as ordinary ones, so that expectations can be read.
  private func plain(_ text: String) -> String { text.replacing("\u{202F}", with: " ") }

  @Test(
    arguments: [
      (61.44e-6, "61.4 µs"), (0.9996e-6, "1.00 µs"), (0.12e-6, "120 ns"), (3.1e-3, "3.10 ms"), (999.9e-6, "1.00 ms"),
      (21.4, "21.4 s"), (132, "2 min 12 s"), (7260, "2 h 1 min"), (0, "0 ns"), (12.345e-6, "12.3 µs"),
    ]) func timesHaveAFittingUnit(seconds: Double, text: String)
  {
    #expect(plain(NumberText.time(seconds)) == text)
  }

  @Test(
    arguments: [
      (1234.5, "1230"), (12345, "12 300"), (0.00123, "0.00123"), (4.77e-6, "4.77·10⁻⁶"), (9.996, "10.0"),
      (-2.5, "−2.50"), (0, "0"), (2.5e-308, "2.50·10⁻³⁰⁸"), (1.5e12, "1.50·10¹²"), (.nan, "not a number"),
      (-.infinity, "−∞"),
    ]) func threeDigitsCount(value: Double, text: String)
  {
    #expect(plain(NumberText.significant(value)) == text)
  }

  @Test(arguments: [(0, "0 B"), (999, "999 B"), (13_402, "13.4 kB"), (31_330_304, "31.3 MB"), (999_999, "1.00 MB")])
  func sizesHaveAFittingUnit(count: Int, text: String) {
    #expect(plain(NumberText.bytes(count)) == text)
  }

  @Test(arguments: [(1.0, "1.0"), (0.5, "0.50"), (0.0312, "0.031"), (0.0004, "< 0.001")])
  func probabilitiesAreShort(value: Double, text: String) {
    #expect(plain(NumberText.probability(value)) == text)
  }

  @Test func wholeNumbersHaveTheirThousandsApart() {
    #expect(plain(NumberText.whole(1_234_567)) == "1 234 567")
    #expect(plain(NumberText.whole(-72_000)) == "−72 000")
    #expect(NumberText.whole(1080) == "1080")
  }

  @Test func intervalsShareAUnit() {
    let interval = Interval(lower: 998e-6, upper: 1.02e-3, level: 0.95, method: "t")
    #expect(plain(NumberText.timeInterval(interval)) == "0.998–1.02 ms")
  }

  @Test func datesAreInUniversalTime() {
    #expect(NumberText.date(1_795_246_382) == "2026-11-21 07:33 UTC")
    #expect(NumberText.date(.infinity) == "unknown")
  }
}

@Suite struct HeadlineTests {
  private func report(_ change: (inout RunReport) -> Void) -> RunReport {
    var report = MealFixture.report()
    change(&report)
    return report
  }

  @Test func claimsSpeedThatTheIntervalShowsAndNoDifferenceInAccuracy() {
    let headline = Headline(MealFixture.report())
    #expect(headline.sentence == "wide int8 is 1.8× as fast as wide float32, with no difference in accuracy shown.")
    #expect(headline.support.contains("1.73–1.86"))
    #expect(headline.doubts.isEmpty)
  }

  @Test func aSmallGainIsNotRoundedAway() {
    let headline = Headline(
      report {
        $0.comparisons.removeLast()
        $0.comparisons[0].speedup = ReportedRatio(
          value: 1.03, interval: Interval(lower: 1.01, upper: 1.05, level: 0.95, method: "t"))
      })
    #expect(headline.sentence.hasPrefix("wide int8 is 1.03× as fast as wide float32"))
  }

  @Test func namesTheSmallerSizeWhenNothingElseDiffers() {
    let headline = Headline(
      report {
        $0.comparisons.removeLast()
        $0.comparisons[0].speedup = ReportedRatio(
          value: 1.2, interval: Interval(lower: 0.98, upper: 1.4, level: 0.95, method: "t"))
        let baseline = $0.comparisons[0].baseline
        for index in $0.variants.indices {
          $0.variants[index].measurement.model.byteCount = $0.variants[index].name == baseline ? 1000 : 300
        }
      })
    #expect(
      headline.sentence.replacing("\u{202F}", with: " ")
        == "wide int8 takes 30 % of the space of wide float32, with no difference in speed or accuracy shown.")
  }

  @Test func claimsNothingWhenTheIntervalHoldsOne() {
    let headline = Headline(
      report {
        for index in $0.variants.indices { $0.variants[index].measurement.model.byteCount = 1000 }
        $0.comparisons.removeLast()
        $0.comparisons[0].speedup = ReportedRatio(
          value: 1.2, interval: Interval(lower: 0.98, upper: 1.4, level: 0.95, method: "t"))
      })
    #expect(
      headline.sentence
        == "No difference in speed between wide int8 and wide float32 is shown, and none in accuracy.")
  }

  @Test func saysThatTheCandidateIsSlowerAndLessAccurate() {
    let headline = Headline(
      report {
        $0.comparisons.removeLast()
        $0.comparisons[0].pValue = 0.0004
        $0.comparisons[0].accuracyDifference = -0.1
        $0.comparisons[0].speedup = ReportedRatio(
          value: 0.5, interval: Interval(lower: 0.4, upper: 0.6, level: 0.95, method: "t"))
      })
    #expect(headline.sentence == "wide int8 takes 2.0× as long as wide float32 and is less accurate.")
  }

  @Test func prefersAGainThatCostsNoAccuracy() {
    let headline = Headline(
      report {
        $0.comparisons[0].pValue = 0.001
        $0.comparisons[0].accuracyDifference = -0.1
        $0.comparisons[1].speedup = ReportedRatio(
          value: 1.1, interval: Interval(lower: 1.05, upper: 1.15, level: 0.95, method: "t"))
      })
    #expect(headline.sentence.hasPrefix("slim int8 is 1.1× as fast as slim float32"))
  }

  @Test func withoutComparisonsItNamesTheBestAndTheFastest() {
    let headline = Headline(report { $0.comparisons = [] })
    #expect(headline.sentence.hasPrefix("wide float32 is the most accurate with 98.6\u{202F}%"))
    #expect(headline.sentence.contains("slim float32 is the fastest with 18.9\u{202F}µs"))
  }

  @Test func namesDisturbedMeasurements() {
    let headline = Headline(report { $0.variants[1].measurement.verdict.isClean = false })
    #expect(headline.doubts.count == 1)
    #expect(headline.doubts.first?.contains("wide int8") == true)
  }
}

@Suite struct TextTableTests {
  @Test func alignsByTerminalCells() {
    let table = TextTable(
      columns: [.init("name"), .init("n", .trailing)],
      rows: [["日本", "1"], ["e\u{301}", "10"], ["👩‍👩‍👧", "100"], ["\u{1B}[31m", "2"]])
    #expect(
      table.render() == """
        name     n
        ─────  ───
        日本     1
        e\u{301}       10
        👩‍👩‍👧     100
         [31m    2
        """)
  }

  @Test func marksTheFront() {
    let lines = MealFixture.report().table.split(separator: "\n")
    #expect(lines.count == 7)
    #expect(lines[2].hasPrefix("★  wide float32"))
    #expect(lines[5].hasPrefix("   slim int8"))
    #expect(lines[3].contains("34.2 µs"))
  }
}

@Suite struct MarkdownTests {
  @Test func labelsCannotBecomeMarkup() {
    let text = ReportWriter.markdown(PageTests.hostileReport())
    let outside = text.replacing(/````sh\n[\s\S]*?\n````/, with: "")
    #expect(!outside.contains("<script>"))
    #expect(!outside.contains("<img"))
    for line in text.split(separator: "\n") where line.hasPrefix("| ") {
      #expect(line.hasSuffix(" |"))
    }
  }

  @Test func everyPictureIsWritten() {
    let text = ReportWriter.markdown(MealFixture.report())
    let linked = text.matches(of: /\]\(figures\/(.+?)\.svg\)/).map { String($0.1) }
    #expect(linked == ReportWriter.pictures(MealFixture.report()).map(\.name))
  }

  @Test func rowsHaveAsManyCellsAsHeadings() {
    let text = ReportWriter.markdown(MealFixture.report())
    for table in text.components(separatedBy: "\n\n") where table.hasPrefix("| ") {
      let counts = table.split(separator: "\n").map { $0.replacing("\\|", with: "").count { $0 == "|" } }
      #expect(Set(counts).count == 1)
    }
  }
}
