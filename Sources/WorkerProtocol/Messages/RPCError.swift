// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// The error of a JSON-RPC 2.0 answer: a code, a sentence, and data; a `GalleyError` travels as the data.
public struct RPCError: Error, Sendable, Hashable, Codable {
  /// The kind of error; the standard's codes are static members.
  public var code: Int
  /// One sentence.
  public var message: String
  /// What else the worker says; a `GalleyError` as a map of `exitCode`, `what`, `place`, `why`, `remedy`.
  public var data: ConfigurationValue?

  /// The line is not JSON.
  public static let parseError = -32700
  /// The JSON is not a request, or a batch, which workers don't accept.
  public static let invalidRequest = -32600
  /// No handler has this name.
  public static let methodNotFound = -32601
  /// The parameters don't decode.
  public static let invalidParameters = -32602
  /// The worker failed in a way it has no words for.
  public static let internalError = -32603
  /// A handler threw; the data is a `GalleyError`.
  public static let handlerFailed = -32000
  /// The request was cancelled before it was done; the number is the Language Server Protocol's.
  public static let cancelled = -32800

  /// Creates an error.
  public init(_ code: Int, _ message: String, data: ConfigurationValue? = nil) {
    self.code = code
    self.message = message
    self.data = data
  }

  /// Wraps `error` so that it comes out equal at the other end.
  public init(_ error: GalleyError, code: Int = RPCError.handlerFailed) {
    var fields: [String: ConfigurationValue] = [
      "exitCode": .int(Int(error.exitCode.rawValue)), "what": .string(error.what), "why": .string(error.why),
    ]
    fields["place"] = error.place.map { .string($0) }
    fields["remedy"] = error.remedy.map { .string($0) }
    self.init(code, "\(error.what): \(error.why)", data: .map(fields))
  }

  /// The error for a person that travels as the data, if one does.
  public var galleyError: GalleyError? {
    guard case .map(let fields)? = data, case .int(let number)? = fields["exitCode"],
      case .string(let what)? = fields["what"], case .string(let why)? = fields["why"]
    else { return nil }
    let exitCode = Int32(exactly: number).flatMap { ExitCode(rawValue: $0) } ?? .software
    return GalleyError(exitCode, what, at: fields.text("place"), why: why, remedy: fields.text("remedy"))
  }
}

extension [String: ConfigurationValue] {
  fileprivate func text(_ key: String) -> String? {
    guard case .string(let text)? = self[key] else { return nil }
    return text
  }
}
