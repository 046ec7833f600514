// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// An element of an XML document, with everything in it.
struct XMLElement {
  var name: String
  var attributes: [String: String] = [:]
  var children: [XMLElement] = []
  /// The text directly in the element.
  var text = ""
  /// The line where the element begins, counted from 1.
  var line: Int

  /// The first child of a name.
  func child(_ name: String) -> XMLElement? { children.first { $0.name == name } }

  /// The children of a name.
  func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

  /// The text of the first child of a name, without white space around it; `nil` if there is no such child.
  func value(_ name: String) -> String? { child(name)?.text.trimmed }
}
