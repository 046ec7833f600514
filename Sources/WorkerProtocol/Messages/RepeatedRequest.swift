// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import FoundationEssentials

/// A request that is made again and again with the same parameters: they are written as JSON once.
package struct RepeatedRequest: Sendable {
  /// The method's name.
  package let method: String
  /// What follows the id, with the line feed.
  private let rest: Data

  /// Prepares a request.
  /// - Throws: `EncodingError` if the parameters can't be written as JSON.
  package init(_ method: String, _ parameters: some Encodable) throws {
    self.method = method
    let line = try OutgoingMessage.request(id: .number(0), method: method, parameters: parameters)
    // Keys are sorted, so the id comes first.
    rest = line.dropFirst(Self.head.utf8.count + 1)
  }

  private static let head = "{\"id\":"

  /// The line of the request with an id of its own.
  package func line(_ id: Int) -> Data {
    var line = Data(capacity: rest.count + 32)
    line.append(contentsOf: Self.head.utf8)
    line.append(contentsOf: String(id).utf8)
    line.append(rest)
    return line
  }
}
