// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Galley
import Recipes
import Testing

/// One change and the text that a careful person would have written.
struct EditingCase: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var before: String
  var path: [String]
  /// The value to set; `nil` removes.
  var value: ConfigurationValue?
  var comment: String?
  var after: String

  init(
    _ description: String, _ before: String, _ path: String, _ value: ConfigurationValue?, comment: String? = nil,
    _ after: String
  ) {
    testDescription = description
    self.before = before
    self.path = path.split(separator: "/").map(String.init)
    self.value = value
    self.comment = comment
    self.after = after
  }
}

@Suite struct EditingTests {
  @Test(arguments: blockCases + flowCases + jsonCases + removals + comments + layouts)
  func changesOnlyWhatItShould(example: EditingCase) throws {
    var text = try RecipeText(example.before)
    if let value = example.value {
      try text.set(example.path, to: value, comment: example.comment)
      #expect(text.value(at: example.path) == value)
    } else {
      try text.remove(example.path)
      #expect(text.value(at: example.path) == nil)
    }
    #expect(text.text == example.after)
  }

  private static let blockCases = [
    EditingCase(
      "a value keeps its comment", "trainer:\n  epochs: 3  # few\n", "trainer/epochs", .int(9),
      "trainer:\n  epochs: 9  # few\n"),
    EditingCase("the same value changes nothing", "a: 0x10   \nb: 'x'\n", "b", .string("x"), "a: 0x10   \nb: 'x'\n"),
    EditingCase("quotes stay", "a: 'it'\nb: \"x\"\n", "a", .string("isn't"), "a: 'isn''t'\nb: \"x\"\n"),
    EditingCase(
      "a new key ends its group", "a:\n  b: 1\n  # about a\n\n# about c\nc: 2\n", "a/d", .float(1),
      "a:\n  b: 1\n  # about a\n  d: 1.0\n\n# about c\nc: 2\n"),
    EditingCase(
      "a new key at the end", "a: 1\n# near\n\n# far\n", "b", .float(1e-4), "a: 1\n# near\nb: 0.0001\n\n# far\n"),
    EditingCase("missing groups are made", "a: 1\n", "m/i/k", .bool(true), "a: 1\nm:\n  i:\n    k: true\n"),
    EditingCase(
      "a name in the way becomes a group", "a: 1\noptimizer: int8  # fast\nz: 2\n", "optimizer/samples", .int(9),
      "a: 1\noptimizer:  # fast\n  use: int8\n  samples: 9\nz: 2\n"),
    EditingCase(
      "nothing in the way becomes a group", "m: # later\nz: 2\n", "m/k", .int(1), "m: # later\n  k: 1\nz: 2\n"),
    EditingCase("an explicit null in the way", "m: ~ # later\nz: 2\n", "m/k", .int(1), "m: # later\n  k: 1\nz: 2\n"),
    EditingCase("an empty value is filled", "m: # later\nz: 2\n", "m", .string("x y"), "m: x y # later\nz: 2\n"),
    EditingCase(
      "a group replaced by a name", "o: # why\n  # inner\n  use: x\n  n: 1\n# next\nz: 2\n", "o", .string("none"),
      "o: none # why\n# next\nz: 2\n"),
    EditingCase(
      "a group replaced by a group keeps what is equal",
      "o:\n  use: x # best\n  # three\n  n: 3\n  m: 4\n", "o",
      .map(["use": .string("x"), "n": .int(5), "k": .null]), "o:\n  use: x # best\n  # three\n  n: 5\n  k: null\n"),
    EditingCase(
      "lists of groups are written in lines", "a:\n    b: 1\n", "variants",
      .list([.map(["name": .string("w"), "set": .map(["trainer.epochs": .int(3)])])]),
      "a:\n    b: 1\nvariants:\n    - name: w\n      set:\n          trainer.epochs: 3\n"),
    EditingCase(
      "a list's element is appended", "v:\n- name: a\n# about z\nz: 1\n", "v/1/name", .string("b"),
      "v:\n- name: a\n- name: b\n# about z\nz: 1\n"),
    EditingCase(
      "a list of words stays on one line", "a: 1\n", "a", .list([.string("x"), .string("y, z")]),
      "a: [x, \"y, z\"]\n"),
    EditingCase(
      "an element in a list", "v:\n  - name: a\n    set: {trainer.epochs: 3}\n", "v/0/set/trainer.epochs", .int(4),
      "v:\n  - name: a\n    set: {trainer.epochs: 4}\n"),
    EditingCase("a dash without a value", "v:\n  - # one\n  - 2\n", "v/0", .int(1), "v:\n  - 1 # one\n  - 2\n"),
    EditingCase(
      "an element becomes a group", "v:\n  - 1\n  - 2\n", "v/0", .map(["a": .int(1), "b": .int(2)]),
      "v:\n  - a: 1\n    b: 2\n  - 2\n"),
  ]

