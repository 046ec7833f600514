// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Bundles
import Files
import Foundation
import Galley
import Statistics
import Testing

@Suite struct ManifestTests {
  private let sample = SampleBundle().manifest

  private func refusal(_ text: String, limits: BundleLimits = BundleLimits()) throws -> String {
    let error = try #require(
      #expect(throws: GalleyError.self) { try Manifest(Data(text.utf8), at: "m", limits: limits) })
    #expect(error.exitCode == .badData)
    return error.why
  }

  private func text() throws -> String { String(decoding: try sample.canonicalBytes(), as: UTF8.self) }

  @Test func whatIsWrittenIsReadAndWrittenTheSame() throws {
    let data = try sample.canonicalBytes()
    let read = try Manifest(data, at: "m")
    #expect(read == sample)
    #expect(try read.canonicalBytes() == data)
    // Another writer of the same form: Foundation's, with the same options.
    let tree = try JSONSerialization.jsonObject(with: data)
    #expect(try JSONSerialization.data(withJSONObject: tree, options: [.sortedKeys, .withoutEscapingSlashes]) == data)
  }

  @Test func whatIsNotCanonicalIsRefused() throws {
    let good = try text()
    let cases: [(String, String, String)] = [
      (#""name":"site""#, #""name": "site""#, "canonical form"),
      (#""name":"site""#, #""name":"\u0073ite""#, "canonical form"),
      (#""sequence":3"#, #""sequence":3.0"#, "canonical form"),
      (#""sequence":3"#, #""sequence":3e0"#, "canonical form"),
      (#""sequence":3"#, #""sequence":3,"sequence":3"#, "stands twice"),
      (#""sequence":3"#, #""sequence":3,"scale":1"#, "not in order"),
      (#""sequence":3"#, #""sequence":3,"sequent":1"#, "the key 'sequent' is unknown"),
      (#""sequence":3,"#, "", "'sequence' is missing"),
      (#""sequence":3"#, #""sequence":"3""#, "a number was expected"),
      (#""sequence":3"#, #""sequence":03"#, "no number"),
      (#""sequence":3"#, #""sequence":99999999999999999999"#, "whole number"),
      (#""format":"galley.bundle/1""#, #""format":"galley.bundle/2""#, "its format is 'galley.bundle/2'"),
      (#""host":["#, #""host":[null,"#, "text was expected"),
      (#""state":"closed""#, #""state":"open""#, "no state"),
      (#""created":"2025-11-26T00:00:00Z""#, #""created":"2025-11-26T00:00:00+00:00""#, "a text has more"),
      (#""created":"2025-11-26T00:00:00Z""#, #""created":"2025-02-30T00:00:00Z""#, "no time"),
      (#""created":"2025-11-26T00:00:00Z""#, #""created":"2025-11-26""#, "no time"),
    ]
    for (old, new, words) in cases {
      #expect(good.contains(old))
      let why = try refusal(good.replacing(old, with: new, maxReplacements: 1))
      #expect(why.contains(words), "\(new): \(why)")
    }
    for text in ["", "[]", "\u{FEFF}" + good, good + "\n", good + "{}", String(good.dropLast()), "{", "{}"] {
      _ = try refusal(text)
    }
    #expect(
      try refusal(good.replacing(SampleBundle.digest("empty").hex, with: SampleBundle.digest("empty").hex.uppercased()))
        .contains("lower-case"))
  }

  @Test func rulesHoldForWritersToo() throws {
    func why(_ change: (inout Manifest) -> Void) throws -> String {
      var manifest = sample
      change(&manifest)
      return try #require(#expect(throws: GalleyError.self) { try manifest.canonicalBytes() }).why
    }
    #expect(try why { $0.sequence = 0 }.contains("begins with 1"))
    #expect(try why { $0.name = "" }.contains("empty"))
    #expect(try why { $0.name = "a\nb" }.contains("control characters"))
    #expect(try why { $0.objects.reverse() }.contains("not in order"))
    #expect(try why { $0.objects[1] = $0.objects[0] }.contains("stands twice"))
    #expect(try why { $0.objects[0].size = -1 }.contains("size -1"))
    #expect(
      try why {
        $0.objects[0].size = .max / 2; $0.objects[1].size = .max / 2
      }.contains("larger than any file"))
    #expect(try why { $0.claims[0].proof = nil }.contains("names no proof"))
    #expect(try why { $0.claims[0].missing = ["x"] }.contains("called proven"))
    #expect(try why { $0.claims[1].state = .incomplete }.contains("nothing is missing"))
    #expect(try why { $0.claims[1].id = "a" }.contains("stands twice"))
    #expect(try why { $0.claims[0].platform = "mars" }.contains("none of the bundle's"))
    #expect(try why { $0.claims[0].trees = ["x"] }.contains("not in the bundle"))
    #expect(try why { $0.validUntil = $0.created.adding(seconds: -1) }.contains("never"))
    #expect(
      try why {
        ($0.claims, $0.trees[0].name, $0.trees[1].name) = ([], "e\u{301}", "\u{E9}"); $0.trees.removeLast()
      }
      .contains("composed"))
    #expect(try why { $0.trees[2].library = nil }.contains("without a record"))
    #expect(try why { $0.trees[2].library?.main = "../x" }.contains("names the path"))
  }

  @Test(arguments: [
    "../x", "/etc/passwd", "a//b", "a/./b", "a/../b", "", ".", "..", "a/", "x\u{0}y", "x\ny", "../\u{301}x",
    "a/../\u{301}x", "a/\u{301}/../../x",
    String(repeating: "n", count: 256), String(repeating: "n/", count: 2100) + "n",
  ])
  func noPathLeadsOutOfATree(path: String) throws {
    var manifest = sample
    manifest.trees = [
      BundleTree(
        name: "t", kind: .folder,
        entries: [
          TreeEntry(path: path, content: .file(SampleBundle.digest("image"), isExecutable: false))
        ])
    ]
    manifest.claims = []
    let error = #expect(throws: GalleyError.self) { try manifest.canonicalBytes() }
    #expect(error?.why.contains("the tree 't'") == true)
  }

  @Test func noLinkLeadsOutOfATree() throws {
    func isAllowed(_ path: String, _ target: String) -> Bool {
      var manifest = sample
      manifest.trees = [BundleTree(name: "t", kind: .folder, entries: [TreeEntry(path: path, content: .link(target))])]
      manifest.claims = []
      return (try? manifest.canonicalBytes()) != nil
    }
    #expect(isAllowed("a", "b"))
    #expect(isAllowed("lib/a", "b/c"))
    #expect(isAllowed("lib/a", "../b"))
    #expect(isAllowed("x/y/a", "../../b"))
    for target in [
      "..", "../b", "/b", "", ".", "./b", "b/../..", "b/..", "b//c", "b/../../c", "../\u{301}x", "/\u{301}x",
    ] {
      #expect(!isAllowed("a", target), "\(target)")
    }
    #expect(!isAllowed("lib/a", "../../b"))
  }

  @Test func noPathLeadsThroughAFileOrALink() throws {
    for content in [TreeEntry.Content.link("c"), .file(SampleBundle.digest("image"), isExecutable: false)] {
      var manifest = sample
      manifest.claims = []
      // "a-b" stands between the two in the order of bytes.
      manifest.trees = [
        BundleTree(
          name: "t", kind: .folder,
          entries: [
            TreeEntry(path: "a", content: content), TreeEntry(path: "a-b", content: .link("c")),
            TreeEntry(path: "a/b/x", content: .link("c")),
          ])
      ]
      #expect(
        #expect(throws: GalleyError.self) { try manifest.canonicalBytes() }?.why.contains("lead through it") == true)
    }
  }

  @Test func hugeCountsAreRefusedBeforeTheyAreRead() throws {
    var limits = BundleLimits()
    limits.objects = 3
    #expect(try refusal(try text(), limits: limits).contains("more than 3 objects"))
    limits = BundleLimits()
    limits.entries = 4
    #expect(try refusal(try text(), limits: limits).contains("entries of trees"))
    limits = BundleLimits()
    limits.textBytes = 8
    #expect(try refusal(try text(), limits: limits).contains("more than 8 bytes"))
    // Depth without an end in a place where nothing so deep is expected.
    let deep = #"{"artifacts":"# + String(repeating: "[", count: 1_000_000)
    _ = try refusal(deep)
  }

  @Test func timesAreThoseOfTheCalendar() throws {
    let formatter = ISO8601DateFormatter()
    var generator = SplitMix64(seed: 3)
    for _ in 0..<2000 {
      let seconds = Int.random(in: 0..<253_402_300_800, using: &generator)
      let time = try #require(BundleTime(seconds: seconds))
      #expect(time.description == formatter.string(from: Date(timeIntervalSince1970: Double(seconds))))
      #expect(BundleTime(time.description) == time)
    }
    #expect(BundleTime("2024-02-29T23:59:59Z") != nil)
    #expect(BundleTime("2024-02-29")?.description == "2024-02-29T00:00:00Z")
    for text in [
      "2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "1969-12-31T23:59:59Z", "2024-13-01T00:00:00Z",
      "2024-00-01T00:00:00Z", "2024-01-00T00:00:00Z", "2024-01-01T24:00:00Z", "0000-01-01T00:00:00Z", "2024-1-1",
      "2024-01-01T00:00:60Z", "2024-01-01t00:00:00z", "²024-01-01T00:00:00Z",
    ] { #expect(BundleTime(text) == nil, "\(text)") }
    #expect(BundleTime(seconds: -1) == nil)
    #expect(BundleTime(Date(timeIntervalSince1970: .infinity)).seconds == 0)
    #expect(SampleBundle.now.adding(seconds: .max).description == "9999-12-31T23:59:59Z")
  }
}
