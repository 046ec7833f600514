// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Galley
internal import Yams

/// Reads YAML 1.2 (and so JSON) into nodes that know their places.
///
/// Anchors are expanded; a document that grows beyond `maximumNodes` that way is refused.
package struct SourceReader {
  static let maximumNodes = 100_000
  static let maximumDepth = 64

  private let file: String
  private var count = 0

  package static func read(_ text: String, file: String) throws(GalleyError) -> SourceNode {
    try refuseAliasedKeys(text, file: file)
    let root: Node?
    do {
      // Scalars are told apart here; Yams would do it with regular expressions, for every key too.
      root = try Yams.compose(yaml: text, .basic)
    } catch let error as YamlError {
      throw refusal(error, file: file)
    } catch {
      throw GalleyError(.configuration, "can't read the recipe", at: file, why: "\(error)")
    }
    guard let root else {
      throw GalleyError(
        .configuration, "can't read the recipe", at: file, why: "the file is empty",
        remedy: "Examples/digits/recipe.yaml shows a complete recipe.")
    }
    var reader = SourceReader(file: file)
    return try reader.convert(root, depth: 0)
  }

  private init(file: String) { self.file = file }

  /// Refuses keys that are no plain text in a document with aliases.
  ///
  /// Yams compares keys by their whole content, and lists of aliases of lists make that exponential: a kilobyte would
  /// hold the program for ever. Recipes need no such keys, so text that only looks like one is refused too.
  private static func refuseAliasedKeys(_ text: String, file: String) throws(GalleyError) {
    guard text.utf8.contains(UInt8(ascii: "*")), text.utf8.contains(UInt8(ascii: "&")) else { return }
    for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      guard let column = KeyScan(line).suspiciousColumn else { continue }
      throw GalleyError(
        .configuration, "can't read the recipe", at: "\(file):\(number + 1):\(column)",
        why: "a key is an alias, a list or a group", remedy: "Write keys as plain text; aliases may only be values.")
    }
  }

  private mutating func convert(_ node: Node, depth: Int) throws(GalleyError) -> SourceNode {
    let position = SourcePosition(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    count += 1
    guard count <= Self.maximumNodes, depth <= Self.maximumDepth else {
      throw GalleyError(
        .configuration, "can't read the recipe", at: "\(position)",
        why:
          "it holds more than \(Self.maximumNodes) values or \(Self.maximumDepth) levels once its anchors are expanded",
        remedy: "Remove nested anchors.")
    }
    switch node {
    case .mapping(let mapping):
      var entries: [SourceNode.Entry] = []
      for (key, value) in mapping {
        guard let name = key.string else {
          throw GalleyError(.configuration, "can't read the recipe", at: "\(position)", why: "a key is not text")
        }
        let place = SourcePosition(file: file, line: key.mark?.line ?? 1, column: key.mark?.column ?? 1)
        entries.append(.init(key: name, position: place, value: try convert(value, depth: depth + 1)))
      }
      return SourceNode(content: .map(entries), position: position)
    case .sequence(let sequence):
      var nodes: [SourceNode] = []
      for element in sequence { nodes.append(try convert(element, depth: depth + 1)) }
      return SourceNode(content: .list(nodes), position: position)
    case .scalar, .alias:
      return SourceNode(content: .scalar(Self.scalar(node)), position: position)
    }
  }

  /// A scalar by YAML 1.2's core schema: a quoted one is always text.
  private static func scalar(_ node: Node) -> ConfigurationValue {
    guard case .scalar(let scalar) = node else { return .null }
    let text = scalar.string
    guard scalar.style == .plain || scalar.style == .any else { return .string(text) }
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    default: break
    }
    if let number = Int(text) { return .int(number) }
    if let first = text.first, first.isNumber || "+-.".contains(first), let number = Double(text) {
      return .float(number)
    }
    return .string(text)
  }

  private static func refusal(_ error: YamlError, file: String) -> GalleyError {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      return GalleyError(
        .configuration, "can't read the recipe", at: "\(file):\(mark.line):\(mark.column)",
        why: "the YAML is malformed: \(problem)")
    case .duplicatedKeysInMapping(let duplicates, let context):
      let keys = duplicates.map { "\($0)" }.joined(separator: ", ")
      return GalleyError(
        .configuration, "can't read the recipe", at: "\(file):\(context.mark.line):\(context.mark.column)",
        why: "a key occurs twice: \(keys)")
    default:
      return GalleyError(.configuration, "can't read the recipe", at: file, why: "the YAML is malformed: \(error)")
    }
  }
}
