// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Expressions
import FoundationEssentials
import Testing

@Suite("Parsing")
struct ParsingTests {
  @Test(
    "has one canonical spelling",
    arguments: [
      ("a&&b||!c", "a and b or not c"), ("((a)) == (1+2)*3", "a == (1 + 2) * 3"), ("a - (b - c)", "a - (b - c)"),
      ("(a - b) - c", "a - b - c"), ("a implies (b implies c)", "a implies b implies c"),
      ("(a implies b) implies c", "(a implies b) implies c"), ("(a and b) and c", "(a and b) and c"),
      ("not (a == b)", "not a == b"), ("(not a) == b", "(not a) == b"), ("not(a and b)", "not (a and b)"),
      ("\"it's\"", "'it\\'s'"), ("'\\u{1F600}\\t'", "'😀\\t'"), ("'\\u{7}'", "'\\u{7}'"), ("'\"'", "'\"'"),
      ("10ms", "10 ms"), ("25   MB", "25 MB"), ("1.50e3", "1500.0"), ("-(3)", "-(3)"), ("--3", "--3"), ("- 3", "-3"),
      ("-(-3)", "--3"), ("-x*-y", "-x * -y"), ("-(2 MB)", "-(2 MB)"), ("[ 1,[ ] , 'a', ]", "[1, [], 'a']"),
      ("`a`.`b-c`.d", "a.`b-c`.d"), (".width > x.0y", ".width > x.0y"), ("`and` == `True`", "`and` == `True`"),
      (".and", ".and"), ("a.in in b.`not`", "a.in in b.not"), ("stages.0.width", "stages.0.width"),
      ("x not in [1]", "not x in [1]"), ("path fits \"model.file-2\"", "path fits 'model.file-2'"), (" \n\ta\r\n", "a"),
      ("a in b or c fits 'd'", "a in b or c fits 'd'"), ("`große Zahl` < 1", "`große Zahl` < 1"),
      ("1 in [2]", "1 in [2]"),
      ("h < 1h and min.s < 2 s", "h < 1 h and min.s < 2 s"), ("007", "7"),
    ])
  func spelling(text: String, canonical: String) throws {
    let expression = try ParsedExpression(text)
    #expect(expression.canonicalText == canonical)
    #expect(expression.text == text)
    let again = try ParsedExpression(canonical)
    #expect(again == expression && again.canonicalText == canonical && again.hashValue == expression.hashValue)
    #expect(try ParsedExpression(expression.root) == expression)
  }

