// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Pickles

/// Finds the dictionary with the weights in what was saved, and the scalars beside it.
struct StateDictSearch {
  /// Keys under which people save weights, those that name them best first.
  static let knownKeys = [
    "state_dict", "model_state_dict", "model_state", "model", "net", "network", "module", "weights", "params",
  ]

  private(set) var tensors: [(String, StorageView)] = []
  private(set) var scalars: [(path: String, value: TorchCheckpoint.Scalar)] = []
  private(set) var path = ""
  private(set) var explanation = ""

  /// A dictionary with at least one tensor.
  fileprivate struct Candidate {
    var steps: [String]
    var value: PickleValue
    var tensorCount: Int
    var path: String { steps.joined(separator: ".") }
  }

  private var candidates: [Candidate] = []
  /// A pickle can refer to the same part so often that a walk through all would never end.
  private var budget = 4_000_000
  private static let maximumScalars = 10_000

  init(_ root: PickleValue, wanted: String?) throws(CheckpointProblem) {
    try walk(root, [])
    let chosen = try choose(root, wanted)
    path = chosen.path
    var places: [String: Int] = [:]
    for (key, value) in chosen.value.pairs ?? [] {
      guard let name = key.text, let view = try StorageView(value) else { continue }
      if let place = places[name] {
        tensors[place].1 = view
      } else {
        places[name] = tensors.count
        tensors.append((name, view))
      }
    }
  }

  private mutating func walk(_ value: PickleValue, _ steps: [String]) throws(CheckpointProblem) {
    budget -= 1
    guard budget > 0 else { throw CheckpointProblem("its pickle refers to itself without end") }
    if let scalar = Self.scalar(value) {
      if scalars.count < Self.maximumScalars { scalars.append((steps.joined(separator: "."), scalar)) }
      return
    }
    guard steps.count < 8 else { return }
    if let pairs = value.pairs {
      var count = 0
      for (key, value) in pairs {
        if key.text != nil, try StorageView(value) != nil {
          count += 1
        } else if let step = key.text ?? key.int?.description {
          try walk(value, steps + [step])
        }
      }
      if count > 0 { candidates.append(Candidate(steps: steps, value: value, tensorCount: count)) }
    } else if let elements = value.elements {
      for (index, element) in elements.enumerated() { try walk(element, steps + [index.description]) }
    }
  }

  private mutating func choose(_ root: PickleValue, _ wanted: String?) throws(CheckpointProblem) -> Candidate {
    if let wanted {
      guard let candidate = candidates.first(where: { $0.path == wanted }) else {
        throw CheckpointProblem("it has no dictionary with tensors under '\(wanted)'", remedy: listing)
      }
      explanation = "the weights are under '\(wanted)', as asked for"
      return candidate
    }
    if let candidate = candidates.first(where: { $0.steps.isEmpty }) {
      explanation = "the whole file is the dictionary of weights"
      return candidate
    }
    for key in Self.knownKeys {
      let named = candidates.filter { $0.steps.last == key && !$0.isOfOptimizer }
      if let candidate = named.min(by: { $0.steps.count < $1.steps.count }) {
        explanation = "the weights are under '\(candidate.path)', the first of the usual keys that holds tensors"
        return candidate
      }
    }
    let others = candidates.filter { !$0.isOfOptimizer }
    guard let candidate = others.first else {
      throw CheckpointProblem(
        "it holds no dictionary of tensors, but \(root.kind)",
        remedy: "Save the weights in Python: torch.save(model.state_dict(), path).")
    }
    guard others.count == 1 else {
      throw CheckpointProblem(
        "\(others.count) dictionaries in it hold tensors, and none has a usual name", remedy: listing)
    }
    explanation = "the weights are under '\(candidate.path)', the only dictionary that holds tensors"
    return candidate
  }

  private var listing: String {
    let shown = candidates.prefix(10).map { "'\($0.path)' (\($0.tensorCount))" }.joined(separator: ", ")
    return shown.isEmpty ? "It has no dictionary with tensors." : "Name one of these (with its tensors): \(shown)."
  }

  private static func scalar(_ value: PickleValue) -> TorchCheckpoint.Scalar? {
    switch value {
    case .none: .some(.none)
    case .bool(let value): .bool(value)
    case .int(let value): .int(value)
    case .float(let value): .float(value)
    case .text(let value): .text(value)
    case .bytes: value.text.map { .text($0) }
    case .object(let name, let arguments) where TorchNames.scalars.contains(name): number(arguments)
    default: nil
    }
  }

  /// A number of NumPy: its type and its bytes.
  private static func number(_ arguments: [PickleValue]) -> TorchCheckpoint.Scalar? {
    guard arguments.count == 2, case .array(let type) = arguments[0], case .bytes(let bytes) = arguments[1] else {
      return nil
    }
    let bits = bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    switch (type.type, bytes.count) {
    case ("<f8", 8): return .float(Double(bitPattern: bits))
    case ("<f4", 4): return .float(Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits))))
    case ("<i8", 8): return .int(Int(Int64(bitPattern: bits)))
    case ("<i4", 4): return .int(Int(Int32(truncatingIfNeeded: bits)))
    case ("|b1", 1): return .bool(bits != 0)
    default: return nil
    }
  }
}

extension StateDictSearch.Candidate {
  /// Whether the tensors are an optimizer's memory.
  fileprivate var isOfOptimizer: Bool { steps.contains { $0.hasPrefix("optim") } }
}
