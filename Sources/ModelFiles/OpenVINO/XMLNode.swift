// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// An element of an XML document, without the text around its children.
struct XMLNode: Sendable, Hashable {
  var name: String
  var attributes: [String: String] = [:]
  var children: [XMLNode] = []
  /// The text directly in the element, without white space at its ends.
  var text = ""

  /// The first child of a name.
  func child(_ name: String) -> XMLNode? { children.first { $0.name == name } }

  /// All children of a name.
  func children(_ name: String) -> [XMLNode] { children.filter { $0.name == name } }
}

/// Why bytes are no XML that is read here, and where.
struct XMLProblem: Error, Sendable, Hashable {
  let line: Int
  let reason: String
}
