// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
public import Galley

/// What a Python file says at its beginning that it needs: the block `# /// script` of PEP 723.
public struct ScriptMetadata: Sendable, Hashable {
  /// The block's content: TOML.
  public let text: String
  /// The versions of Python that the file runs on.
  public let pythonRequirement: PythonRequirement?
  /// The packages that it needs, as PEP 508 writes them.
  public let dependencies: [String]

  /// Reads the block of a file; `nil` if it has none.
  /// - Parameter path: the file's name, for errors.
  /// - Throws: `GalleyError` (`badData`) if the block isn't what PEP 723 says.
  public init?(of source: String, at path: String) throws(GalleyError) {
    guard let block = try Self.block(in: source, path) else { return nil }
    func refuse(_ why: String, _ line: Int = 0) -> GalleyError {
      GalleyError(
        .badData, "can't read what the worker needs", at: "\(path):\(block.line + line)", why: why,
        remedy: "Write the block as PEP 723 says: '# dependencies = [\"numpy\"]'.")
    }
    let document: TOMLDocument
    do throws(TOMLProblem) {
      document = try TOMLDocument(block.text)
    } catch {
      throw refuse(error.why, error.line)
    }
    text = block.text
    switch document.values["requires-python"] {
    case nil: pythonRequirement = nil
    case .string(let text)?:
      guard let requirement = PythonRequirement(text) else {
        throw refuse("'requires-python' is '\(text)', which is no requirement like '>=3.10'")
      }
      pythonRequirement = requirement
    case .some: throw refuse("'requires-python' is no text")
    }
    switch document.values["dependencies"] {
    case nil: dependencies = []
    case .list(let values)?:
      var texts: [String] = []
      for value in values {
        guard case .string(let text) = value else { throw refuse("'dependencies' is no list of texts") }
        texts.append(text)
      }
      dependencies = texts
    case .some: throw refuse("'dependencies' is no list of texts")
    }
  }

  /// SHA-256 of the block, by which a lock knows what it was made for.
  var digest: Digest { Digest(of: text) }

  /// The content of the block and the line on which it begins.
  ///
  /// As the regular expression of PEP 723 has it: blocks of any type are found one behind the other, the last closing
  /// line of the comment ends one, and what looks like another's beginning within it belongs to its content.
  private static func block(in source: String, _ path: String) throws(GalleyError) -> (text: String, line: Int)? {
    // To Swift, a carriage return and a line feed are one character.
    let lines = source.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    var found: [(text: String, line: Int)] = []
    var position = lines.startIndex
    while position < lines.endIndex {
      let start = position
      position += 1
      guard let type = blockType(lines[start]) else { continue }
      let comments = lines[position...].prefix { $0 == "#" || $0.hasPrefix("# ") }
      guard let end = comments.lastIndex(of: "# ///") else {
        // No later line of this comment can be closed either.
        position = comments.endIndex
        continue
      }
      if type == "script" {
        let content = lines[position..<end].map { $0.dropFirst(2) }
        found.append((content.joined(separator: "\n") + "\n", start + 1))
      }
      position = end + 1
    }
    guard found.count <= 1 else {
      throw GalleyError(
        .badData, "can't read what the worker needs", at: "\(path):\(found[1].line)",
        why: "there is a second block '# /// script'", remedy: "Keep one of them.")
    }
    return found.first
  }

  /// The type of the block that a line begins; `nil` if it begins none.
  private static func blockType(_ line: Substring) -> Substring? {
    guard line.hasPrefix("# /// ") else { return nil }
    let type = line.dropFirst("# /// ".count)
    return !type.isEmpty && type.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") } ? type : nil
  }
}
