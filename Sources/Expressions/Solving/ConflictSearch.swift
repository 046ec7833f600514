// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Finds the smallest set of fixed choices that can't all stay.
///
/// A minimal set comes first: the choices that a refutation rests on, thinned out by QuickXplain (Junker, "QuickXplain:
/// preferred explanations and relaxations for over-constrained problems", 2004). Then the smallest is sought, or this
/// one proven smallest, by hitting sets: every assignment that makes all constraints hold changes some fixed choices,
/// and each contradiction contains one of them; so no contradiction is smaller than the smallest set that hits all of
/// these (Ignatiev, Previti, Liffiton and Marques-Silva, "Smallest MUS extraction with minimal hitting set
/// dualization", 2015).
struct ConflictSearch<Space: ChoiceSpace> {
  private typealias Search = ConflictDirectedSearch<Space>

  private let space: Space
  private let fixed: [String]
  private let numbers: [String: Int]
  private var explored: Exploration<Space>
  /// For each assignment found that makes all constraints hold, the fixed choices that it changes.
  private var corrections: [[Int]] = []
  private var isCertain = true

  init(_ space: Space, fixed: [String], limit: Int) {
    var seen: Set<String> = []
    self.space = space
    self.fixed = fixed.filter { seen.insert($0).inserted }
    self.numbers = Dictionary(uniqueKeysWithValues: zip(self.fixed, self.fixed.indices))
    self.explored = Exploration(space, limit: limit)
  }

  mutating func run() -> ChoiceConflict {
    switch decide(Array(fixed.indices)) {
    case .satisfied: return .none
    case .undecided: return .gaveUp(tried: explored.count)
    case .refuted(let refutation):
      let suspects = fixed.indices.filter { refutation.paths.contains(fixed[$0]) }
      let minimal = isRefuted([]) ? [] : explanation(background: [], added: false, suspects)
      let smallest = smallest(below: minimal)
      return .found(
        choices: smallest.map { fixed[$0] }, constraints: constraints(between: smallest), isSmallest: isCertain)
    }
  }

  /// Whether some fixed choices can all stay. An assignment that shows it is remembered for what it changes.
  private mutating func decide(_ kept: [Int], considering considered: Set<String>? = nil) -> Search.Verdict {
    let kept = Set(kept)
    let (numbers, space) = (numbers, space)
    var search = Search(
      isFixed: { path in numbers[path].map { kept.contains($0) } ?? space.isFixed(path) },
      isPreferred: { numbers[$0] == nil }, considering: considered)
    let verdict = search.decide(&explored)
    if case .satisfied(let changes) = verdict, considered == nil {
      let correction = explored.withoutNeedless(changes).compactMap { numbers[$0.path] }.sorted()
      if !correction.isEmpty { corrections.append(correction) }
    }
    return verdict
  }

  private mutating func isRefuted(_ kept: [Int]) -> Bool {
    if case .refuted = decide(kept) { true } else { false }
  }

  /// A part of `suspects` that contradicts together with `background`; minimal if every question was decided.
  private mutating func explanation(background: [Int], added: Bool, _ suspects: [Int]) -> [Int] {
    if added, isRefuted(background) { return [] }
    guard suspects.count > 1 else { return suspects }
    let (first, second) = (Array(suspects.prefix(suspects.count / 2)), Array(suspects.dropFirst(suspects.count / 2)))
    let late = explanation(background: background + first, added: true, second)
    let early = explanation(background: background + late, added: !late.isEmpty, first)
    return early + late
  }

  /// The smallest contradiction, where `known` is one; `isCertain` tells whether it is proven smallest.
  private mutating func smallest(below known: [Int]) -> [Int] {
    var size = 0
    while size < known.count {
      let (candidate, isProven) = HittingSet.smallest(of: corrections, from: size, upTo: known.count - 1)
      guard let candidate else {
        isCertain = isProven
        return known
      }
      size = candidate.count
      let countBefore = corrections.count
      let verdict = decide(candidate)
      if case .refuted = verdict { return candidate }
      // No correction more: undecided, or a space that breaks its promises.
      guard corrections.count > countBefore else {
        isCertain = false
        return known
      }
      growLatestCorrection()
    }
    return known
  }

  /// Makes the correction found last as small as it can be by letting more of its choices stay: the smaller the sets to
  /// hit, the fewer are needed.
  private mutating func growLatestCorrection() {
    guard var correction = corrections.last else { return }
    for choice in correction where correction.contains(choice) {
      let changeable = Set(correction.filter { $0 != choice })
      if case .satisfied = decide(fixed.indices.filter { !changeable.contains($0) }), let latest = corrections.last {
        correction = latest
      }
    }
  }

  /// The constraints through which choices contradict, without those that can be left out.
  private mutating func constraints(between choices: [Int]) -> [String] {
    guard case .refuted(let refutation) = decide(choices) else { return [] }
    var needed = refutation.constraints
    for constraint in refutation.constraints.sorted() where needed.contains(constraint) {
      if case .refuted(let other) = decide(choices, considering: needed.subtracting([constraint])) {
        needed = other.constraints
      }
    }
    return needed.sorted()
  }
}
