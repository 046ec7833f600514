// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley

extension Filters {
  /// The filter as Dataloop's JSON; it reads back as an equal filter.
  public var json: String {
    var fields: [String] = []
    var (condition, join) = (condition, nil as (FilterResource, FilterCondition)?)
    if case .all(let parts) = condition, case .joined(let resource, let inner)? = parts.last, parts.count > 1 {
      (condition, join) = (.all(Array(parts.dropLast())), (resource, inner))
    } else if case .joined(let resource, let inner) = condition {
      (condition, join) = (.all([]), (resource, inner))
    }
    fields.append("\"filter\":\(condition.value.json)")
    if let join {
      let keys = resource == .items ? ("itemId", "id") : ("id", "itemId")
      let on = ConfigurationValue.map([
        "resource": .string(join.0.rawValue), "local": .string(keys.0), "forigen": .string(keys.1),
      ])
      fields.append("\"join\":{\"filter\":\(join.1.value.json),\"on\":\(on.json)}")
    }
    fields.append("\"page\":\(page),\"pageSize\":\(pageSize),\"resource\":\"\(resource.rawValue)\"")
    if !sort.isEmpty {
      let orders = sort.map {
        "\(ConfigurationValue.string($0.field).json):\"\($0.isDescending ? "descending" : "ascending")\""
      }
      fields.append("\"sort\":{\(orders.joined(separator: ","))}")
    }
    return "{\(fields.joined(separator: ","))}"
  }
}

/// Within other documents a filter is its JSON as text, so that the order of sorting stays.
extension Filters: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    do {
      try self.init(json: Data(container.decode(String.self).utf8), at: "filter")
    } catch let error as GalleyError {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(json)
  }
}

extension FilterCondition {
  /// The condition as an object of Dataloop's.
  var value: ConfigurationValue {
    switch self {
    case .all(let parts): .map(parts.isEmpty ? [:] : ["$and": .list(parts.map(\.value))])
    case .any(let parts): .map(["$or": .list(parts.map(\.value))])
    case .not(let part): .map(["$not": part.value])
    case .test(let field, .equal, let value) where value.elements == nil && value.fields == nil:
      .map([field: value])
    case .test(let field, let symbol, let value): .map([field: .map(["$\(symbol.rawValue)": value])])
    case .joined(let resource, let part): .map(["$\(resource.rawValue)": part.value])
    }
  }
}