  private static let flowCases = [
    EditingCase("a value in braces", "a: {b: 1, c: 2}  # x\n", "a/b", .int(10), "a: {b: 10, c: 2}  # x\n"),
    EditingCase("a new key in braces", "a: { b: 1 }\n", "a/c", .string("x: y"), "a: { b: 1, c: \"x: y\" }\n"),
    EditingCase("empty braces", "a: {}\n", "a/b", .int(1), "a: {b: 1}\n"),
    EditingCase(
      "long braces keep their lines", "a: {\n    b: 1,  # one\n    c: 2   # two\n  }\n", "a/d", .int(3),
      "a: {\n    b: 1,  # one\n    c: 2,   # two\n    d: 3\n  }\n"),
    EditingCase(
      "a trailing comma stays", "a: {\n  b: 1,\n}\n", "a/c", .int(2), "a: {\n  b: 1,\n  c: 2,\n}\n"),
    EditingCase(
      "a name in the way in braces", "a: {o: int8, z: 1}\n", "a/o/n", .int(3), "a: {o: {use: int8, n: 3}, z: 1}\n"),
    EditingCase("a key without a value", "a: {b, c}\n", "a/b", .int(1), "a: {b: 1, c}\n"),
    EditingCase("interpolation in braces is quoted", "a: {b: 1}\n", "a/b", .string("${c}"), "a: {b: \"${c}\"}\n"),
    EditingCase("appending in brackets", "a: [x, y]\n", "a/2", .string("z"), "a: [x, y, z]\n"),
    EditingCase("removing the first in braces", "a: {b: 1, c: 2}\n", "a/b", nil, "a: {c: 2}\n"),
    EditingCase("removing the last in braces", "a: {b: 1, c: 2 }\n", "a/c", nil, "a: {b: 1 }\n"),
    EditingCase(
      "removing a line in braces", "a: {\n  b: 1, # one\n  # two\n  c: 2 # gone\n}\n", "a/c", nil,
      "a: {\n  b: 1 # one\n  # two\n}\n"),
    EditingCase("emptied braces go", "a: 1\nm: {n: {k: 1}}\nz: 1\n", "m/n/k", nil, "a: 1\nz: 1\n"),
  ]

  private static let jsonCases = [
    EditingCase(
      "indented JSON", "{\n\t\"a\": 1,\n\t\"o\": \"int8\"\n}\n", "o/n", .float(2),
      "{\n\t\"a\": 1,\n\t\"o\": {\"use\": \"int8\", \"n\": 2.0}\n}\n"),
    EditingCase(
      "a new key in indented JSON", "{\n  \"a\": 1\n}", "b", .string("x\n\u{1}"),
      "{\n  \"a\": 1,\n  \"b\": \"x\\n\\u0001\"\n}"),
    EditingCase("dense JSON", "{\"a\":1,\"b\":[]}", "c", .bool(false), "{\"a\":1,\"b\":[],\"c\":false}"),
    EditingCase("removing from JSON", "{\n  \"a\": 1,\n  \"b\": 2\n}\n", "b", nil, "{\n  \"a\": 1\n}\n"),
    EditingCase("emptying JSON", "{\"a\": {\"b\": 2}}\n", "a/b", nil, "{}\n"),
  ]

