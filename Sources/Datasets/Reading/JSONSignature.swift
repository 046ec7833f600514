// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import JSONStream

/// The keys at the top of a JSON file, as far as they are needed to tell formats apart: reading stops as soon as the
/// keys of one are complete.
enum JSONSignature {
  /// It is an object with these keys.
  case keys(Set<String>)
  /// It is something else.
  case other
  /// It is no JSON.
  case damaged(String)

  /// Keys that settle the format.
  private static let telling: [Set<String>] = [["images", "annotations"], ["categories", "items"]]
  /// Thrown to stop reading.
  private struct Enough: Error {}

  init(_ tree: FileTree, _ path: String) {
    var keys: Set<String> = []
    do {
      let data = try tree.read(path)
      var isObject = false
      try data.withUnsafeBytes { bytes in
        try JSONReader.read(bytes) { json in
          isObject = json.kind() == .object
          guard isObject else { return try json.skip() }
          try json.object { json, key in
            keys.insert(try json.string(key))
            if Self.telling.contains(where: keys.isSuperset) { throw Enough() }
            try json.skip()
          }
        }
      }
      self = isObject ? .keys(keys) : .other
    } catch is Enough {
      self = .keys(keys)
    } catch let problem as JSONProblem {
      self = .damaged("line \(problem.line), column \(problem.column): \(problem.message)")
    } catch let error as GalleyError {
      self = .damaged(error.why)
    } catch {
      self = .damaged("\(error)")
    }
  }
}
