// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import HTTPTypes

/// Reads a query as its parameters are described. What isn't described is refused, and so is what stands twice.
enum QueryReader {
  static func read(_ query: Substring, _ parameters: [QueryParameter]) throws(RequestFailure) -> [String:
    ConfigurationValue]
  {
    var values: [String: ConfigurationValue] = [:]
    for pair in query.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = PercentCoding.decode(parts[0], plusIsSpace: true),
        let text = PercentCoding.decode(parts.count > 1 ? parts[1] : "", plusIsSpace: true)
      else { throw refuse(String(pair.prefix(80)), "its escapes are broken, or it isn't UTF-8") }
      guard let parameter = parameters.first(where: { $0.name == name }) else {
        let near = name.utf8.count > 64 ? nil : NearestName.match(name, in: parameters.map(\.name))
        throw refuse(
          String(name.prefix(80)), "there is no such parameter" + (near.map { "; did you mean '\($0)'?" } ?? ""))
      }
      guard values[name] == nil else { throw refuse(name, "it stands there twice") }
      guard let value = value(text, parameter.schema) else {
        throw refuse(name, "'\(text.prefix(60))' is not what it takes")
      }
      if let problem = parameter.schema.problem(with: value) {
        throw RequestFailure.malformed(problem.below(.key(name)), in: "query")
      }
      values[name] = value
    }
    for parameter in parameters where parameter.isRequired && values[parameter.name] == nil {
      throw refuse(parameter.name, "the parameter is missing")
    }
    return values
  }

  private static func value(_ text: String, _ schema: Schema) -> ConfigurationValue? {
    switch schema {
    case .flag:
      switch text {
      case "true": .bool(true)
      case "false": .bool(false)
      default: nil
      }
    case .whole: isNumber(text) ? Int(text).map { .int($0) } : nil
    case .number: isNumber(text) ? Double(text).map { .float($0) } : nil
    default: .string(text)
    }
  }

  /// Whether it is written as JSON writes numbers: Swift reads more than that.
  private static func isNumber(_ text: String) -> Bool {
    let digits = text.utf8.drop { $0 == UInt8(ascii: "-") }
    return !digits.isEmpty && text.utf8.count - digits.count <= 1
      && text.utf8.allSatisfy { (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }
  }

  private static func refuse(_ name: String, _ why: String) -> RequestFailure {
    RequestFailure(.badRequest, "can't use the query", at: name, why: why, remedy: "/openapi.json describes it.")
  }
}
