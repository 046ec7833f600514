// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Expressions
public import Galley

/// A condition on items: `width >= 640 and 'car' in labels and metadata.camera == "roof"`.
///
/// What it may mention: `id`, `subset`, `width`, `height`, `pixels`, `annotations` (their number), `labels` (the names
/// of the classes on the item), `objects.<class>` (the number of annotations of a class), and `metadata.<key>`. What
/// an item doesn't have is `null`. Sizes that the data set doesn't state are read from the heads of the files.
public struct ItemFilter: Sendable, Hashable {
  /// The condition.
  public let expression: ParsedExpression

  /// Parses a condition.
  /// - Throws: `GalleyError` with the column of the first mistake, or if it mentions something that items don't have.
  public init(_ text: String) throws(GalleyError) {
    do throws(ExpressionError) { expression = try ParsedExpression(text) } catch {
      throw GalleyError(.usage, "can't understand the filter", at: "column \(error.column)", why: error.message)
    }
    for path in expression.paths {
      let head = String(path.prefix { $0 != "." })
      let needsMore = head == "metadata" || head == "objects"
      guard ItemScope.names.contains(head), needsMore == path.contains(".") else {
        throw GalleyError(
          .usage, "can't understand the filter", at: path, why: "items have no '\(path)'",
          remedy: NearestName.match(head, in: ItemScope.names).map { "Did you mean '\($0)'?" }
            ?? "There is \(ItemScope.names.sorted().joined(separator: ", ")).")
      }
    }
  }

  /// The data set with the items that fulfil the condition.
  /// - Throws: `GalleyError` that names the first item for which it can't be computed.
  public func apply(to dataset: AnnotatedDataset) throws(GalleyError) -> AnnotatedDataset {
    var result = dataset
    result.items = []
    let asksSize = expression.paths.contains { ["width", "height", "pixels"].contains($0) }
    var sizes = ItemSizes()
    for var item in dataset.items {
      if asksSize, item.size == nil { item.size = sizes.size(of: item.source) }
      switch expression.evaluate(ItemScope(item: item, labels: dataset.labels)) {
      case .value(.bool(let isIncluded)): if isIncluded { result.items.append(item) }
      case .value(let other):
        throw refusal(item, "the filter gives \(other.kindName), not true or false")
      case .failed(let reason): throw refusal(item, reason)
      case .unknown: break
      }
    }
    return result
  }

  private func refusal(_ item: DatasetItem, _ why: String) -> GalleyError {
    GalleyError(.usage, "can't filter the data", at: item.id, why: why)
  }
}

/// What an expression sees of an item.
private struct ItemScope: ExpressionScope {
  static let names: Set<String> = [
    "id", "subset", "width", "height", "pixels", "annotations", "labels", "objects", "metadata",
  ]

  let item: DatasetItem
  let labels: [String]

  func taxonomy(at path: String) -> TaxonomyLookup { .absent }

  func value(at path: String) -> ExpressionLookup {
    switch path {
    case "id": return .known(.string(item.id))
    case "subset": return item.subset.map { .known(.string($0)) } ?? .absent
    case "width": return item.size.map { .known(.int($0.width)) } ?? .absent
    case "height": return item.size.map { .known(.int($0.height)) } ?? .absent
    case "pixels": return item.size.map { .known(.int($0.width * $0.height)) } ?? .absent
    case "annotations": return .known(.int(item.annotations.count))
    case "labels": return .known(.list(item.labels.filter(labels.indices.contains).map { .string(labels[$0]) }))
    default: break
    }
    if path.hasPrefix("objects.") {
      let name = path.dropFirst("objects.".count)
      let count = item.annotations.count { $0.label.map { labels.indices.contains($0) && labels[$0] == name } ?? false }
      return .known(.int(count))
    }
    return Self.lookup(item.metadata, path.split(separator: ".").dropFirst().map(String.init)[...])
  }

  private static func lookup(_ map: [String: ConfigurationValue], _ steps: ArraySlice<String>) -> ExpressionLookup {
    guard let first = steps.first, let value = map[first] else { return .absent }
    if steps.count > 1 {
      guard case .map(let inner) = value else { return .absent }
      return lookup(inner, steps.dropFirst())
    }
    return convert(value).map { .known($0) } ?? .absent
  }

  private static func convert(_ value: ConfigurationValue) -> ExpressionValue? {
    switch value {
    case .null, .map: nil
    case .bool(let value): .bool(value)
    case .int(let value): .int(value)
    case .float(let value): .float(value)
    case .string(let value): .string(value)
    case .list(let values): .list(values.compactMap(convert))
    }
  }
}
