// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Expressions
import Statistics
import Testing

/// Draws small spaces.
private struct SpaceSource {
  var generator: SeededGenerator

  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[generator.number(below: elements.count)] }

  /// - Parameter isTree: Whether choices depend on each other.
  mutating func space(isTree: Bool) throws -> TreeSpace {
    let names = ["a", "b", "c", "d", "e"].prefix(3 + generator.number(below: 3))
    var choices: [TreeSpace.Choice] = []
    for name in names {
      let domain = Array(generator.shuffled([0, 1, 2, 3] as [ExpressionValue]).prefix(1 + generator.number(below: 3)))
      var choice = TreeSpace.Choice(name: name, domain: domain)
      if isTree, let above = choices.last {
        if generator.number(below: 3) == 0 { choice.parent = (above.name, pick(above.domain)) }
        if generator.number(below: 3) == 0 { choice.guide = pick(choices).name }
      }
      choices.append(choice)
    }
    var user: [String: ExpressionValue] = [:]
    for choice in choices where generator.number(below: 2) == 0 { user[choice.name] = pick(choice.domain) }
    var constraints: [(name: String, condition: ParsedExpression)] = []
    for index in 0..<1 + generator.number(below: 6) {
      constraints.append(("rule \(index)", try condition(Array(names))))
    }
    return TreeSpace(choices: choices, constraints: constraints, user: user)
  }

  private mutating func condition(_ names: [String]) throws -> ParsedExpression {
    let (x, y, z) = (pick(names), pick(names), pick(names))
    let (m, n) = (generator.number(below: 4), generator.number(below: 4))
    return try ParsedExpression(
      pick([
        "\(x) != \(y)", "\(x) == \(m)", "\(x) != \(m) or \(y) == \(n)", "\(x) == null or \(x) in [\(m), \(n)]",
        "\(x) == \(m) implies \(y) != null", "\(x) == \(y) or \(z) == \(m)", "\(x) != \(m)",
        "\(x) != null or \(y) == \(n)",
        "not (\(x) == \(m) and \(y) == \(n))", "\(x) == null or \(y) == null or \(x) + \(y) >= \(m + n)",
      ]))
  }
}

@Suite("The constraint solver")
struct SolverTests {
  @Test(arguments: 1...8 as ClosedRange<UInt64>, [false, true])
  func `finds as few changes, and as small a contradiction, as trying everything`(seed: UInt64, isTree: Bool) throws {
    var source = SpaceSource(generator: SeededGenerator(seed: seed))
    for _ in 0..<60 {
      let space = try source.space(isTree: isTree)
      let fixed = space.user.keys.sorted()
      let expected = BruteForce(space: space).fewestChanges(keeping: Set(fixed))
      let repair = ConstraintSolver().repair(space)
      switch (repair, expected) {
      case (.already, 0): break
      case (.changed(let changes, isSmallest: true), let count?):
        #expect(changes.count == count)
        #expect(Set(changes.map(\.path)).isDisjoint(with: fixed))
        expectHealed(space, changes)
      case (.impossible, nil): break
      default: Issue.record("\(repair), but trying everything gives \(expected as Any): \(space)")
      }
      let conflict = ConstraintSolver().conflict(space, fixed: fixed)
      switch (conflict, expected == nil ? BruteForce(space: space).smallestConflict() : nil) {
      case (.none, nil): break
      case (.found(let choices, let constraints, isSmallest: true), let size?):
        #expect(choices.count == size)
        expectContradiction(space, choices, constraints)
      case (_, let size): Issue.record("\(conflict), but trying everything gives \(size as Any): \(space)")
      }
    }
  }

  private func expectHealed(_ space: TreeSpace, _ changes: [ChoiceChange]) {
    let made = Dictionary(uniqueKeysWithValues: changes.map { ($0.path, $0.value) })
    #expect(space.violations(of: space.expand(made)).isEmpty)
    let names = Set(space.constraints.map(\.name))
    #expect(changes.allSatisfy { names.contains($0.constraint) })
  }

