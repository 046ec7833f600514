// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// What a list shall hold: Dataloop's filters, as a value.
///
/// A filter is read from Dataloop's JSON, from an expression such as `label == 'cat' && confidence >= 0.5`, or built.
/// It becomes one SQL statement with parameters: no value of it is ever a part of the statement's text.
public struct Filters: Sendable, Hashable {
  /// What is listed.
  public var resource: FilterResource
  /// What must hold.
  public var condition: FilterCondition
  /// In which order; empty for the order in which things were created.
  public var sort: [FilterOrder]
  /// Which page, from 0 on.
  public var page: Int
  /// How many entries a page has, from 1 to ``maximumPageSize``.
  public var pageSize: Int

  /// The largest page, as in Dataloop.
  public static let maximumPageSize = 1000

  /// Creates a filter; without a condition everything passes.
  public init(
    _ resource: FilterResource, _ condition: FilterCondition = .all([]), sort: [FilterOrder] = [], page: Int = 0,
    pageSize: Int = maximumPageSize
  ) {
    self.resource = resource
    self.condition = condition
    self.sort = sort
    self.page = page
    self.pageSize = pageSize
  }
}

/// What can be listed by filter. Ground truth and predictions are two resources: nothing lists both.
public enum FilterResource: String, Sendable, Hashable, Codable, CaseIterable {
  case items, annotations, predictions, models, datasets, projects
}

/// A condition on one entry.
public indirect enum FilterCondition: Sendable, Hashable {
  /// All of them hold; with none, always.
  case all([FilterCondition])
  /// One of them holds; with none, never.
  case any([FilterCondition])
  /// It doesn't hold.
  case not(FilterCondition)
  /// A field stands in a relation to a value, or to a list of values.
  case test(field: String, FilterOperator, ConfigurationValue)
  /// For an item: one and the same annotation (or prediction) of it fulfils the condition. For an annotation or a
  /// prediction: its item does.
  case joined(FilterResource, FilterCondition)
}

/// How a field is tested; Dataloop's words.
public enum FilterOperator: String, Sendable, Hashable, Codable, CaseIterable {
  case equal = "eq"
  case notEqual = "ne"
  case greater = "gt"
  case greaterOrEqual = "gte"
  case less = "lt"
  case lessOrEqual = "lte"
  /// The value is in a list.
  case among = "in"
  /// The value is in no list, or there is none.
  case notAmong = "nin"
  /// There is a value, or there is none.
  case exists
  /// One element of a list has these values, or is this value.
  case match
}

/// By what a list is sorted.
public struct FilterOrder: Sendable, Hashable {
  /// The field.
  public var field: String
  /// Whether the largest comes first.
  public var isDescending: Bool

  /// Names an order.
  public init(_ field: String, isDescending: Bool = false) {
    self.field = field
    self.isDescending = isDescending
  }
}

extension FilterCondition {
  /// How deep conditions may lie in each other.
  static let maximumDepth = 64

  /// Both conditions.
  public func and(_ other: FilterCondition) -> FilterCondition {
    switch (self, other) {
    case (.all(let parts), _) where parts.isEmpty: other
    case (_, .all(let parts)) where parts.isEmpty: self
    case (.all(let left), .all(let right)): .all(left + right)
    case (.all(let left), _): .all(left + [other])
    default: .all([self, other])
    }
  }
}
