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
      // Dates and times are texts here.
      if answer.contains("moment") {
        #expect(own != "refused", "\(document)")
      } else {
        #expect(own == answer, "\(document)")
      }
    }
  }

  @Test func namesTheLine() {
    let problem = #expect(throws: TOMLProblem.self) { try TOMLDocument("a = 1\n\nb = what\n") }
    #expect(problem?.line == 3)
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
