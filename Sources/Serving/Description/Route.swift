// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import HTTPTypes

/// One operation: how it is asked for, what it takes and gives, and what it does. The server works by a table of them,
/// and the description is written from the same table.
struct Route: Sendable {
  /// What a request's body is.
  enum Content: Sendable {
    case none
    /// A JSON document.
    case json(Schema)
    /// Bytes of any of these media types; `*/*` for any.
    case bytes([String])

    var isNone: Bool { if case .none = self { true } else { false } }
  }

  /// What a reply's body is.
  enum Answer: Sendable {
    case none
    case json(Schema)
    case bytes(String)
  }

  /// A way in which it may end well, or in a way that only this operation has.
  struct Outcome: Sendable {
    var status: HTTPResponse.Status
    var words: String
    var answer: Answer
    var headers: [(name: String, schema: Schema, words: String)] = []
    /// What of the answer names something that others take in their path: the parameter, and a JSON pointer.
    var names: (parameter: String, pointer: String)?
  }

  /// How the work is done.
  enum Work: Sendable {
    /// On a thread that may wait: for whatever reads or writes the store.
    case blocking(@Sendable (Call) throws -> Reply)
    /// At once.
    case immediate(@Sendable (Call) async throws -> Reply)
  }

  var method: HTTPRequest.Method
  /// The path, with `{name}` for parameters.
  var path: String
  /// The operation's name in the description.
  var name: String
  var group: String
  var summary: String
  var query: [QueryParameter] = []
  var content: Content = .none
  var outcomes: [Outcome]
  /// Statuses of errors beyond those that every operation may end with, and why.
  var failures: [(status: HTTPResponse.Status, words: String)] = []
  var needsToken = true
  /// Whether it changes nothing, whatever its method says.
  var onlyReads = false
  var work: Work
}

extension Route {
  /// Whether what it does must outlast a power failure before it is answered.
  var isKept: Bool { !onlyReads && method != .get && method != .head }
}

/// A parameter in the query.
struct QueryParameter: Sendable {
  var name: String
  var schema: Schema
  var words: String
  var isRequired = false

  init(_ name: String, _ schema: Schema, _ words: String, isRequired: Bool = false) {
    (self.name, self.schema, self.words, self.isRequired) = (name, schema, words, isRequired)
  }
}

extension Route {
  /// The names of the parameters in the path.
  var pathParameters: [String] { PathPattern(path).parameters }

  /// Reads from the store and gives a document.
  static func reading(
    _ path: String, _ name: String, _ group: String, _ summary: String, query: [QueryParameter] = [], _ schema: Schema,
    _ body: @escaping @Sendable (Call) throws -> any Encodable & Sendable
  ) -> Route {
    Route(
      method: .get, path: path, name: name, group: group, summary: summary, query: query,
      outcomes: [Outcome(status: .ok, words: "What was asked for.", answer: .json(schema))],
      work: .blocking { try Reply.json(body($0)) })
  }

  /// Removes something.
  static func removing(
    _ path: String, _ name: String, _ group: String, _ summary: String, query: [QueryParameter] = [],
    failures: [(HTTPResponse.Status, String)] = [], _ body: @escaping @Sendable (Call) throws -> Void
  ) -> Route {
    Route(
      method: .delete, path: path, name: name, group: group, summary: summary, query: query,
      outcomes: [Outcome(status: .noContent, words: "It is gone.", answer: .none)], failures: failures,
      work: .blocking {
        try body($0)
        return Reply(status: .noContent)
      })
  }

  /// Changes something, and gives what it is now.
  static func changing(
    by method: HTTPRequest.Method = .patch, _ path: String, _ name: String, _ group: String, _ summary: String,
    query: [QueryParameter] = [], _ content: Content, _ schema: Schema,
    failures: [(HTTPResponse.Status, String)] = [],
    _ body: @escaping @Sendable (Call) throws -> any Encodable & Sendable
  ) -> Route {
    Route(
      method: method, path: path, name: name, group: group, summary: summary, query: query, content: content,
      outcomes: [Outcome(status: .ok, words: "What it is now.", answer: .json(schema))], failures: failures,
      work: .blocking { try Reply.json(body($0)) })
  }

  /// Makes something new; the reply says where it is.
  static func creating(
    _ path: String, _ name: String, _ group: String, _ summary: String, query: [QueryParameter] = [],
    _ content: Content, _ schema: Schema, naming parameter: String, failures: [(HTTPResponse.Status, String)] = [],
    _ body: @escaping @Sendable (Call) throws -> (any Encodable & Sendable, location: String)
  ) -> Route {
    Route(
      method: .post, path: path, name: name, group: group, summary: summary, query: query, content: content,
      outcomes: [
        Outcome(
          status: .created, words: "It is made.", answer: .json(schema), headers: [Self.location],
          names: (parameter, "/id"))
      ], failures: failures,
      work: .blocking { call in
        let (document, location) = try body(call)
        var reply = try Reply.json(document, .created)
        reply.headers[.location] = location
        return reply
      })
  }

  static let location = (name: "Location", schema: Schema.text(TextRule(1...1024)), words: "Where it is.")
}
