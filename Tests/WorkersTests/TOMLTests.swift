// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import PeerSupport
import Testing
import Workers

@Suite struct TOMLTests {
  private static let documents = [
    "", "# nothing\n", "a = 1\nb.c = 'x'\n\"d e\".f = true\r\n", "a = [1, 2.5, 'x', [true], {b = 1}, ]\n",
    "a = [\n  1, # one\n  2,\n]\n", "[a]\nb = 1\n[a.c]\nd = 2\n[e.f.g]\nh = 3\n",
    "[[a]]\nb = 1\n[[a]]\nb = 2\n[a.c]\nd = 3\n",
    "a = \"\\u00e9\\U0001F600 \\t\\\\ \\\"\"\n", "a = \"\"\"\nfirst\nsecond \\\n   third\"\"\"\n",
    "a = '''\nraw \\n 'quoted' text'''\n",
    "a = \"\"\"two quotes: \"\"\"\"\"\n", "a = 1_000\nb = 0xff\nc = 0o17\nd = 0b101\ne = -7\nf = +3\n",
    "a = 1e3\nb = -2.5E-2\nc = 6.02_2\n",
    "a = 2026-05-18T23:33:29Z\nb = 2026-05-18\nc = 10:11:12.5\nd = 2026-05-18 10:11:12+02:00\n",
    "a = {b = {c = [ {d = 1} ]}}\n", "[a.b]\nc = 1\n[a]\nd = 2\n", "a.b.c = 1\na.b.d = 2\n",
    // What must be refused.
    "a = 1\na = 2\n", "a = 1 b = 2\n", "[a]\n[a]\n", "a = {b = 1}\na.c = 2\n", "a = 'x\n'\n", "a = \"\\q\"\n", "a = \n",
    "= 1\n",
    "[a\n", "a = [1, 2\n", "a = 01\n", "a = 1__0\n", "a = .5\n", "a = 1.\n", "a = 2026-5-1\n", "a = nothing\n",
    "[[a]]\n[a]\n",
    "[a]\nb = 1\n[[a]]\n", "a = \"\\ud800\"\n", "a.b = 1\n[a]\n",
    // Escapes, control characters, line ends, underscores, calendars and clocks.
    "a = \"\\u+041\"\n", "a = \"\\U-0000041\"\n", "a = \"\\u004\"\n", "a = \"\u{7F}\"\n", "a = 'x\u{1}'\n",
    "a = '''\u{8}'''\n", "a = \"\"\"\u{1F}\"\"\"\n", "# \u{0}\n", "# \u{B}\na = 1\n", "a = 1 \r", "a = 1\rb = 2\n",
    "\r\n\r\n", "a = 'x\ty'\n", "# \tx\r\na = 1\r\n", "a = '''\r\nx\ry'''\n", "a = '''\r\nx\r\ny'''\n",
    "a = 1_e2\n", "a = 1e_2\n", "a = 1e2_\n", "a = 0x_1\n", "a = 0b_1\n", "a = 0b1_0\n", "a = 0xa_b\n",
    "a = 1_000.5\n", "a = 2026-02-29\n", "a = 2024-02-29\n", "a = 1900-02-29\n", "a = 2026-13-01\n",
    "a = 2026-00-01\n", "a = 2026-04-31\n", "a = 2026-04-00\n", "a = 24:00:00\n", "a = 23:60:00\n", "a = 23:59:61\n",
    "a = 2026-01-01T24:00:00Z\n", "a = 2026-01-01T00:00:00+24:00\n", "a = 2026-01-01T00:00:00-23:60\n",
    "a = 10:11:12Z\n", "a = 10:11:12+01:00\n", "a = 2026-01-01T00:00:00.5-23:59\n", "a = 2026-01-01T\n",
    "a = 2026-01-01 # day\n",
  ]

  /// Values as both sides print them.
  private static func text(_ value: ConfigurationValue) -> String {
    switch value {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .int(let value): "\(value)"
    case .float(let value): "f\(Int((value * 1e6).rounded()))"
    case .string(let value): "'\(value)'"
    case .list(let values): "[\(values.map(text).joined(separator: ","))]"
    case .map(let values):
      "{\(values.sorted { $0.key < $1.key }.map { "\($0.key):\(text($0.value))" }.joined(separator: ","))}"
    }
  }

  private static let peer = """
    import datetime, json, sys, tomllib
    def text(v):
      if isinstance(v, bool): return "true" if v else "false"
      if isinstance(v, int): return str(v)
      if isinstance(v, float): return "f" + str(round(v * 1e6))
      if isinstance(v, str): return "'" + v + "'"
      if isinstance(v, list): return "[" + ",".join(map(text, v)) + "]"
      if isinstance(v, dict): return "{" + ",".join(k + ":" + text(x) for k, x in sorted(v.items())) + "}"
      return "moment"
    answers = []
    for document in json.loads(sys.argv[1]):
      try: answers.append(text(tomllib.loads(document)))
      except tomllib.TOMLDecodeError: answers.append("refused")
    print(json.dumps(answers))
    """

  @Test(.enabled(if: PeerPython().finds("tomllib")))
  func readsAndRefusesWhatPythonDoes() throws {
    let sent = String(decoding: try JSONEncoder().encode(Self.documents), as: UTF8.self)
    let answers = try JSONDecoder().decode([String].self, from: try PeerPython().run(["-c", Self.peer, sent]))
    for (document, answer) in zip(Self.documents, answers) {
      let own = (try? TOMLDocument(document)).map { Self.text(.map($0.values)) } ?? "refused"
      // TOML leaves open which end of a line stands in a text; Python always gives the short one.
      let plain = own.replacing("\r\n", with: "\n")
      // Dates and times are texts here.
      if answer.contains("moment") {
        #expect(own != "refused", "\(document)")
      } else {
        #expect(plain == answer, "\(document)")
      }
    }
  }

