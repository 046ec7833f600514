// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import ONNX
import SwiftProtobuf
import Tensors

/// Reads the suite's inputs and outputs: ONNX's TensorProto, SequenceProto and OptionalProto.
enum SuiteValue {
  /// The value in a file whose model expects `kind` at this place.
  static func read(_ bytes: Data, as kind: ValueKind) throws -> ModelValue {
    switch kind {
    case .tensor(let elementType, _): return try tensor(bytes, as: elementType)
    case .strings: return try tensor(bytes)
    case .sequence: return try sequence(bytes)
    case .optional: return try optional(bytes)
    case .map: throw SuiteDifference("the suite has no file format of maps")
    }
  }

  /// The bytes of all elements, one after the other; each text ends with a zero.
  static func bytes(_ value: ModelValue) -> [UInt8] {
    switch value {
    case .tensor(let tensor): tensor.bytes
    case .strings(let strings): strings.values.flatMap { Array($0.utf8) + [0] }
    case .sequence(let parts): parts.flatMap { bytes($0) }
    case .map(let keys, let values): bytes(keys) + bytes(values)
    case .absent: []
    }
  }

  /// The suite keeps the bits of bfloat16 as uint16.
  private static func tensor(_ bytes: Data, as elementType: ElementType) throws -> ModelValue {
    let value = try tensor(bytes)
    guard elementType == .bfloat16, let bits = value.tensor, bits.elementType == .uint16 else { return value }
    return .tensor(try Tensor(elementType: .bfloat16, shape: bits.shape, bytes: bits.bytes))
  }

  private static func tensor(_ bytes: Data) throws -> ModelValue {
    let proto = try Onnx_TensorProto(serializedBytes: bytes)
    guard proto.dataType == 8 else { return .tensor(try proto.tensor(named: proto.name)) }
    let texts = proto.stringData.map { String(decoding: $0, as: UTF8.self) }
    return .strings(try StringTensor(texts, shape: proto.dims.map(Int.init)))
  }

  /// SequenceProto: fields 3 (tensors), 5 (sequences) and 7 (optionals); only one kind is used in a message.
  private static func sequence(_ bytes: Data) throws -> ModelValue {
    var parts: [ModelValue] = []
    for (number, content) in try MessageFields(bytes).messages {
      switch number {
      case 3: parts.append(try tensor(content))
      case 5: parts.append(try sequence(content))
      case 7: parts.append(try optional(content))
      default: break
      }
    }
    return .sequence(parts)
  }

  /// OptionalProto: fields 3 (a tensor), 5 (a sequence) and 7 (an optional), or none of them.
  private static func optional(_ bytes: Data) throws -> ModelValue {
    for (number, content) in try MessageFields(bytes).messages {
      switch number {
      case 3: return try tensor(content)
      case 5: return try sequence(content)
      case 7: return try optional(content)
      default: break
      }
    }
    return .absent
  }
}

/// The fields of a protobuf message that hold bytes, with their numbers; numbers are skipped.
private struct MessageFields {
  private(set) var messages: [(number: Int, content: Data)] = []
  private let bytes: [UInt8]
  private var position = 0

  init(_ data: Data) throws {
    bytes = Array(data)
    while position < bytes.count {
      let tag = try varint()
      switch tag & 7 {
      case 0: _ = try varint()
      case 1: try skip(8)
      case 5: try skip(4)
      case 2:
        let count = try varint()
        let start = position
        try skip(count)
        messages.append((tag >> 3, Data(bytes[start..<position])))
      default: throw SuiteDifference("a file of the suite is not a protobuf message")
      }
    }
  }

  private mutating func skip(_ count: Int) throws {
    guard count >= 0, count <= bytes.count - position else {
      throw SuiteDifference("a file of the suite ends in the middle of a message")
    }
    position += count
  }

  private mutating func varint() throws -> Int {
    var value: UInt64 = 0
    for shift in stride(from: 0 as UInt64, to: 64, by: 7) {
      let start = position
      try skip(1)
      value |= UInt64(bytes[start] & 0x7F) << shift
      if bytes[start] < 0x80 { return Int(truncatingIfNeeded: value) }
    }
    throw SuiteDifference("a file of the suite holds a number that is too long")
  }
}
