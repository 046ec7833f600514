// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Tensors

/// The JSON form of a model's input or output: its name, its type, its shape with `null` for what is open.
struct ValueForm: Codable {
  var name: String?
  /// `float32` and the like, `string`, `sequence`, `map` or `optional`.
  var type: String
  /// Missing if the number of dimensions is open, or the value is no tensor.
  var shape: [Int?]?
  /// What a sequence or an optional holds.
  var of: [ValueForm]?
  /// The keys and the values of a map.
  var keys: [ValueForm]?
  var values: [ValueForm]?

  init(_ value: ValueSpec) {
    self.init(value.kind)
    name = value.name
  }

  private init(_ kind: ValueKind) {
    switch kind {
    case .tensor(let elementType, let shape): (type, self.shape) = (elementType.rawValue, shape)
    case .strings(let shape): (type, self.shape) = ("string", shape)
    case .sequence(let element): (type, of) = ("sequence", [ValueForm(element)])
    case .optional(let value): (type, of) = ("optional", [ValueForm(value)])
    case .map(let keys, let values):
      (type, self.keys, self.values) = ("map", [ValueForm(keys)], [ValueForm(values)])
    }
  }

  /// The value; `nil` if the form is none that is written here.
  var specification: ValueSpec? { kind.map { ValueSpec(name: name ?? "", kind: $0) } }

  private var kind: ValueKind? {
    switch type {
    case "string": return .strings(shape: shape)
    case "sequence": return of?.first?.kind.map(ValueKind.sequence(of:))
    case "optional": return of?.first?.kind.map(ValueKind.optional)
    case "map":
      guard let keys = keys?.first?.kind, let values = values?.first?.kind else { return nil }
      return .map(keys: keys, values: values)
    default: return ElementType(rawValue: type).map { .tensor($0, shape: shape) }
    }
  }

  /// The value in words: `float32 [?, 3, 224, 224]`.
  static func text(_ kind: ValueKind) -> String {
    switch kind {
    case .tensor(let elementType, let shape): "\(elementType.rawValue) \(shape.map(Extents.text) ?? "of any rank")"
    case .strings(let shape): "text \(shape.map(Extents.text) ?? "of any rank")"
    case .sequence(let element): "a sequence of \(text(element))"
    case .map(let keys, let values): "a map from \(text(keys)) to \(text(values))"
    case .optional(let value): "\(text(value)) or nothing"
    }
  }
}
