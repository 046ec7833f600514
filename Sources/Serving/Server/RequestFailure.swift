// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import HTTPTypes
internal import Platform

/// A request that ends without what it asked for: a status of HTTP, and what a person reads.
struct RequestFailure: Error, Sendable {
  var status: HTTPResponse.Status
  var error: GalleyError
  var headers = HTTPFields()

  init(_ status: HTTPResponse.Status, _ error: GalleyError, headers: HTTPFields = [:]) {
    (self.status, self.error, self.headers) = (status, error, headers)
  }

  init(
    _ status: HTTPResponse.Status, _ what: String, at place: String? = nil, why: String, remedy: String? = nil,
    code: ExitCode = .usage, headers: HTTPFields = [:]
  ) {
    self.init(status, GalleyError(code, what, at: place, why: why, remedy: remedy), headers: headers)
  }

  /// A request that isn't what the description says.
  static func malformed(_ problem: SchemaProblem, in part: String) -> RequestFailure {
    RequestFailure(
      .badRequest, "can't use the \(part)", at: problem.place.isEmpty ? nil : problem.place, why: problem.why,
      remedy: "/openapi.json describes it.")
  }

  /// What an error means to HTTP.
  /// - Parameter store: The store's folder: what is wrong in it is no fault of the request.
  init(_ error: any Error, store: String) {
    switch error {
    case let failure as RequestFailure: self = failure
    case let error as GalleyError: self.init(Self.status(error, store), error)
    case is CancellationError:
      self.init(
        .serviceUnavailable,
        GalleyError(.interrupted, "can't answer the request", why: "the server is about to end"))
    default:
      self.init(
        .internalServerError, GalleyError(.software, "can't answer the request", why: "\(error)"))
    }
    if status == .serviceUnavailable { headers[.retryAfter] = "1" }
  }

  private static func status(_ error: GalleyError, _ store: String) -> HTTPResponse.Status {
    let isStore = error.place?.hasPrefix(store) ?? false
    switch error.exitCode {
    case .usage: return PlatformStore.isConflict(error) ? .conflict : .unprocessableContent
    case .badData: return isStore ? .internalServerError : .unprocessableContent
    case .missingInput: return isStore ? .internalServerError : .notFound
    case .configuration, .verdictNo, .partial: return .unprocessableContent
    case .tryAgain, .unavailable, .interrupted: return .serviceUnavailable
    case .cantCreate: return .insufficientStorage
    default: return .internalServerError
    }
  }

  /// The reply: a document of RFC 9457 with the fields of a `GalleyError`.
  func reply(_ requestID: String) -> (Reply, document: Data) {
    let problem = Problem(
      title: status.reasonPhrase, status: status.code, detail: error.description, exitCode: error.exitCode.rawValue,
      what: error.what, where: error.place, why: error.why, remedy: error.remedy, requestID: requestID)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    var fields = headers
    fields[.contentType] = "application/problem+json"
    return (Reply(status: status, headers: fields), (try? encoder.encode(problem)) ?? Data("{}".utf8))
  }
}

/// What went wrong, as RFC 9457 writes it.
struct Problem: Encodable {
  var type = "about:blank"
  var title: String
  var status: Int
  var detail: String
  var exitCode: Int32
  var what: String
  var `where`: String?
  var why: String
  var remedy: String?
  var requestID: String

  static let schema = Schema.group([
    SchemaField("type", .text(TextRule(1...256)), "about:blank: the status says what kind of problem it is."),
    SchemaField("title", .text(TextRule(1...256)), "The status in words."),
    SchemaField("status", .whole(400...599), "The status."),
    SchemaField("detail", .text(.any), "All of it as one text."),
    SchemaField("exitCode", .whole(0...255), "What the command line would end with."),
    SchemaField("what", .text(.any), "What failed."),
    .optional("where", .text(.any), "The place: a key, a parameter, an item, a file."),
    SchemaField("why", .text(.any), "The reason."),
    .optional("remedy", .text(.any), "What can be done about it."),
    SchemaField("requestID", .text(TextRule(1...64)), "The id of the request, as in the log."),
  ])
}

extension HTTPResponse.Status {
  /// RFC 4918.
  static let insufficientStorage = HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")
}