  @Test(
    "says what is wrong, where, and what was meant",
    arguments: [
      ("", 1, "it is empty", nil), ("  ", 3, "it is empty", nil),
      ("a = 1", 3, "'=' has no meaning here", "=="), ("a <> 1", 3, "'<>' has no meaning here", "!="),
      ("a & b", 3, "'&' has no meaning here", "and"), ("a ≤ 1", 3, "'≤' has no meaning here", "<="),
      ("é == 1", 1, "'é' has no meaning here", nil), ("'é' § 1", 5, "'§' has no meaning here", nil),
      ("a == ", 6, "it ends where a value is expected", nil), ("a + * b", 5, "`*` can't stand here", nil),
      ("(a", 1, "the parenthesis that opens here isn't closed", nil), ("a)", 2, "`)` can't stand here", nil),
      ("[1, 2", 1, "the bracket that opens here isn't closed", nil), ("[,]", 2, "`,` can't stand here", nil),
      ("'abc", 1, "the text that begins here isn't closed", nil),
      ("'ab\nc'", 1, "the text that begins here isn't closed", nil), ("`a", 1, "the backtick isn't closed", nil),
      ("``", 1, "there is nothing between the backticks", nil), ("`a.b`", 3, "a dot can't stand within backticks", nil),
      ("a..b", 3, "a dot must be followed by a word", nil), ("a.", 3, "a dot must be followed by a word", nil),
      (".", 2, "a dot must be followed by a word", nil), (".5 < a", 1, "a number begins with a digit", "0.5"),
      ("5. < a", 3, "a decimal point must be followed by a digit", nil),
      ("5e+ < a", 4, "an exponent must be a whole number", nil), ("5mss", 2, "'mss' is not a unit", "ms"),
      ("5KB", 2, "'KB' is not a unit", "kB"),
      ("5 KB", 3, "'KB' follows a value without an operator between them", "kB"),
      ("a adn b", 3, "'adn' follows a value without an operator between them", "and"),
      ("a implys b", 3, "'implys' follows a value without an operator between them", "implies"),
      ("a == b == c", 8, "comparisons can't follow each other", "'a < b and b < c'"),
      ("1 < x <= 3", 7, "comparisons can't follow each other", "'a < b and b < c'"),
      ("a in b in c", 8, "comparisons can't follow each other", "'a < b and b < c'"),
      ("!a == b", 4, "'!' before a comparison needs parentheses", "'!(a == b)'"),
      ("a == not b", 6, "'not' needs parentheses here", "'(not …)'"),
      ("a == True", 6, "'True' is not a word of this language", "true"),
      ("a == None", 6, "'None' is not a word of this language", "null"),
      ("a AND b", 3, "'AND' is not a word of this language", "and"),
      ("1 fits 'a'", 3, "'fits' needs a path before it", nil),
      ("a fits model", 8, "'fits' needs a taxonomy in quotation marks after it", "'model'"),
      ("a fits 'model.'", 8, "a taxonomy is words with dots between them", nil),
      ("9223372036854775808", 1, "the whole number is too large", "9223372036854775808.0"),
      ("-9223372036854775809", 2, "the whole number is too large", "9223372036854775809.0"),
      ("1e400", 1, "the number is too large", nil),
      ("9223372036854775807 GB", 1, "the number is too large for its unit", nil),
      ("'\\x'", 2, "there is no such escape; there are \\n, \\t, \\r, \\\\, \\', \\\" and \\u{1F600}", nil),
      ("'\\u{D800}'", 2, "\\u{} needs the hexadecimal number of a character", nil),
      ("'\\u{+41}'", 2, "\\u{} needs the hexadecimal number of a character", nil),
      ("'a\\", 3, "the text ends within an escape", nil),
      ("a b", 3, "'b' follows a value without an operator between them", nil),
      ("a 'b'", 3, "`'b'` follows a value without an operator between them", nil),
      ("a\u{0}", 2, "'a control character' has no meaning here", nil),
    ] as [(String, Int, String, String?)])
  func mistakes(text: String, column: Int, message: String, suggestion: String?) {
    #expect(throws: ExpressionError(message, column: column, in: text, suggestion: suggestion)) {
      try ParsedExpression(text)
    }
  }

  @Test func `an error reads as a sentence`() {
    let error = ExpressionError("'=' has no meaning here", column: 3, in: "a = 1", suggestion: "==")
    #expect(error.description == "`a = 1`, column 3: '=' has no meaning here; did you mean ==?")
  }

  @Test func `paths and constants are listed in order, once`() throws {
    let text = "b.c == 1 and .a in [2, 'x'] and b.c != [3, 4] or d fits 'e' or 5 kB < b.c and -7 == 1"
    let expression = try ParsedExpression(text)
    #expect(expression.paths == ["b.c", ".a", "d"])
    #expect(expression.literals == [1, 2, "x", [3, 4], 5000, -7])
  }

  @Test func `paths are renamed within the whole tree`() throws {
    let text = "not (.a + -b in [.a, c.d] and .a fits 'x') implies `b` < 2 MB or .a == 1"
    let renamed = try ParsedExpression(text).renamingPaths { $0.hasPrefix(".") ? "model.head-2\($0)" : "x.\($0)" }
    let expected =
      "not (model.`head-2`.a + -x.b in [model.`head-2`.a, x.c.d] and model.`head-2`.a fits 'x') "
      + "implies x.b < 2 MB or model.`head-2`.a == 1"
    #expect(renamed.text == expected)
    #expect(renamed.paths == ["model.head-2.a", "x.b", "x.c.d"])
    for name in ["", "a..b", "a.", "a`b", "a\nb"] {
      #expect(throws: ExpressionError.self) { try ParsedExpression("a == 1").renamingPaths { _ in name } }
    }
  }

  @Test(
    arguments: [
      .constant(.float(.infinity)), .constant([.float(.nan)]), .path("a..b"), .and([]), .list([.or([])]),
      .fits(path: "a", taxonomy: "model."), .fits(path: "", taxonomy: "model"),
    ] as [ParsedExpression.Node])
  func `a tree that no text can say is refused`(node: ParsedExpression.Node) {
    #expect(throws: ExpressionError.self) { try ParsedExpression(node) }
  }

  @Test func `a tree becomes the expression that its text gives`() throws {
    let single = ParsedExpression.Node.and([.comparison(.less, .path("a"), .constant([1, -2.0, "x"]))])
    let expression = try ParsedExpression(single)
    #expect(expression.text == "a < [1, -2.0, 'x']")
    #expect(expression.root != single)
  }

  @Test func `expressions are stored as their text`() throws {
    let expression = try ParsedExpression("a  >= 10ms")
    let data = try JSONEncoder().encode([expression])
    #expect(String(decoding: data, as: UTF8.self) == #"["a  >= 10ms"]"#)
    #expect(try JSONDecoder().decode([ParsedExpression].self, from: data) == [expression])
    #expect {
      try JSONDecoder().decode([ParsedExpression].self, from: Data(#"["a = 1"]"#.utf8))
    } throws: { error in
      "\(error)".contains("did you mean ==?")
    }
  }

  @Test func `length and depth are bounded`() throws {
    let limit = ParsedExpression.maximumDepth
    func text(_ opening: String, _ middle: String, _ closing: String, _ count: Int) -> String {
      String(repeating: opening, count: count) + middle + String(repeating: closing, count: count)
    }
    for (opening, middle, closing) in [
      ("(", "1", ")"), ("[", "", "]"), ("not ", "a", ""), ("!", "a", ""), ("-", "a", ""), ("", "1", " + 1"),
      ("", "1", " % 1"), ("a implies ", "a", ""),
    ] {
      #expect(throws: Never.self) { try ParsedExpression(text(opening, middle, closing, limit - 1)) }
      for count in [limit + 1, 1000, 4000] {
        #expect(throws: ExpressionError.self) { try ParsedExpression(text(opening, middle, closing, count)) }
      }
    }
    let wide = Array(repeating: "a == 1", count: 1000)
    #expect(try ParsedExpression(wide.joined(separator: " or ")).paths == ["a"])
    let long = String(repeating: " ", count: ParsedExpression.maximumLength)
    #expect(throws: ExpressionError.self) { try ParsedExpression(long + "1") }
    var tree = ParsedExpression.Node.path("a")
    for _ in 0..<1000 { tree = .not(tree) }
    #expect(throws: ExpressionError.self) { try ParsedExpression(tree) }
  }
}
