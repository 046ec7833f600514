// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials
internal import Galley
internal import HTTPTypes

/// The description of the server's operations: OpenAPI 3.1, written from the table of routes by which it works.
public enum ServerDescription {
  /// The document as JSON, indented, keys in order.
  public static let json: Data = {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(document)) ?? Data("{}".utf8)
  }()

  static let document: ConfigurationValue = {
    var paths: [String: ConfigurationValue] = [:]
    for route in PlatformRoutes.all {
      var operations: [String: ConfigurationValue] = [:]
      if case .map(let known)? = paths[route.path] { operations = known }
      operations[route.method.rawValue.lowercased()] = operation(route)
      paths[route.path] = .map(operations)
    }
    var schemas: [String: ConfigurationValue] = [:]
    for (name, schema) in SchemaLibrary.named { schemas[name] = schema.document }
    return .map([
      "openapi": "3.1.0",
      "info": .map([
        "title": "Galley's platform", "version": "1.0.0", "description": .string(words),
        "license": .map(["name": "Apache 2.0", "identifier": "Apache-2.0"]),
      ]),
      "servers": .list([.map(["url": "http://127.0.0.1:8765"])]),
      "security": .list([.map(["token": .list([])])]),
      "tags": .list(groups.map { .map(["name": .string($0)]) }),
      "paths": .map(paths),
      "components": .map([
        "schemas": .map(schemas), "responses": .map(commonResponses),
        "securitySchemes": .map([
          "token": .map([
            "type": "http", "scheme": "bearer", "description": "The token that the server was started with.",
          ])
        ]),
      ]),
    ])
  }()

  private static let words = """
    Projects, data sets, items, annotations, predictions and models of one store, and jobs that work on them. Data sets, \
    models and projects are named by name or id (PROJECT/NAME, with its slash as %2F, where a name is not unique), items \
    and annotations by id. Requests are held against these schemas: what doesn't fit, unknown keys and parameters \
    included, is refused with 400. What fits and can't be meant (an unknown field of a filter, an expression that can't \
    be read, an area that is none) is refused with 422. Errors are documents of RFC 9457.
    """

  private static var groups: [String] {
    var groups: [String] = []
    for route in PlatformRoutes.all where !groups.contains(route.group) { groups.append(route.group) }
    return groups
  }

  // MARK: - Operations

  private static func operation(_ route: Route) -> ConfigurationValue {
    var fields: [String: ConfigurationValue] = [
      "operationId": .string(route.name), "summary": .string(route.summary), "tags": .list([.string(route.group)]),
      "responses": .map(responses(route)),
    ]
    let parameters = route.pathParameters.map(pathParameter) + route.query.map(queryParameter)
    if !parameters.isEmpty { fields["parameters"] = .list(parameters) }
    if !route.needsToken { fields["security"] = .list([]) }
    switch route.content {
    case .none: break
    case .json(let schema):
      fields["requestBody"] = .map([
        "required": true, "content": .map(["application/json": .map(["schema": schema.document])]),
      ])
    case .bytes(let types):
      // In OpenAPI 3.1, bytes have no schema.
      fields["requestBody"] = .map([
        "required": true,
        "content": .map(Dictionary(types.map { (concrete($0), .map([:])) }, uniquingKeysWith: { first, _ in first })),
      ])
    }
    return .map(fields)
  }

  private static func concrete(_ type: String) -> String { type == "*/*" ? "application/octet-stream" : type }

  private static func pathParameter(_ name: String) -> ConfigurationValue {
    .map([
      "name": .string(name), "in": "path", "required": true, "description": .string(pathWords[name] ?? ""),
      "schema": Schema.text(PathParameters.rule).document,
    ])
  }

  private static let pathWords = [
    "project": "A name or an id.", "dataset": "A name, PROJECT/NAME or an id.",
    "model": "A name, PROJECT/NAME or an id.",
    "item": "An id.", "annotation": "An id.", "job": "An id.",
  ]

  private static func queryParameter(_ parameter: QueryParameter) -> ConfigurationValue {
    .map([
      "name": .string(parameter.name), "in": "query", "required": .bool(parameter.isRequired),
      "description": .string(parameter.words), "schema": parameter.schema.document,
    ])
  }

  // MARK: - Responses

  private static func problem(_ words: String) -> ConfigurationValue {
    .map([
      "description": .string(words),
      "content": .map(["application/problem+json": .map(["schema": Schema.reference("Problem").document])]),
    ])
  }

  /// Errors that many operations may end with; their words are the same for all.
  private static var commonResponses: [String: ConfigurationValue] {
    Dictionary(
      PlatformRoutes.all.flatMap(\.commonFailures).map { ("Status\($0.status.code)", problem($0.words)) },
      uniquingKeysWith: { first, _ in first })
  }

  private static func responses(_ route: Route) -> [String: ConfigurationValue] {
    var responses: [String: ConfigurationValue] = [:]
    for (status, _) in route.commonFailures {
      responses["\(status.code)"] = .map(["$ref": .string("#/components/responses/Status\(status.code)")])
    }
    for (status, words) in route.failures { responses["\(status.code)"] = problem(words) }
    for outcome in route.outcomes {
      var response: [String: ConfigurationValue] = ["description": .string(outcome.words)]
      switch outcome.answer {
      case .none: break
      case .json(let schema): response["content"] = .map(["application/json": .map(["schema": schema.document])])
      case .bytes(let type): response["content"] = .map([type: .map([:])])
      }
      if !outcome.headers.isEmpty {
        response["headers"] = .map(
          Dictionary(
            outcome.headers.map { header in
              (
                header.name,
                ConfigurationValue.map([
                  "description": .string(header.words), "schema": header.schema.document, "required": true,
                ])
              )
            }, uniquingKeysWith: { first, _ in first }))
      }
      if let (parameter, pointer) = outcome.names { response["links"] = .map(links(parameter, pointer)) }
      responses["\(outcome.status.code)"] = .map(response)
    }
    return responses
  }
}

