// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Why an element is no part of a network, as a clause.
struct LayerProblem: Error, Sendable, Hashable {
  let reason: String
}

extension OpenVINOIR {
  static func layers(_ graph: XMLNode) throws(LayerProblem) -> [Layer] {
    guard let list = graph.child("layers") else { throw LayerProblem(reason: "it has no list of layers") }
    return try list.children("layer").map { node throws(LayerProblem) in try layer(node) }
  }

  static func edges(_ graph: XMLNode) throws(LayerProblem) -> [Edge] {
    try (graph.child("edges")?.children("edge") ?? []).map { node throws(LayerProblem) in
      Edge(
        fromLayer: try number(node, "from-layer"), fromPort: try number(node, "from-port"),
        toLayer: try number(node, "to-layer"), toPort: try number(node, "to-port"))
    }
  }

  /// Graphs lie in each other at most as deep as XML is read, so that this ends.
  private static func layer(_ node: XMLNode) throws(LayerProblem) -> Layer {
    guard let type = node.attributes["type"] else { throw LayerProblem(reason: "a layer has no type") }
    var inner: [Layer] = []
    for name in ["body", "then_body", "else_body"] {
      for body in node.children(name) { inner += try layers(body) }
    }
    return Layer(
      id: try number(node, "id"), name: node.attributes["name"] ?? "", type: type,
      operationSet: node.attributes["version"] ?? "", attributes: node.child("data")?.attributes ?? [:],
      inputs: try ports(node.child("input")), outputs: try ports(node.child("output")), innerLayers: inner)
  }

  private static func ports(_ node: XMLNode?) throws(LayerProblem) -> [Port] {
    try (node?.children("port") ?? []).map { node throws(LayerProblem) in
      Port(
        id: try number(node, "id"), precision: node.attributes["precision"] ?? "",
        shape: try node.children("dim").map { node throws(LayerProblem) in try extent(node.text) },
        names: names(node.attributes["names"] ?? ""))
    }
  }

  /// Names are separated by commas; a comma in a name follows a backslash.
  private static func names(_ text: String) -> [String] {
    var names: [String] = []
    var name = ""
    var isEscaped = false
    for character in text {
      switch (character, isEscaped) {
      case ("\\", false): isEscaped = true
      case (",", false):
        names.append(name)
        name = ""
      default:
        name.append(character)
        isEscaped = false
      }
    }
    return text.isEmpty ? [] : names + [name]
  }

  private static func extent(_ text: String) throws(LayerProblem) -> Int? {
    guard let number = Int(text), number >= -1 else {
      throw LayerProblem(reason: "the extent '\(text)' is no whole number from -1")
    }
    return number == -1 ? nil : number
  }

  private static func number(_ node: XMLNode, _ name: String) throws(LayerProblem) -> Int {
    guard let text = node.attributes[name], let number = Int(text), number >= 0 else {
      throw LayerProblem(
        reason: "'\(name)' of an element '\(node.name)' is '\(node.attributes[name] ?? "")', no whole number from 0")
    }
    return number
  }

  /// The values of a tree by the path of their names.
  static func information(_ root: XMLNode) -> [String: String] {
    var values: [String: String] = [:]
    var waiting = root.children.map { (path: $0.attributes["name"] ?? $0.name, node: $0) }
    while let (path, node) = waiting.popLast() {
      if let value = node.attributes["value"] ?? (node.text.isEmpty ? nil : node.text) { values[path] = value }
      waiting += node.children.map { ("\(path)/\($0.attributes["name"] ?? $0.name)", $0) }
    }
    return values
  }
}
