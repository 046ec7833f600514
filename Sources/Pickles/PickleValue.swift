// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What a pickle says, as data.
public indirect enum PickleValue: Sendable {
  case none
  case bool(Bool)
  case int(Int)
  /// An integer that fits no `Int`: its two's complement, the lowest byte first.
  case largeInt(ArraySlice<UInt8>)
  case float(Double)
  /// Text; from Python 2 it may be bytes that were meant as text.
  case text(String)
  case bytes(ArraySlice<UInt8>)
  case list([PickleValue])
  case tuple([PickleValue])
  /// A dictionary, ordered or not, in the order of the pickle; a key may occur twice, and the last counts.
  case dict([(PickleValue, PickleValue)])
  /// A name of Python that the pickle mentions. Nothing is looked up, and nothing is called.
  case name(String)
  /// What the name would be called with, had it been called.
  case object(name: String, arguments: [PickleValue])
  /// Something outside the pickle, by its description.
  case persistent(PickleValue)
  /// An array of NumPy.
  case array(PickleArray)

  /// The text, or bytes that are text.
  public var text: String? {
    switch self {
    case .text(let text): text
    case .bytes(let bytes): String(validating: bytes, as: UTF8.self)
    default: nil
    }
  }

  /// The integer.
  public var int: Int? { if case .int(let value) = self { value } else { nil } }

  /// The elements of a list or a tuple.
  public var elements: [PickleValue]? {
    switch self {
    case .list(let values), .tuple(let values): values
    default: nil
    }
  }

  /// The keys and values of a dictionary.
  public var pairs: [(PickleValue, PickleValue)]? { if case .dict(let pairs) = self { pairs } else { nil } }

  /// A dictionary's value for a key.
  public subscript(key: String) -> PickleValue? { pairs?.last { $0.0.text == key }?.1 }

  /// What the value is, in Python's words.
  public var kind: String {
    switch self {
    case .none: "None"
    case .bool: "a bool"
    case .int, .largeInt: "an int"
    case .float: "a float"
    case .text: "a str"
    case .bytes: "bytes"
    case .list: "a list"
    case .tuple: "a tuple"
    case .dict: "a dict"
    case .name(let name): "the name \(name)"
    case .object(let name, _): "a \(name)"
    case .persistent: "a reference to something outside"
    case .array: "an array of NumPy"
    }
  }
}

/// An array of NumPy as a pickle describes it.
public struct PickleArray: Sendable {
  /// The extent of each dimension.
  public var shape: [Int] = []
  /// NumPy's code of the element type, with the byte order: `<f4`.
  public var type = ""
  /// Whether the first index changes fastest.
  public var isFortran = false
  /// The elements.
  public var bytes: ArraySlice<UInt8> = []
}

/// Why a pickle isn't read.
public struct PickleProblem: Error, Sendable, Hashable {
  /// What is wrong, as a clause whose subject is the pickle.
  public var message: String
  /// The byte at which it shows.
  public var offset: Int
  /// Whether the pickle ends before it is complete.
  public var isCut = false
  /// Whether it mentions a name that wasn't expected, or calls one.
  public var isRefused = false
}