extension ServerDescription {
  /// The operations that take in their path what an answer names.
  private static func links(_ parameter: String, _ pointer: String) -> [String: ConfigurationValue] {
    var links: [String: ConfigurationValue] = [:]
    for route in PlatformRoutes.all where route.pathParameters == [parameter] {
      links[route.name] = .map([
        "operationId": .string(route.name),
        "parameters": .map([parameter: .string("$response.body#\(pointer)")]),
      ])
    }
    return links
  }
}

extension Route {
  /// How operations of its form may fail, beyond what is its own.
  var commonFailures: [(status: HTTPResponse.Status, words: String)] {
    var failures: [(HTTPResponse.Status, String)] = [
      (.badRequest, "The request isn't what is described here."),
      (.forbidden, "The header Host names somebody else."),
    ]
    guard needsToken else { return failures }
    failures += [
      (.unauthorized, "The token is missing or wrong."),
      (.internalServerError, "The store is damaged."),
      (
        .serviceUnavailable,
        "The store is busy for too long, or the server is about to end. Retry-After says when to ask again."
      ),
    ]
    if !pathParameters.isEmpty || !query.isEmpty || !content.isNone {
      failures += [
        (.notFound, "There is no such thing."), (.conflict, "Several projects have something of that name."),
      ]
    }
    if !query.isEmpty || !content.isNone {
      failures.append((.unprocessableContent, "It fits the description, and can't be meant."))
    }
    if method != .get { failures.append((.insufficientStorage, "The store can't be written.")) }
    if !content.isNone {
      failures += [
        (.requestTimeout, "The body didn't come in time."), (.lengthRequired, "Nothing says how long the body is."),
        (.contentTooLarge, "The body is too large."), (.unsupportedMediaType, "The body is of another kind."),
      ]
    }
    return failures
  }
}
