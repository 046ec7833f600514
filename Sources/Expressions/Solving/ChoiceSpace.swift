// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Choices that constraints bind, as a solver sees them: what is chosen, what is broken, what else could be chosen.
///
/// Choices may depend on each other: changing one may add, remove or revalue others. The solver is complete if
/// ``Violation/paths`` keeps its promise.
public protocol ChoiceSpace {
  /// An assignment of all choices, with whatever is needed to judge it.
  associatedtype State
  /// What each path is changed to.
  typealias Changes = [String: ExpressionValue]

  /// The preferred assignment with some choices made otherwise.
  func expand(_ changes: Changes) -> State
  /// The constraints that don't hold, in an order that is the same every time.
  func violations(of state: State) -> [Violation]
  /// The other values that a path could take, in order of preference, without the present one.
  func alternatives(for path: String, in state: State) -> [ExpressionValue]
  /// Whether a choice must stay: the user made it.
  func isFixed(_ path: String) -> Bool
}

/// A constraint that doesn't hold.
public struct Violation: Sendable, Hashable {
  /// The constraint's name or number.
  public var constraint: String
  /// Every choice that the constraint's truth depends on, fixed ones too: those it mentions, those that switch it on,
  /// those that decide which values the others may take or have by default. In order of preference for a change.
  public var paths: [String]

  /// Creates a violation.
  public init(_ constraint: String, paths: [String]) {
    self.constraint = constraint
    self.paths = paths
  }
}

/// One choice that is made otherwise.
public struct ChoiceChange: Sendable, Hashable {
  /// The choice.
  public var path: String
  /// What it becomes.
  public var value: ExpressionValue
  /// The constraint that asked for it.
  public var constraint: String

  /// Creates a change.
  public init(_ path: String, to value: ExpressionValue, because constraint: String) {
    self.path = path
    self.value = value
    self.constraint = constraint
  }
}

/// What makes all constraints hold.
public enum ChoiceRepair: Sendable, Hashable {
  /// Nothing: they hold.
  case already
  /// These changes, in the order in which they were found. `isSmallest` says that fewer are proven not to do.
  case changed([ChoiceChange], isSmallest: Bool)
  /// No change of free choices does, among the alternatives there are.
  case impossible
  /// Not known: this many assignments were tried, and the limit is reached.
  case gaveUp(tried: Int)
}

/// Fixed choices that contradict each other.
public enum ChoiceConflict: Sendable, Hashable {
  /// There is none: free choices can be made so that all constraints hold.
  case none
  /// These choices can't all stay, whatever the others become.
  ///
  /// No choices means that the constraints alone contradict each other. `constraints` are those through which the
  /// choices contradict. `isSmallest` says that no contradiction of fewer choices exists; it is false only where the
  /// limit left that open.
  case found(choices: [String], constraints: [String], isSmallest: Bool)
  /// Not known: this many assignments were tried, and the limit is reached.
  case gaveUp(tried: Int)
}
