// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Expressions
import Testing

@Suite("Evaluation")
struct EvaluationTests {
  static let table = Table(
    values: [
      "width": 640, "rate": 0.5, "name": "small", ".pretrained": true, "sizes": [1, 2.0, "three"], "odd-word": 1,
      "a.b.c": "deep", "nothing": .null, "least": .int(.min), "precise": 9_007_199_254_740_993,
    ],
    taxonomies: ["model": "model.file.onnx", "target": "target"],
    open: ["later", "then"])

  @Test(
    "computes",
    arguments: [
      // Numbers.
      ("1 + 2 * 3 - 4", "3"), ("(1 + 2) * 3", "9"), ("-width % 7", "4"), ("7 / 2", "3.5"), ("6 / 2", "3"),
      ("6.0 / 2", "3.0"), ("- - 3", "3"), ("-9223372036854775808", "-9223372036854775808"), ("width / 2 % 32", "0"),
      ("1e3", "1000.0"), ("7 % -2", "-1"), ("-7.5 % 2", "0.5"),
      // Quantities.
      ("10ms", "0.01"), ("2000 ms", "2"), ("1.5 MB", "1500000.0"), ("25 MB == 25e6", "true"), ("1 GiB", "1073741824"),
      ("2 min + 1 h", "3720"), ("3us < 3 ms", "true"), ("-5 kB", "-5000"), ("10 ns * 100000000", "1.0"),
      // Failures.
      ("9223372036854775807 + 1", "! `9223372036854775807 + 1` is too large"), ("-least", "! `-(least)` is too large"),
      ("1 / 0", "! `1 / 0` divides by zero"), ("1 % 0.0", "! `1 % 0.0` divides by zero"),
      ("least / -1", "! `least / -1` is too large"), ("least % -1", "0"),
      ("1e308 * 10", "! `1e+308 * 10` is too large"),
      ("name + 1", "! '+' needs two numbers, but `name` is text and `1` is a whole number"),
      ("-name", "! '-' needs a number, but `name` is text"),
      // Comparisons.
      ("width == 640.0", "true"), ("precise == 9007199254740992.0", "false"), ("precise > 9007199254740992.0", "true"),
      ("9007199254740992.0 < precise", "true"), ("least == -9223372036854775808.0", "true"), ("1 < 1.5", "true"),
      ("-1 > -1.5", "true"), ("1e300 > width", "true"), ("-1e300 >= width", "false"), ("name < 'smell'", "true"),
      ("1 == '1'", "false"), ("true == 1", "false"), ("null == false", "false"), ("[1, 2.0] == [1.0, 2]", "true"),
      ("[1] == [1, 1]", "false"), ("'a' != 1", "true"), ("0.0 == -0.0", "true"),
      ("name < 3", "! '<' needs two numbers or two texts, but `name` is text and `3` is a whole number"),
      (
        "true < false", "! '<' needs two numbers or two texts, but `true` is true or false and `false` is true or false"
      ),
      // Paths.
      ("absent.path", "null"), ("absent == null", "true"), ("nothing == null", "true"), ("a.b.c", "'deep'"),
      ("`odd-word` + 1", "2"), (".pretrained", "true"), ("later", "? later"), ("later + then", "? later then"),
      ("later + 1 / 0", "! `1 / 0` divides by zero"), ("[1, later]", "? later"), ("-later", "? later"),
      // Membership.
      ("2 in sizes", "true"), ("'two' not in sizes", "true"), ("1 in []", "false"), ("'all' in name", "true"),
      ("1 in [later, 1]", "true"), ("1 in [later, 2]", "? later"), ("1 in [1, 1 / 0]", "true"),
      ("later in []", "? later"),
      ("1 in [2, 1 / 0]", "! `1 / 0` divides by zero"), ("later in [1]", "? later"),
      (
        "1 in width",
        "! 'in' needs a list, or a text in a text, but `1` is a whole number and `width` is a whole number"
      ),
      // Taxonomy.
      ("model fits 'model.file'", "true"), ("model fits 'model.file.onnx'", "true"),
      ("model fits 'model.fil'", "false"),
      ("model fits 'model.file.onnx.more'", "false"), ("absent fits 'model'", "false"),
      ("later fits 'model'", "? later"),
      ("not model fits 'task'", "true"),
      // Logic.
      ("later and false", "false"), ("false and later", "false"), ("later or true", "true"),
      ("later or false", "? later"),
      ("later and then", "? later then"), ("not later", "? later"), ("later implies true", "true"),
      ("false implies later", "true"), ("true implies false", "false"), ("true implies later", "? later"),
      ("1 / 0 == 1 and false", "false"), ("1 / 0 == 1 and later", "? later"), ("1 / 0 == 1 or true", "true"),
      ("1 / 0 == 1 and true", "! `1 / 0` divides by zero"), ("later or 1 / 0 == 1", "? later"),
      ("1 and true", "! 'and' needs true or false, but `1` is a whole number"),
      ("not null", "! 'not' needs true or false, but `null` is nothing"), ("width != null and width > 32", "true"),
      ("nothing != null and nothing > 32", "false"), ("false implies false implies false", "true"),
    ])
  func computes(text: String, expected: String) throws {
    #expect(try ParsedExpression(text).evaluate(Self.table).summary == expected)
  }

  @Test func `a condition that isn't settled is neither true nor false`() throws {
    #expect(try ParsedExpression("width > 1").isTrue(in: Self.table) == true)
    #expect(try ParsedExpression("width < 1").isTrue(in: Self.table) == false)
    for text in ["later", "width", "1 / 0 == 1", "null"] {
      #expect(try ParsedExpression(text).isTrue(in: Self.table) == nil)
    }
  }

  @Test func `every path is looked up at most once, and only if it matters`() throws {
    let scope = CountingScope()
    let text = "x + x == 2 and [x, y] == [1, 1] and (x == 1 or z == 1) and (x == 2 implies w)"
    #expect(try ParsedExpression(text).isTrue(in: scope) == true)
    #expect(scope.asked == ["x": 1, "y": 1])
  }

  @Test func `numbers that no expression can write do no harm`() throws {
    let scope = Table(values: ["nan": .float(.nan), "inf": .float(.infinity), "small": 1])
    let cases = [
      ("nan == nan", "false"), ("nan != nan", "true"), ("nan < small", "false"), ("small >= nan", "false"),
      ("inf > small", "true"), ("-inf", "! `-(inf)` is too large"), ("inf == inf", "true"),
      ("inf + small", "! `inf + small` is too large"), ("nan % small", "! `nan % small` is too large"),
    ]
    for (text, expected) in cases {
      #expect(try ParsedExpression(text).evaluate(scope).summary == expected, "\(text)")
    }
  }
}
