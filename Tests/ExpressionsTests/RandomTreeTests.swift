// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Expressions
import Statistics
import Testing

/// Draws trees that a text can say.
struct TreeSource {
  typealias Node = ParsedExpression.Node
  var generator: SeededGenerator

  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[generator.number(below: elements.count)] }

  mutating func path() -> String { pick(["a", "b", ".c", "x.y", "and", "odd-word.0", "True", "a.in", ".0", "ü n.i"]) }

  mutating func leaf() -> Node {
    switch generator.number(below: 8) {
    case 0, 1, 2: .path(path())
    case 3: .constant(pick([0, -1, 1, .int(.min), .int(.max), 42]))
    case 4: .constant(pick([0.5, -0.0, 1e300, -2.5e-7, .float(.leastNonzeroMagnitude), 100_000.0]))
    case 5: .constant(pick(["", "it's", "\"", "a\nb\\", "\u{0}\u{7F}", "é\u{1F600}", .bool(true), false, .null]))
    case 6:
      ExpressionQuantity(pick([.int(3), .int(-2), .float(1.5)]), pick(ExpressionUnit.allCases)).map(Node.quantity)
        ?? .list([])
    default: .fits(path: path(), taxonomy: pick(["model", "model.file", "a-b.c_1"]))
    }
  }

  mutating func nodes(_ count: ClosedRange<Int>, depth: Int) -> [Node] {
    let number = count.lowerBound + generator.number(below: count.count)
    return (0..<number).map { _ in tree(depth: depth) }
  }

  mutating func tree(depth: Int) -> Node {
    guard depth > 0 else { return leaf() }
    switch generator.number(below: 10) {
    case 0: return leaf()
    case 1: return .list(nodes(0...3, depth: depth - 1))
    case 2: return .negation(tree(depth: depth - 1))
    case 3:
      return .arithmetic(
        pick(ParsedExpression.ArithmeticOperator.allCases), tree(depth: depth - 1), tree(depth: depth - 1))
    case 4:
      return .comparison(
        pick(ParsedExpression.ComparisonOperator.allCases), tree(depth: depth - 1), tree(depth: depth - 1))
    case 5: return .membership(tree(depth: depth - 1), in: tree(depth: depth - 1))
    case 6: return .not(tree(depth: depth - 1))
    case 7: return .and(nodes(2...4, depth: depth - 1))
    case 8: return .or(nodes(2...4, depth: depth - 1))
    default: return .implies(tree(depth: depth - 1), tree(depth: depth - 1))
    }
  }

  /// A tree over the paths `p`, `q`, `r` whose evaluation often succeeds.
  mutating func condition(depth: Int) -> Node {
    guard depth > 0 else {
      let operand = Node.path(pick(["p", "q", "r"]))
      switch generator.number(below: 4) {
      case 0: return .comparison(pick([.equal, .less, .notEqual]), operand, .constant(pick([0, 1, 2, "x"])))
      case 1: return .membership(operand, in: .list([.path(pick(["p", "q"])), .constant(pick([0, 1]))]))
      case 2: return .comparison(.greaterOrEqual, .arithmetic(.dividedBy, .constant(2), operand), .constant(1))
      default: return operand
      }
    }
    switch generator.number(below: 4) {
    case 0: return .not(condition(depth: depth - 1))
    case 1: return .and((0..<2 + generator.number(below: 2)).map { _ in condition(depth: depth - 1) })
    case 2: return .or((0..<2 + generator.number(below: 2)).map { _ in condition(depth: depth - 1) })
    default: return .implies(condition(depth: depth - 1), condition(depth: depth - 1))
    }
  }
}

