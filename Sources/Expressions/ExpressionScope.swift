// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What an expression is evaluated against: the choices of a recipe, the labels of an item, a row of a golden volume.
public protocol ExpressionScope {
  /// What lies at a path; asked at most once for each path and evaluation.
  /// - Parameter path: Words with dots between them, without backticks; a leading dot means "of this ingredient".
  func value(at path: String) -> ExpressionLookup
  /// Which ingredient lies at a path, for `fits`.
  func taxonomy(at path: String) -> TaxonomyLookup
}

/// What lies at a path.
public enum ExpressionLookup: Sendable, Hashable {
  /// This value.
  case known(ExpressionValue)
  /// Nothing, and nothing can: the slot doesn't apply. Expressions see `null`.
  case absent
  /// Nothing yet: the choice hasn't been made.
  case unknown
}

/// Which ingredient lies at a path.
public enum TaxonomyLookup: Sendable, Hashable {
  /// One with this taxonomy.
  case known(String)
  /// None: the slot is empty, doesn't apply, or holds a plain value. It fits nothing.
  case absent
  /// Not chosen yet.
  case unknown
}

/// What the evaluation of an expression came to.
///
/// The logic is Kleene's three-valued one ("Introduction to Metamathematics", 1952, §64), with failure as a fourth
/// outcome: `and` gives the least of its operands in the order false, unknown, failed, true; `or` the greatest in the
/// order false, failed, unknown, true. So an outcome other than `unknown` stays the same whatever the unknown
/// choices become.
public enum ExpressionOutcome: Sendable, Hashable {
  /// A value.
  case value(ExpressionValue)
  /// It depends on choices that haven't been made.
  case unknown(paths: Set<String>)
  /// It can't be computed: operands of the wrong kind, a division by zero, an overflow.
  case failed(reason: String)
}