  /// The named constraints suffice for the contradiction, and each is needed.
  private func expectContradiction(_ space: TreeSpace, _ choices: [String], _ constraints: [String]) {
    func contradict(_ constraints: Set<String>) -> Bool {
      var part = space
      part.constraints.removeAll { !constraints.contains($0.name) }
      return BruteForce(space: part).fewestChanges(keeping: Set(choices)) == nil
    }
    #expect(contradict(Set(constraints)))
    for constraint in constraints { #expect(!contradict(Set(constraints).subtracting([constraint]))) }
  }

  private func space(
    _ domains: [(String, [ExpressionValue])], user: [String: ExpressionValue] = [:], _ conditions: [String]
  ) throws -> TreeSpace {
    TreeSpace(
      choices: domains.map { TreeSpace.Choice(name: $0.0, domain: $0.1) },
      constraints: try conditions.map { ($0, try ParsedExpression($0)) }, user: user)
  }

  @Test func `prefers an earlier alternative, then an earlier path`() throws {
    let choices: [(String, [ExpressionValue])] = [("a", [0, 1, 2]), ("b", [0, 1]), ("c", [0, 1])]
    func repair(_ condition: String) throws -> ChoiceRepair {
      ConstraintSolver().repair(try space(choices, [condition]))
    }
    #expect(try repair("a == 2 or c == 1") == changed([("c", 1)], "a == 2 or c == 1"))
    #expect(try repair("a > 0 or c == 1") == changed([("a", 1)], "a > 0 or c == 1"))
    #expect(try repair("c > 0 or a > 0") == changed([("c", 1)], "c > 0 or a > 0"))
    #expect(try repair("a + b + c == 3") == changed([("b", 1), ("a", 2)], "a + b + c == 3"))
    #expect(try repair("a + b + c == 0") == .already)
  }

  private func changed(_ changes: [(String, ExpressionValue)], _ constraint: String) -> ChoiceRepair {
    .changed(changes.map { ChoiceChange($0.0, to: $0.1, because: constraint) }, isSmallest: true)
  }

  @Test func `a contradiction names its choices and the constraints between them`() throws {
    let space = try space(
      [
        ("task", ["classification", "detection"]), ("pretrained", [false, true]),
        ("normalization", ["none", "imagenet"]), ("width", [224, 640]), ("batch", [8, 16, 32]),
      ],
      user: ["pretrained": true, "normalization": "none", "batch": 32, "width": 640],
      [
        "pretrained == false or normalization == 'imagenet'", "width * batch <= 30000",
        "task != 'detection' or batch < 32",
      ])
    #expect(ConstraintSolver().repair(space) == .impossible)
    #expect(
      ConstraintSolver().conflict(space, fixed: ["batch", "normalization", "pretrained", "width"])
        == .found(
          choices: ["normalization", "pretrained"],
          constraints: ["pretrained == false or normalization == 'imagenet'"], isSmallest: true))
    // The other fixed choices stay, and nobody asks about them.
    #expect(
      ConstraintSolver().conflict(space, fixed: ["batch", "width"])
        == .found(
          choices: [], constraints: ["pretrained == false or normalization == 'imagenet'"], isSmallest: true))
  }

  @Test func `constraints that can't hold at all contradict without any choice`() throws {
    let space = try space([("a", [0, 1]), ("b", [0, 1])], user: ["a": 0, "b": 0], ["a == 2", "b == 1"])
    #expect(ConstraintSolver().repair(space) == .impossible)
    #expect(
      ConstraintSolver().conflict(space, fixed: ["a", "b"])
        == .found(choices: [], constraints: ["a == 2"], isSmallest: true))
  }

  @Test func `many independent faults are healed at once`() throws {
    let names = (0..<60).map { "x\($0)" }
    let domain = [0, 1, 2, 3, 4] as [ExpressionValue]
    let space = try space(names.map { ($0, domain) }, names.map { "\($0) >= 3" })
    guard case .changed(let changes, isSmallest: true) = ConstraintSolver().repair(space) else {
      Issue.record("no repair")
      return
    }
    #expect(changes.map(\.path).sorted() == names.sorted())
    #expect(changes.allSatisfy { $0.value == 3 })
  }

  @Test func `a contradiction is found among many faults that could be healed`() throws {
    let names = (0..<30).map { "x\($0)" }
    let conditions = (0..<29).map { "x\($0) < x\($0 + 1) or x\($0) == 0" } + ["y > 0 or z > 0", "y + z == 0"]
    let domains = names.map { ($0, [1, 0, 2, 3] as [ExpressionValue]) } + [("y", [0, 1]), ("z", [0, 1])]
    let space = try space(domains, user: ["x3": 3, "x4": 2, "x20": 1], conditions)
    #expect(ConstraintSolver().repair(space) == .impossible)
    let conflict = ConstraintSolver().conflict(space, fixed: ["x20", "x3", "x4"])
    #expect(conflict == .found(choices: [], constraints: ["y + z == 0", "y > 0 or z > 0"], isSmallest: true))
  }

  /// One pigeon more than holes, which no search tree refutes quickly.
  private func pigeons(_ count: Int) throws -> TreeSpace {
    let holes = (1..<count).map { ExpressionValue.int($0) }
    let pairs = (0..<count).flatMap { i in (i + 1..<count).map { "p\(i) != p\($0)" } }
    return try space((0..<count).map { ("p\($0)", holes) }, pairs)
  }

  @Test func `gives up at the limit, and not before`() throws {
    #expect(try ConstraintSolver().repair(pigeons(5)) == .impossible)
    #expect(try ConstraintSolver(limit: 300).repair(pigeons(12)) == .gaveUp(tried: 300))
    #expect(try ConstraintSolver(limit: 300).conflict(pigeons(12), fixed: []) == .gaveUp(tried: 300))
    #expect(try ConstraintSolver(limit: 0).repair(pigeons(3)) == .gaveUp(tried: 0))
    #expect(try ConstraintSolver(limit: 0).conflict(pigeons(3), fixed: []) == .gaveUp(tried: 0))
  }

  @Test func `a limit that is reached leaves the best that is known`() throws {
    var generator = SeededGenerator(seed: 5)
    let names = (0..<24).map { "x\($0)" }
    let conditions = (0..<40).map { _ in
      let picked = generator.shuffled(names)
      return "\(picked[0]) + \(picked[1]) + \(picked[2]) >= 4"
    }
    let space = try space(names.map { ($0, [0, 1, 2, 3]) }, conditions)
    guard case .changed(let changes, isSmallest: false) = ConstraintSolver(limit: 200).repair(space) else {
      Issue.record("no repair")
      return
    }
    expectHealed(space, changes)
  }
}