@Suite("Drawn trees")
struct RandomTreeTests {
  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func `a tree survives being written and read`(seed: UInt64) throws {
    var source = TreeSource(generator: SeededGenerator(seed: seed))
    for _ in 0..<500 {
      let tree = source.tree(depth: 4)
      let text = tree.description
      guard text.utf8.count <= ParsedExpression.maximumLength else { continue }
      let parsed = try ParsedExpression(text)
      #expect(parsed.root == tree, "\(text)")
      #expect(parsed.canonicalText == text)
      _ = parsed.evaluate(Table(values: ["a": 1, "x.y": "text", ".c": true], open: ["b"]))
    }
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func `an outcome that is settled stays, whatever the open choices become`(seed: UInt64) throws {
    var source = TreeSource(generator: SeededGenerator(seed: seed))
    let values: [ExpressionValue] = [0, 1, 2, true, false, "x"]
    for _ in 0..<300 {
      let expression = try ParsedExpression(source.condition(depth: 3))
      let q = source.pick(values)
      let before = expression.evaluate(Table(values: ["q": q], open: ["p", "r"]))
      var after: Set<String> = []
      for p in values {
        for r in values {
          let outcome = expression.evaluate(Table(values: ["p": p, "q": q, "r": r]))
          if case .failed = outcome { after.insert("failed") } else { after.insert(outcome.summary) }
        }
      }
      switch before {
      case .unknown(let paths): #expect(paths.isSubset(of: ["p", "r"]) && !paths.isEmpty)
      case .failed: #expect(after == ["failed"], "\(expression)")
      case .value: #expect(after == [before.summary], "\(expression)")
      }
    }
  }
}

@Suite("Damaged texts")
struct DamagedTextTests {
  static let seeds = [
    "data.normalization == 'imagenet' or .pretrained == false", "model.width % 8 == 0 and target fits 'target.host'",
    "latency <= 10ms implies size < 25 MB", "-x in [1, 2.5e-3, \"a\\u{1F600}\\n\"]",
    "!(a && b) || `odd-word`.0 != null",
    "[[], [1, 'é'], (2)] == [.a, .b, c.d.e] implies not 9223372036854775807 + -9223372036854775808 > 0",
  ]
  static let pieces: [[UInt8]] =
    [
      "(", ")", "[", "]", "'", "\"", "`", "\\", ".", "..", "-", "!", "=", "==", "<", "and ", " not", " in ", "fits",
      "1e", "e",
      "99999999999999999999", "\\u{", "}", "\u{0}", "é", "\u{1F600}", "ms", " MB", ",", "%", "&&", "|", "\n",
    ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0xE2, 0x82], [0xF0, 0x9F]]

  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func `damage gives an expression or an error within the text`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var accepted = 0
    for _ in 0..<1000 {
      var bytes = Array(Self.seeds[generator.number(below: Self.seeds.count)].utf8)
      for _ in 0...generator.number(below: 4) { damage(&bytes, &generator) }
      let text = String(decoding: bytes, as: UTF8.self)
      do throws(ExpressionError) {
        let expression = try ParsedExpression(text)
        accepted += 1
        #expect(try ParsedExpression(expression.canonicalText) == expression)
        _ = expression.evaluate(Table(values: ["x": 1, "a": true], open: ["latency"]))
      } catch {
        #expect((1...text.count + 1).contains(error.column), "\(error)")
        #expect(!error.message.isEmpty && error.text == text)
      }
    }
    #expect(accepted > 20)
  }

  private func damage(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
    let place = generator.number(below: bytes.count + 1)
    switch generator.number(below: 5) {
    case 0: bytes.insert(contentsOf: Self.pieces[generator.number(below: Self.pieces.count)], at: place)
    case 1: bytes.removeSubrange(place..<min(bytes.count, place + 1 + generator.number(below: 4)))
    case 2: if place < bytes.count { bytes[place] = UInt8(truncatingIfNeeded: generator.next()) }
    case 3: bytes.insert(contentsOf: bytes[place...].prefix(generator.number(below: 20)), at: place)
    default: bytes.removeLast(min(bytes.count, generator.number(below: 12)))
    }
  }
}
