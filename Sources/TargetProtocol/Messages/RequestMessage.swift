// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley

/// A request as it arrived: the method is known, the parameters are read when their type is.
public struct RequestMessage: Sendable, Hashable {
  /// The method.
  public let method: String
  /// The measuring process that is meant; `nil` for methods of the agent itself.
  public let worker: UInt32?
  /// Seconds after which the host gives up, counted from the request's arrival.
  public let within: Double
  private let payload: Data

  /// Seconds that a request may take if it doesn't say so.
  public static let defaultSeconds = 600.0
  /// Most bytes of a method's name.
  static let longestMethod = 128

  init(_ payload: Data) throws(ProtocolViolation) {
    let head = try ProtocolJSON.decode(Head.self, from: payload, as: "a request")
    let within = head.within ?? Self.defaultSeconds
    guard (1...Self.longestMethod).contains(head.method.utf8.count), within.isFinite, within > 0 else {
      throw ProtocolViolation("a request has no method or no time")
    }
    (method, worker, self.within, self.payload) = (head.method, head.worker, within, payload)
  }

  /// The parameters; absent ones read as an empty object.
  /// - Throws: ``RequestFailure`` with the key path of what doesn't fit.
  public func parameters<Parameters: Decodable>(
    as type: Parameters.Type = Parameters.self
  ) throws(RequestFailure) -> Parameters {
    do {
      return try ProtocolJSON.decode(Full<Parameters>.self, from: payload, as: "a request").params
    } catch {
      throw RequestFailure(
        .badParameters, exitCode: .badData, what: "can't do '\(method)'", why: error.description)
    }
  }

  /// The bytes of a request.
  static func encode(
    _ method: String, worker: UInt32?, within: Double, _ parameters: some Encodable
  ) throws -> Data {
    try ProtocolJSON.encode(Outgoing(method: method, worker: worker, within: within, params: parameters))
  }

  private struct Head: Decodable {
    var method: String
    var worker: UInt32?
    var within: Double?
  }

  private struct Full<Parameters: Decodable>: Decodable {
    var params: Parameters

    enum CodingKeys: String, CodingKey { case params }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      params =
        container.contains(.params)
        ? try container.decode(Parameters.self, forKey: .params)
        : try JSONDecoder().decode(Parameters.self, from: Data("{}".utf8))
    }
  }

  private struct Outgoing<Parameters: Encodable>: Encodable {
    var method: String
    var worker: UInt32?
    var within: Double
    var params: Parameters
  }
}

/// The answer to a request; the result is read when its type is known.
public struct AnswerMessage: Sendable, Hashable {
  private let payload: Data

  init(_ payload: Data) { self.payload = payload }

  /// The result.
  /// - Throws: ``ProtocolViolation`` with the key path of what doesn't fit.
  public func result<Result: Decodable>(as type: Result.Type = Result.self) throws(ProtocolViolation) -> Result {
    try ProtocolJSON.decode(AnswerEnvelope<Result>.self, from: payload, as: "an answer").result
  }

  static func encode(_ result: some Encodable) throws -> Data {
    try ProtocolJSON.encode(AnswerEnvelope(result: result))
  }
}

private struct AnswerEnvelope<Result> { var result: Result }

extension AnswerEnvelope: Decodable where Result: Decodable {}
extension AnswerEnvelope: Encodable where Result: Encodable {}
