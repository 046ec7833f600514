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
  private static func block(in source: String, _ path: String) throws(GalleyError) -> (text: String, line: Int)? {
    // To Swift, a carriage return and a line feed are one character.
    let lines = source.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    let starts = lines.indices.filter { lines[$0] == "# /// script" }
    var found: [(text: String, line: Int)] = []
    for start in starts where found.allSatisfy({ $0.line <= start }) {
      let comments = lines[(start + 1)...].prefix { $0 == "#" || $0.hasPrefix("# ") }
      // The last closing line of the comment ends the block, as the regular expression of PEP 723 has it.
      guard let end = comments.lastIndex(of: "# ///") else { continue }
      let content = lines[(start + 1)..<end].map { $0.dropFirst(2) }
      found.append((content.joined(separator: "\n") + "\n", start + 1))
    }
    guard found.count <= 1 else {
      throw GalleyError(
        .badData, "can't read what the worker needs", at: "\(path):\(found[1].line)",
        why: "there is a second block '# /// script'", remedy: "Keep one of them.")
    }
    return found.first
  }
}
