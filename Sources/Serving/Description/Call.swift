// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import HTTPTypes
internal import Platform

/// A request that fits its route: parameters and body are what the route's schemas say.
struct Call: Sendable {
  let store: PlatformStore
  let jobs: JobBoard
  let work: BlockingWork
  let workspace: Workspace
  /// Parameters in the path, decoded.
  var path: [String: String]
  /// Parameters in the query.
  var query: [String: ConfigurationValue] = [:]
  /// The body's document.
  var document: ConfigurationValue = .null
  /// The body's bytes, if it is a document.
  var bytes = Data()
  /// The file that took the body, if it isn't a document.
  var upload: UploadedFile?
  var headers: HTTPFields

  /// A parameter of the path.
  func path(_ name: String) -> String { path[name] ?? "" }

  /// Text in the query.
  func text(_ name: String) -> String? { query[name]?.text }

  /// A flag in the query; false if it isn't there.
  func flag(_ name: String) -> Bool { query[name] == .bool(true) }

  /// A whole number in the query.
  func whole(_ name: String) -> Int? { if case .int(let number)? = query[name] { number } else { nil } }

  /// A value of the body's document.
  subscript(_ key: String) -> ConfigurationValue? { document[key] }

  /// Text of the body's document.
  func text(in key: String) -> String? { self[key]?.text }

  /// A flag of the body's document.
  func flag(in key: String) -> Bool? { if case .bool(let flag)? = self[key] { flag } else { nil } }

  /// A number of the body's document.
  func number(in key: String) -> Double? { self[key]?.number }

  /// An object of the body's document.
  func object(in key: String) -> JSONObject? { self[key]?.fields.map { JSONObject($0) } }

  /// Texts of the body's document.
  func texts(in key: String) -> [String]? { self[key]?.elements.map { $0.compactMap(\.text) } }
}

/// What a request is answered with.
struct Reply: Sendable {
  enum Body: Sendable {
    case none
    case bytes(Data)
    /// A part of a file, and what keeps it there until it is opened.
    case file(String, Range<Int>, keeping: (any Sendable)? = nil)
    /// What comes while it is written: each call gives the next portion; `nil` ends it.
    case portions(@Sendable () throws -> Data?)
  }

  var status: HTTPResponse.Status
  var headers = HTTPFields()
  var body = Body.none

  static func json(_ document: some Encodable, _ status: HTTPResponse.Status = .ok) throws -> Reply {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    return Reply(
      status: status, headers: [.contentType: "application/json"], body: .bytes(try encoder.encode(document)))
  }
}
