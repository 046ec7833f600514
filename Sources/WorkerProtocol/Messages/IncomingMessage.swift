// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials

/// One line of the stream, understood as far as JSON-RPC 2.0 goes; parameters and results are decoded when their type
/// is known.
public struct IncomingMessage: Sendable {
  /// What the message is.
  public enum Kind: Sendable, Hashable {
    case request(id: RequestID, method: String)
    case notification(method: String)
    case result(id: RequestID)
    case failure(id: RequestID, RPCError)
  }

  /// What the message is.
  public let kind: Kind
  private let line: Data
  /// The line without its line feed.
  var bytes: [UInt8] { Array(line) }

  /// Reads a line without its line feed.
  /// - Throws: `RPCError` with the code that the standard demands: parse error or invalid request.
  public init(_ line: Data) throws(RPCError) {
    self.line = line
    if line.first(where: { !Self.isSpace($0) }) == UInt8(ascii: "[") {
      throw RPCError(RPCError.invalidRequest, "batches are not accepted: send one message on each line")
    }
    let envelope: Envelope
    do {
      envelope = try Wire.decoder().decode(Envelope.self, from: line)
    } catch let error as DecodingError {
      throw Self.understand(error)
    } catch {
      throw RPCError(RPCError.parseError, "the line is not JSON")
    }
    kind = try envelope.kind()
  }

  /// The parameters of a request or notification; absent ones read as an empty object.
  /// - Throws: `RPCError` with the code for invalid parameters and the key path in its message.
  public func parameters<Parameters: Decodable>(as type: Parameters.Type) throws(RPCError) -> Parameters {
    do {
      return try Wire.decoder().decode(ParametersEnvelope<Parameters>.self, from: line).params
    } catch {
      throw RPCError(RPCError.invalidParameters, "the parameters don't fit: \(Wire.reason(error, below: "params"))")
    }
  }

  /// The result of a successful answer.
  /// - Throws: `RPCError` with the key path of what doesn't fit.
  public func result<Result: Decodable>(as type: Result.Type) throws(RPCError) -> Result {
    do {
      return try Wire.decoder().decode(ResultEnvelope<Result>.self, from: line).result
    } catch {
      throw RPCError(RPCError.internalError, "the result doesn't fit: \(Wire.reason(error, below: "result"))")
    }
  }

  /// The id within a line that is no valid message, so that its refusal can name it; null if there is none to be read.
  public static func requestID(in line: Data) -> RequestID {
    struct Identified: Decodable { var id: RequestID }
    return (try? Wire.decoder().decode(Identified.self, from: line))?.id ?? .null
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  private static func understand(_ error: DecodingError) -> RPCError {
    if case .dataCorrupted(let context) = error, context.codingPath.isEmpty {
      return RPCError(RPCError.parseError, "the line is not JSON")
    }
    return RPCError(RPCError.invalidRequest, "the message is not JSON-RPC 2.0: \(Wire.reason(error, below: nil))")
  }
}

/// The members of all kinds of messages; which of them are there says which kind it is.
private struct Envelope: Decodable {
  var version: String
  var id: RequestID?
  var method: String?
  var hasResult: Bool
  var error: RPCError?

  enum CodingKeys: String, CodingKey { case jsonrpc, id, method, params, result, error }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    version = try container.decode(String.self, forKey: .jsonrpc)
    id = container.contains(.id) ? try container.decode(RequestID.self, forKey: .id) : nil
    method = try container.decodeIfPresent(String.self, forKey: .method)
    hasResult = container.contains(.result)
    error = try container.decodeIfPresent(RPCError.self, forKey: .error)
    if container.contains(.params) { try Self.checkIsStructured(container) }
  }

  private static func checkIsStructured(_ container: KeyedDecodingContainer<CodingKeys>) throws {
    if (try? container.nestedContainer(keyedBy: CodingKeys.self, forKey: .params)) != nil { return }
    _ = try container.nestedUnkeyedContainer(forKey: .params)
  }

  func kind() throws(RPCError) -> IncomingMessage.Kind {
    guard version == "2.0" else {
      throw RPCError(RPCError.invalidRequest, "jsonrpc is '\(version)', but must be '2.0'")
    }
    if let method, !hasResult, error == nil {
      return id.map { .request(id: $0, method: method) } ?? .notification(method: method)
    }
    guard method == nil, let id, hasResult != (error != nil) else {
      throw RPCError(RPCError.invalidRequest, "the message is neither a request nor an answer")
    }
    return error.map { .failure(id: id, $0) } ?? .result(id: id)
  }
}

private struct ParametersEnvelope<Parameters: Decodable>: Decodable {
  var params: Parameters

  enum CodingKeys: String, CodingKey { case params }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    params =
      container.contains(.params)
      ? try container.decode(Parameters.self, forKey: .params)
      : try Wire.decoder().decode(Parameters.self, from: Data("{}".utf8))
  }
}

private struct ResultEnvelope<Result: Decodable>: Decodable {
  var result: Result
}
