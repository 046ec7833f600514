// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Expressions
import FoundationEssentials
import Testing

@Suite("Python's eval")
struct PeerTests {
  static let scope = Table(values: [
    "a": 7, "b": -3, "c": 2.5, "d": 0, "n": 9_007_199_254_740_993, "big": .int(.max), "small": 1e-300, "s": "cat",
    "t": "dog", "l": [1, 2.5, "cat", -3], "m.w": 640, "m.r": 0.1,
  ])

  /// A text, and what Python makes of it; see Fixtures/make_arithmetic.py.
  struct Row: Decodable {
    var text: String
    var kind: String
    var value: ExpressionValue?

    init(from decoder: any Decoder) throws {
      var row = try decoder.unkeyedContainer()
      text = try row.decode(String.self)
      kind = try row.decode(String.self)
      switch kind {
      case "bool": value = .bool(try row.decode(Bool.self))
      case "int": value = .int(try row.decode(Int.self))
      case "float": value = .float(try row.decode(Double.self))
      default: value = nil
      }
    }
  }

  @Test func `agrees on arithmetic, comparisons and logic`() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/arithmetic.json")
    let rows = try JSONDecoder().decode([Row].self, from: Data(contentsOf: file))
    #expect(rows.count == 1500)
    for row in rows {
      let expression = try ParsedExpression(row.text)
      for form in [expression, try ParsedExpression(expression.canonicalText)] {
        switch (form.evaluate(Self.scope), row.value) {
        case (.value(let value), let expected?): #expect(value.isEqual(to: expected), "\(row.text)")
        case (.failed, nil): break
        case (let outcome, _): Issue.record("\(row.text): \(outcome), but Python says \(row.kind)")
        }
      }
    }
  }
}
