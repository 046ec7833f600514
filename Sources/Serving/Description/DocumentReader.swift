// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import FoundationEssentials
internal import Galley
internal import JSONStream

/// Reads a body as JSON, and holds it against its schema.
enum DocumentReader {
  static func read(_ data: Data, _ schema: Schema) throws(RequestFailure) -> ConfigurationValue {
    let value: ConfigurationValue
    do {
      value = try data.withUnsafeBytes { bytes in try JSONReader.read(bytes) { try $0.value() } }
    } catch {
      throw RequestFailure.malformed(SchemaProblem("\(error)"), in: "body")
    }
    if let problem = schema.problem(with: value) { throw RequestFailure.malformed(problem, in: "body") }
    return value
  }
}

extension ConfigurationValue {
  /// The value as JSON.
  var data: Data {
    var writer = JSONWriter()
    writer.write(self)
    return Data(writer.bytes)
  }
}
