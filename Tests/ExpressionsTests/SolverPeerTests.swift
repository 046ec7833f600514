// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Expressions
import FoundationEssentials
import Testing

@Suite("python-sat")
struct SolverPeerTests {
  /// A problem and its optima; see Fixtures/make_choices.py.
  struct Problem: Decodable {
    var names: [String]
    var domains: [String: [Int]]
    var constraints: [String]
    var user: [String: Int]
    var changes: Int?
    var conflict: Int?

    func space() throws -> TreeSpace {
      TreeSpace(
        choices: names.map { TreeSpace.Choice(name: $0, domain: (domains[$0] ?? []).map { .int($0) }) },
        constraints: try constraints.map { ($0, try ParsedExpression($0)) }, user: user.mapValues { .int($0) })
    }
  }

  @Test func `agrees on the fewest changes and the smallest contradictions`() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/choices.json")
    let problems = try JSONDecoder().decode([Problem].self, from: Data(contentsOf: file))
    #expect(problems.count == 200)
    for problem in problems {
      let space = try problem.space()
      let fixed = problem.names.filter { problem.user[$0] != nil }
      switch ConstraintSolver().repair(space) {
      case .already: #expect(problem.changes == 0)
      case .changed(let changes, let isSmallest): #expect(changes.count == problem.changes && isSmallest)
      case .impossible: #expect(problem.changes == nil)
      case .gaveUp: Issue.record("gave up on \(problem)")
      }
      switch ConstraintSolver().conflict(space, fixed: fixed) {
      case .none: #expect(problem.conflict == nil)
      case .found(let choices, _, let isSmallest): #expect(choices.count == problem.conflict && isSmallest)
      case .gaveUp: Issue.record("gave up on \(problem)")
      }
    }
  }
}