  private static let removals = [
    EditingCase(
      "a key with its comment", "a: 1\n# about b\nb: 2  # two\n\nc: 3\n", "b", nil, "a: 1\n# about b\n\nc: 3\n"),
    EditingCase(
      "a group with its comments", "a:\n  # in\n  b: 1\n  # out\n\n# about c\nc: 3\n", "a", nil,
      "\n# about c\nc: 3\n"),
    EditingCase("the last key", "a: 1\nb: 2", "b", nil, "a: 1"),
    EditingCase("the only key", "# head\na: 1 # x\n# tail\n", "a", nil, "# head\n{}\n# tail\n"),
    EditingCase("emptied groups go", "a: 1\nm:\n  n:\n    k: 1\nz: 1\n", "m/n/k", nil, "a: 1\nz: 1\n"),
    EditingCase("the first key beside a dash", "v:\n- a: 1\n  b: 2\n", "v/0/a", nil, "v:\n- b: 2\n"),
    EditingCase(
      "comments beside a dash stay", "v:\n  - a: 1\n    # on b\n    b: 2\n", "v/0/a", nil,
      "v:\n  -\n    # on b\n    b: 2\n"),
    EditingCase("an element", "v:\n  - a: 1\n  # on b\n  - b: 2\nz: 1\n", "v/1", nil, "v:\n  - a: 1\n  # on b\nz: 1\n"),
    EditingCase("a literal text", "a: |\n  x\n\n  y\nb: 1\n", "a", nil, "b: 1\n"),
  ]

  private static let comments = [
    EditingCase("a comment is added", "a: 1\nb: 2\n", "a", .int(5), comment: "why", "a: 5  # why\nb: 2\n"),
    EditingCase("a comment is replaced", "a: 1 # old\n", "a", .int(1), comment: "new", "a: 1 # new\n"),
    EditingCase("a comment is removed", "a: 1 # old\n", "a", .int(2), comment: "", "a: 2\n"),
    EditingCase("a new key has a comment", "a: 1", "b", .int(2), comment: "two", "a: 1\nb: 2  # two"),
    EditingCase("a group's comment", "a:\n  b: 1\n", "a", .map(["b": .int(2)]), comment: "x", "a:  # x\n  b: 2\n"),
    EditingCase("a comment behind braces", "a: {b: 1}\n", "a/b", .int(2), comment: "x", "a: {b: 2}  # x\n"),
    EditingCase(
      "a literal's comment", "a: |  # old\n  x\nb: 1\n", "a", .string("x\n"), comment: "new",
      "a: |  # new\n  x\nb: 1\n"),
  ]

  private static let layouts = [
    EditingCase("CR LF stays", "a: 1\r\nb:\r\n  c: 1\r\n", "b/d", .int(2), "a: 1\r\nb:\r\n  c: 1\r\n  d: 2\r\n"),
    EditingCase("a byte order mark stays", "\u{FEFF}a: 1\nb: 2\n", "b", .int(3), "\u{FEFF}a: 1\nb: 3\n"),
    EditingCase(
      "markers stay", "%YAML 1.2\n--- # go\na: 1\n...\n", "b", .int(2), "%YAML 1.2\n--- # go\na: 1\nb: 2\n...\n"),
    EditingCase("an empty text", "", "recipe", .string("x"), "recipe: x\n"),
    EditingCase("a text of comments", "# head", "a/b", .int(1), "# head\na:\n  b: 1\n"),
    EditingCase("tabs before comments", "a:\t1\t# x\nb: 2\n", "a", .int(2), "a:\t2\t# x\nb: 2\n"),
    EditingCase("a text over lines", "a: one\n  two\nb: 1\n", "a", .string("x"), "a: x\nb: 1\n"),
    EditingCase("a folded text", "a: >- # why\n  one\n  two\nb: 1\n", "a", .int(1), "a: 1  # why\nb: 1\n"),
    EditingCase("a key behind a literal", "a:\n  b: |\n    x\n", "a/c", .int(1), "a:\n  b: |\n    x\n  c: 1\n"),
    EditingCase("a tag", "a: !!str x\nb: 1\n", "b", .int(2), "a: !!str x\nb: 2\n"),
    EditingCase("an anchor nobody uses", "a: &x 1\nb: 1\n", "a", .int(2), "a: 2\nb: 1\n"),
    EditingCase("an alias as a whole", "a: &x 1\nb: *x # y\n", "b", .int(2), "a: &x 1\nb: 2 # y\n"),
    EditingCase(
      "beside anchors", "a: &x\n  b: 1\nc: *x\nd: 2\n", "d", .int(3), "a: &x\n  b: 1\nc: *x\nd: 3\n"),
    EditingCase(
      "characters of several bytes", "é: ü # ß\nb: {ö: \"ä\"}\n", "b/ö", .string("日本"),
      "é: ü # ß\nb: {ö: \"日本\"}\n"),
    EditingCase("quoted keys", "\"a b\": 1\n'c: d':\n  e: 1\n", "c: d/e", .int(2), "\"a b\": 1\n'c: d':\n  e: 2\n"),
  ]
}
