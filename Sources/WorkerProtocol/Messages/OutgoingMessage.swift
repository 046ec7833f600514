// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials

/// The lines that one end writes, each complete with its line feed.
public enum OutgoingMessage {
  /// A request that expects an answer.
  /// - Throws: `EncodingError` if the parameters can't be written as JSON.
  public static func request(
    id: RequestID, method: String, parameters: some Encodable
  ) throws -> Data {
    try line(CallEnvelope(id: id, method: method, params: parameters))
  }

  /// A request whose parameters are JSON already.
  /// - Parameter parameters: One object or array, without line feeds.
  static func request(id: RequestID, method: String, json parameters: [UInt8]) throws -> Data {
    let head = try Wire.encoder().encode(Head(id: id, method: method)).dropLast()
    var line = Data(capacity: head.count + parameters.count + 16)
    line.append(head)
    line.append(contentsOf: ",\"params\":".utf8)
    line.append(contentsOf: parameters)
    line.append(contentsOf: "}\n".utf8)
    return line
  }

  private struct Head: Encodable {
    var jsonrpc = "2.0"
    var id: RequestID
    var method: String
  }

  /// A message that expects no answer.
  /// - Throws: `EncodingError` if the parameters can't be written as JSON.
  public static func notification(method: String, parameters: some Encodable) throws -> Data {
    try line(CallEnvelope(id: nil, method: method, params: parameters))
  }

  /// The answer to a request that went well.
  /// - Throws: `EncodingError` if the result can't be written as JSON.
  public static func result(id: RequestID, _ result: some Encodable) throws -> Data {
    try line(ResultEnvelope(id: id, result: result))
  }

  /// The answer to a request that failed.
  /// - Throws: `EncodingError` if the error's data can't be written as JSON.
  public static func failure(id: RequestID, _ error: RPCError) throws -> Data {
    try line(ErrorEnvelope(id: id, error: error))
  }

  private static func line(_ envelope: some Encodable) throws -> Data {
    // JSON escapes line feeds within texts, so the one added here is the only one.
    var line = try Wire.encoder().encode(envelope)
    line.append(UInt8(ascii: "\n"))
    return line
  }
}

private struct CallEnvelope<Parameters: Encodable>: Encodable {
  var jsonrpc = "2.0"
  var id: RequestID?
  var method: String
  var params: Parameters
}

private struct ResultEnvelope<Result: Encodable>: Encodable {
  var jsonrpc = "2.0"
  var id: RequestID
  var result: Result
}

private struct ErrorEnvelope: Encodable {
  var jsonrpc = "2.0"
  var id: RequestID
  var error: RPCError
}
