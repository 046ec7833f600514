// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Platform

/// Dataloop's filters. The fields come from the store's own table of them.
enum FilterSchemas {
  static let named: [String: Schema] = {
    var schemas: [String: Schema] = [
      "DocumentTest": documentTest, "TextTest": test(.text(isPattern: false)), "NumberTest": test(.number),
      "FlagTest": test(.flag), "TimeTest": test(.time),
    ]
    // Projects are listed without a filter.
    for resource in FilterResource.allCases where resource != .projects {
      schemas[condition(resource)] = conditions(of: resource)
      schemas[query(resource)] = query(of: resource)
    }
    return schemas
  }()

  /// The name of the schema of conditions on a resource.
  static func condition(_ resource: FilterResource) -> String {
    "\(resource.rawValue.prefix(1).uppercased())\(resource.rawValue.dropFirst().dropLast())Condition"
  }

  /// The name of the schema of whole filters.
  static func query(_ resource: FilterResource) -> String {
    "\(resource.rawValue.prefix(1).uppercased())\(resource.rawValue.dropFirst().dropLast())Query"
  }

  private static func query(of resource: FilterResource) -> Schema {
    var fields: [SchemaField] = [
      .optional("resource", .words([resource.rawValue]), "What is listed."),
      .optional("filter", .reference(condition(resource)), "What must hold."),
      .optional("sort", sort(of: resource), "Fields with ascending or descending; the first counts most."),
      .optional("page", .whole(0...1_000_000_000), "Which page, from 0 on."),
      .optional("pageSize", .whole(1...Filters.maximumPageSize), "How many entries a page has; without it, 50."),
    ]
    if let join = join(of: resource) { fields.append(.optional("join", join, "What must hold of what belongs to it.")) }
    return .group(fields)
  }

  private static func sort(of resource: FilterResource) -> Schema {
    let directions = Schema.words(["ascending", "descending"])
    return .patterned(
      resource.fields.keys.sorted().map { .optional($0, directions, "") },
      patterns: resource.documentPrefixes.map { (form($0), directions) }, count: 0...10)
  }

  private static func join(of resource: FilterResource) -> Schema? {
    let others = joined(to: resource)
    guard !others.isEmpty else { return nil }
    return .choice(
      others.map { other in
        let on = Schema.group([
          SchemaField("resource", .words([other.rawValue]), "What belongs to it."),
          .optional("local", .text(TextRule(0...100)), "Dataloop's word for the key."),
          .optional("forigen", .text(TextRule(0...100)), "Dataloop's word for the other key."),
          .optional("foreign", .text(TextRule(0...100)), "The same, spelt right."),
        ])
        return .group([
          SchemaField("on", on, "What is joined."),
          SchemaField("filter", .reference(condition(other)), "What must hold of one and the same."),
        ])
      })
  }

  /// What a filter may ask of what belongs to its entries.
  private static func joined(to resource: FilterResource) -> [FilterResource] {
    switch resource {
    case .items: [.annotations, .predictions]
    case .annotations, .predictions: [.items]
    default: []
    }
  }

  private static func conditions(of resource: FilterResource) -> Schema {
    let own = Schema.reference(condition(resource))
    var fields: [SchemaField] = [
      .optional("$and", .list(own, count: 0...50), "All of them hold."),
      .optional("$or", .list(own, count: 0...50), "One of them holds."),
      .optional("$not", own, "It doesn't hold."),
    ]
    for other in joined(to: resource) {
      fields.append(.optional("$\(other.rawValue)", .reference(condition(other)), "It holds of one and the same."))
    }
    for (name, kind) in resource.fields.sorted(by: { $0.key < $1.key }) {
      fields.append(.optional(name, .reference(testName(kind)), words(kind)))
    }
    return .patterned(
      fields, patterns: resource.documentPrefixes.map { (form($0), .reference("DocumentTest")) }, count: 0...50)
  }

  private static func testName(_ kind: FilterValueKind) -> String {
    switch kind {
    case .text: "TextTest"
    case .number: "NumberTest"
    case .flag: "FlagTest"
    case .time: "TimeTest"
    }
  }

  private static func words(_ kind: FilterValueKind) -> String {
    switch kind {
    case .text(isPattern: true): "A path; * and ? stand for characters, /** for everything below."
    case .text: "Text."
    case .number: "A number."
    case .flag: "True or false."
    case .time: "Seconds since 1970, or ISO 8601."
    }
  }

  /// Keys of documents: words with dots between them.
  private static func form(_ prefix: String) -> KeyForm {
    let pattern = "^\(prefix.replacing(".", with: "\\."))[A-Za-z0-9_-]{1,64}(\\.[A-Za-z0-9_-]{1,64}){0,15}$"
    return KeyForm(pattern: pattern) { key in
      guard key.hasPrefix(prefix) else { return false }
      let keys = key.utf8.dropFirst(prefix.utf8.count).split(
        separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      return keys.count <= 16
        && keys.allSatisfy { key in
          (1...64).contains(key.count)
            && key.allSatisfy {
              (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
            }
        }
    }
  }

  private static let text = Schema.text(TextRule(0...1000))
  private static let number = Schema.number(-1e300...1e300)

  private static func test(_ kind: FilterValueKind) -> Schema {
    let value: Schema =
      switch kind {
      case .text: text
      case .number: number
      case .flag: .flag
      // Text that is no time is refused with 422: a schema can't tell.
      case .time: .choice([number, text])
      }
    let list = Schema.list(value, count: 0...200)
    var operators: [SchemaField] = [
      .optional("$eq", value, "Equal."), .optional("$ne", value, "Not equal."),
      .optional("$in", list, "One of these."), .optional("$nin", list, "None of these."),
      .optional("$exists", .flag, "Whether there is a value."),
    ]
    if kind != .flag {
      for (word, meaning) in [
        ("$gt", "Larger."), ("$gte", "Not smaller."), ("$lt", "Smaller."), ("$lte", "Not larger."),
      ] {
        operators.append(.optional(word, value, meaning))
      }
    }
    return .choice([value, list, .patterned(operators, patterns: [], count: 1...10)])
  }

  /// A test of a value in a document.
  private static let documentTest: Schema = {
    let scalar = Schema.choice([text, number, .flag])
    let ordered = Schema.choice([text, number])
    let list = Schema.list(scalar, count: 0...200)
    return .choice([
      scalar, list,
      .patterned(
        [
          .optional("$eq", scalar, "Equal."), .optional("$ne", scalar, "Not equal."),
          .optional("$in", list, "One of these."), .optional("$nin", list, "None of these."),
          .optional("$gt", ordered, "Larger."), .optional("$gte", ordered, "Not smaller."),
          .optional("$lt", ordered, "Smaller."), .optional("$lte", ordered, "Not larger."),
          .optional("$exists", .flag, "Whether there is a value."),
          .optional("$match", scalar, "A list has this value."),
        ], patterns: [], count: 1...10),
    ])
  }()
}
