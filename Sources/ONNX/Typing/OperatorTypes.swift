// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The element types that an operator of ONNX's own takes and gives in one version.
///
/// A parameter is a letter of OperatorTypeTable: small for a type variable, capital for a fixed type.
struct OperatorTypes: Sendable {
  let version: Int
  private let inputs: [Character]
  private let outputs: [Character]
  /// Whether the last input, or the last output, repeats with a type of its own each time.
  let hasMixedInputs: Bool
  let hasMixedOutputs: Bool

  /// The types that hold in an operator set, or `nil` if the operator did not exist yet or never did.
  static func find(_ name: String, opset: Int) -> OperatorTypes? {
    all[name]?.last { $0.version <= opset }
  }

  /// The letter of an input; the last one repeats.
  func input(_ index: Int) -> Character? { index < inputs.count ? inputs[index] : inputs.last }

  /// The letter of an output; the last one repeats.
  func output(_ index: Int) -> Character? { index < outputs.count ? outputs[index] : outputs.last }

  /// Whether sequences, maps or optional values take part.
  var hasContainers: Bool { inputs.contains("S") || outputs.contains("S") }

  /// Whether a parameter may be float16 where it may be float32.
  static func allowsFloat16(_ letter: Character?) -> Bool { letter.map { ("a"..."m").contains($0) } ?? false }

  /// The fixed element type of a parameter as a number of `TensorProto.DataType`, or `nil` for a variable.
  static func fixedType(_ letter: Character?) -> Int32? {
    switch letter {
    case "I": 7
    case "B": 9
    case "F": 1
    default: nil
    }
  }

  /// Each operator's types, oldest first.
  private static let all: [String: [OperatorTypes]] = {
    var types: [String: [OperatorTypes]] = [:]
    for line in OperatorTypeTable.text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count == 4, let version = Int(words[1]) else { continue }
      types[String(words[0]), default: []].append(OperatorTypes(version, words[2], words[3]))
    }
    return types
  }()

  private init(_ version: Int, _ inputs: Substring, _ outputs: Substring) {
    self.version = version
    self.inputs = inputs.filter(\.isLetter).map(\.self)
    self.outputs = outputs.filter(\.isLetter).map(\.self)
    hasMixedInputs = inputs.hasSuffix("*")
    hasMixedOutputs = outputs.hasSuffix("*")
  }
}
