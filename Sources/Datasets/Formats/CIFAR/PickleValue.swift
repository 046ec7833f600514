// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What a pickle says, as data.
indirect enum PickleValue {
  case none
  case bool(Bool)
  case int(Int)
  case float(Double)
  /// Text; from Python 2 it may be bytes that were meant as text.
  case text(String)
  case bytes(ArraySlice<UInt8>)
  case list([PickleValue])
  case tuple([PickleValue])
  case dict([(PickleValue, PickleValue)])
  /// A name of Python that the pickle mentions. Nothing is looked up, and nothing is called.
  case name(String)
  /// An array of NumPy.
  case array(PickleArray)

  var text: String? {
    switch self {
    case .text(let text): text
    case .bytes(let bytes): String(validating: bytes, as: UTF8.self)
    default: nil
    }
  }

  var int: Int? { if case .int(let value) = self { value } else { nil } }

  /// The elements of a list or a tuple.
  var elements: [PickleValue]? {
    switch self {
    case .list(let values), .tuple(let values): values
    default: nil
    }
  }

  /// A dictionary's value for a key.
  subscript(key: String) -> PickleValue? {
    guard case .dict(let pairs) = self else { return nil }
    return pairs.last { $0.0.text == key }?.1
  }
}

/// An array of NumPy as a pickle describes it.
struct PickleArray {
  var shape: [Int] = []
  var type = ""
  var isFortran = false
  var bytes: ArraySlice<UInt8> = []
}