  @Test func namesTheLine() {
    let problem = #expect(throws: TOMLProblem.self) { try TOMLDocument("a = 1\n\nb = what\n") }
    #expect(problem?.line == 3)
  }

  @Test func whatIsNotUTF8IsRefused() {
    let problem = #expect(throws: TOMLProblem.self) {
      try TOMLDocument(utf8: Array("a = 1\nb = '".utf8) + [0xC3, 0x28])
    }
    #expect(problem?.line == 2 && problem?.why == "it is not UTF-8")
    #expect(throws: TOMLProblem.self) { try TOMLDocument(utf8: Array("# ".utf8) + [0xED, 0xA0, 0x80]) }
    #expect(throws: Never.self) { try TOMLDocument(utf8: [0xEF, 0xBB, 0xBF] + Array("a = 1\n".utf8)) }
  }

  @Test func whatLiesTooDeepIsRefused() throws {
    func keys(_ count: Int) -> String { Array(repeating: "a", count: count).joined(separator: ".") }
    func times(_ count: Int, _ text: String) -> String { String(repeating: text, count: count) }
    let deep: [(Int) -> String] = [
      { "\(keys($0)) = 1\n" }, { "[\(keys($0))]\n" }, { "[[\(keys($0))]]\n" },
      { "a = \(times($0, "["))\(times($0, "]"))\n" }, { "a = \(times($0, "{a = "))1\(times($0, "}"))\n" },
      { "[\(keys($0 / 2))]\n\(keys($0 / 4)) = {\(keys($0 / 8)) = 1}\n" },
      { "a = \(times($0, "{\(keys(50)) = "))1\(times($0, "}"))\n" },
    ]
    for make in deep {
      let problem = #expect(throws: TOMLProblem.self) { try TOMLDocument(make(1000)) }
      #expect(problem?.why.contains("deep") == true)
    }
    for make in deep.prefix(6) { #expect(throws: Never.self) { try TOMLDocument(make(32)) } }
    for make in deep.prefix(3) { #expect(throws: TOMLProblem.self) { try TOMLDocument(make(300_000)) } }
  }

  /// The folder `tests` of a copy of the public suite <https://github.com/toml-lang/toml-test>, which isn't here.
  private static let suite = ProcessInfo.processInfo.environment["TOML_TEST_SUITE"]

  @Test(.enabled(if: suite != nil))
  func judgesAsThePublicSuiteDoes() throws {
    let folder = try #require(Self.suite)
    let list = try String(contentsOfFile: "\(folder)/files-toml-1.0.0", encoding: .utf8)
    let names = list.split(separator: "\n").filter { $0.hasSuffix(".toml") }
    #expect(names.count > 500)
    for name in names {
      let bytes = Array(try Data(contentsOf: URL(filePath: "\(folder)/\(name)")))
      let document = try? TOMLDocument(utf8: bytes)
      #expect((document != nil) == name.hasPrefix("valid/"), "\(name)")
      guard let document, name.hasPrefix("valid/") else { continue }
      let expected = try JSONDecoder().decode(
        ConfigurationValue.self, from: Data(contentsOf: URL(filePath: "\(folder)/\(name.dropLast(5)).json")))
      #expect(Self.fits(.map(document.values), expected), "\(name)")
    }
  }

  /// Whether a value is the one that the suite describes: tables, lists, and leaves with a type and a text.
  private static func fits(_ own: ConfigurationValue, _ expected: ConfigurationValue) -> Bool {
    if case .map(let leaf) = expected, leaf.count == 2, case .string(let type)? = leaf["type"],
      case .string(let text)? = leaf["value"]
    {
      return fits(own, type: type, text)
    }
    return switch (own, expected) {
    case (.list(let values), .list(let others)): values.count == others.count && zip(values, others).allSatisfy(fits)
    case (.map(let values), .map(let others)):
      values.count == others.count && values.allSatisfy { key, value in others[key].map { fits(value, $0) } ?? false }
    default: false
    }
  }

  private static func fits(_ own: ConfigurationValue, type: String, _ text: String) -> Bool {
    switch (own, type) {
    case (.string(let value), "string"): value == text
    case (.string, "datetime"), (.string, "datetime-local"), (.string, "date-local"), (.string, "time-local"): true
    case (.bool(let value), "bool"): "\(value)" == text
    case (.int(let value), "integer"): Int(text) == value
    case (.float(let value), "float"): Double(text).map { $0 == value || ($0.isNaN && value.isNaN) } ?? false
    default: false
    }
  }

  @Test func survivesAnyBytes() throws {
    var generator = SystemRandomNumberGenerator()
    let alphabet = Array("ab.[]{}=,\"'\\#\n 0123_-+:T\r\té")
    for _ in 0..<2000 {
      let text = String((0..<Int.random(in: 0..<40, using: &generator)).map { _ in alphabet.randomElement() ?? "a" })
      _ = try? TOMLDocument(text)
    }
    _ = try? TOMLDocument(String(repeating: "[", count: 100_000))
    _ = try? TOMLDocument("a = " + String(repeating: "[", count: 100_000))
  }
}
