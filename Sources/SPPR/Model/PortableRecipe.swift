// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials
public import Galley

/// LEIP's serialized portable recipe (SPPR): a tree of ingredients with what their slots hold, and everything that
/// they consist of.
///
/// The model covers what is known of the format; `document` keeps the whole, and is what is written back.
public struct PortableRecipe: Sendable, Hashable {
  /// The whole as it was read.
  public private(set) var document: PortableDocument
  /// The configurations by id: fragments in Hydra's form.
  public let configurations: [String: PortableValue]
  /// The ingredients by id.
  public let ingredients: [String: PortableIngredient]
  /// The nodes by number.
  public private(set) var nodes: [String: PortableNode]
  /// The number of the node that holds all others.
  public private(set) var root: String

  /// What has another form than expected.
  private(set) var malformed: [PortableFinding]

  /// Reads a recipe from its serialized form.
  ///
  /// A recipe whose parts contradict each other is read all the same; `check()` says what is wrong with it.
  /// - Parameters:
  ///   - data: one line of base64, as LEIP writes it.
  ///   - name: what to call it in messages, such as the file's path.
  ///   - limits: how much it may ask of the reader.
  /// - Throws: `GalleyError` with the place, if this is no portable recipe or is damaged.
  public init(serialized data: Data, name: String = "SPPR", limits: PortableLimits = .init()) throws(GalleyError) {
    try self.init(PortableDocument(serialized: data, name: name, limits: limits), name: name, limits: limits)
  }

  /// Reads a recipe from its document.
  /// - Throws: `GalleyError` if the document is no recipe at all.
  public init(
    _ document: PortableDocument, name: String = "SPPR", limits: PortableLimits = .init()
  ) throws(GalleyError) {
    var reader = PortableReader()
    let pantry = try Self.part(["pantry"], of: document, name)
    let portable = try Self.part(["portable"], of: document, name)
    _ = (
      try Self.part(["pantry", "configs"], of: document, name),
      try Self.part(["pantry", "ingredients"], of: document, name)
    )
    guard let root = portable["root"]?.text else {
      throw PortableDocument.refusal("\(name), portable/root", "the root node's number is missing", nil)
    }
    self.document = document
    self.root = root
    configurations = Dictionary(
      reader.entries(pantry["configs"], ["pantry", "configs"]).map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    var ingredients: [String: PortableIngredient] = [:]
    let place: PortablePath = ["pantry", "ingredients"]
    for (id, raw) in reader.entries(pantry["ingredients"], place) {
      ingredients[id] = PortableIngredient(id, raw, place.appending(id), &reader)
    }
    self.ingredients = ingredients
    nodes = Self.nodes(portable, &reader)
    malformed = reader.findings
    let slots = nodes.values.reduce(0) { $0 + (ingredients[$1.ingredientID]?.slots.count ?? 0) }
    guard slots <= limits.values else {
      throw PortableDocument.refusal(
        "\(name), portable", "its nodes have \(slots) slots; \(limits.values) are read", nil)
    }
  }

  private static func part(
    _ path: PortablePath, of document: PortableDocument, _ name: String
  ) throws(GalleyError) -> PortableValue {
    guard let part = document[path], part.map != nil else {
      let found = document[path].map { "it is \($0.kind)" } ?? "it is missing"
      throw PortableDocument.refusal(
        "\(name), \(path)", "a map is expected here; \(found)", "This is not the document of a portable recipe.")
    }
    return part
  }

  private static func nodes(_ portable: PortableValue, _ reader: inout PortableReader) -> [String: PortableNode] {
    var nodes: [String: PortableNode] = [:]
    for (number, raw) in reader.entries(portable, ["portable"]) where number != "root" {
      nodes[number] = PortableNode(number, raw, ["portable", number], &reader)
    }
    return nodes
  }

  /// The recipe in its serialized form: byte for byte what was read, as long as nothing was changed.
  /// - Throws: `GalleyError` if zlib refuses, as it does for want of memory.
  public func serialized() throws(GalleyError) -> Data { try document.serialized() }

  /// The ingredient that a node uses.
  public func ingredient(of node: PortableNode) -> PortableIngredient? { ingredients[node.ingredientID] }

  // MARK: Changes

  mutating func change(_ path: PortablePath, _ value: PortableValue?) {
    document.set(path, value)
    reread()
  }

  private mutating func reread() {
    var reader = PortableReader()
    let portable = document[["portable"]] ?? .null
    nodes = Self.nodes(portable, &reader)
    root = portable["root"]?.text ?? root
    malformed = malformed.filter { !$0.path.begins(with: ["portable"]) } + reader.findings
  }

  /// Numbers the nodes as LEIP does: those without a given name first, then by given name, then by ingredient.
  ///
  /// Nodes that are equal in all this keep their order.
  public mutating func renumber() {
    let order = nodes.values.sorted { Self.rank($0) < Self.rank($1) }
    let numbers = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1.number, String($0)) })
    guard numbers.contains(where: { $0.key != $0.value }) else { return }
    var portable = PortableMap()
    for entry in document[["portable"]]?.map?.entries ?? [] {
      guard let number = entry.key.text else {
        portable.append(entry.key, entry.value)
        continue
      }
      if number == "root" {
        portable.append(entry.key, .text(numbers[root] ?? root))
      } else {
        portable.append(.text(numbers[number] ?? number), Self.renumbered(entry.value, numbers))
      }
    }
    change(["portable"], .map(portable))
  }

  private struct Rank: Comparable {
    var name: [UInt8]?
    var ingredient: String
    var number: (length: Int, text: String)

    static func == (left: Rank, right: Rank) -> Bool { !(left < right) && !(right < left) }

    static func < (left: Rank, right: Rank) -> Bool {
      guard let a = left.name, let b = right.name else {
        if (left.name == nil) != (right.name == nil) { return left.name == nil }
        return left.afterName < right.afterName
      }
      return a == b ? left.afterName < right.afterName : a.lexicographicallyPrecedes(b)
    }

    private var afterName: (String, Int, String) { (ingredient, number.length, number.text) }
  }

  private static func rank(_ node: PortableNode) -> Rank {
    Rank(
      name: node.givenName.map { Array($0.utf8) }, ingredient: node.ingredientID,
      number: (node.number.utf8.count, node.number))
  }

  private static func renumbered(_ node: PortableValue, _ numbers: [String: String]) -> PortableValue {
    guard var map = node.map, let slots = map["config_slots"]?.map else { return node }
    var renumbered = PortableMap()
    for entry in slots.entries {
      let nodes = entry.value.list?.map { $0.text.flatMap { numbers[$0] }.map { .text($0) } ?? $0 }
      renumbered.append(entry.key, nodes.map { .list($0) } ?? entry.value)
    }
    map["config_slots"] = .map(renumbered)
    return .map(map)
  }
}
