// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
public import Tensors

/// The value of a node's attribute.
public enum AttributeValue: Sendable, Hashable {
  /// An integer.
  case int(Int64)
  /// A list of integers.
  case ints([Int64])
  /// A single-precision number.
  case float(Float)
  /// A list of single-precision numbers.
  case floats([Float])
  /// A text in UTF-8.
  case string(String)
  /// A list of texts in UTF-8.
  case strings([String])
  /// A tensor.
  case tensor(Tensor)
}

extension Onnx_AttributeProto {
  /// Creates the protobuf form of a named value.
  package init(_ name: String, _ value: AttributeValue) {
    self.init()
    self.name = name
    switch value {
    case .int(let value): (i, type) = (value, .int)
    case .ints(let values): (ints, type) = (values, .ints)
    case .float(let value): (f, type) = (value, .float)
    case .floats(let values): (floats, type) = (values, .floats)
    case .string(let value): (s, type) = (Data(value.utf8), .string)
    case .strings(let values): (strings, type) = (values.map { Data($0.utf8) }, .strings)
    case .tensor(let value): (t, type) = (Onnx_TensorProto(value, name: ""), .tensor)
    }
  }

  /// The typed value, or `nil` for a graph, a type, a sparse tensor, a reference to a function's attribute, a text that
  /// is not UTF-8, or a tensor that `Tensor` can't hold.
  var value: AttributeValue? {
    guard !hasRefAttrName || refAttrName.isEmpty else { return nil }
    switch type {
    case .int: return .int(i)
    case .ints: return .ints(ints)
    case .float: return .float(f)
    case .floats: return .floats(floats)
    case .string: return String(validating: s, as: UTF8.self).map(AttributeValue.string)
    case .strings:
      let texts = strings.compactMap { String(validating: $0, as: UTF8.self) }
      return texts.count == strings.count ? .strings(texts) : nil
    case .tensor: return (try? t.tensor(named: name)).map(AttributeValue.tensor)
    default: return nil
    }
  }
}
