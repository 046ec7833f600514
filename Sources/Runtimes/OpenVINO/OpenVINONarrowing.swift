// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Tensors

/// OpenVINO computes 64-bit integers in 32 bits and drops the rest without a word, so inputs that would lose something
/// are refused. What a model computes of smaller ones can still leave 32 bits unnoticed.
enum OpenVINONarrowing {
  /// Refuses the values of an input that don't fit 32 bits.
  static func check(
    _ bytes: UnsafeMutableRawBufferPointer, _ spec: ValueSpec, at path: String
  ) throws(GalleyError) {
    guard case .tensor(let type, _) = spec.kind else { return }
    switch type {
    case .int64:
      if let value = bytes.bindMemory(to: Int64.self).first(where: { Int32(exactly: $0) == nil }) {
        throw refusal("\(value)", spec, path)
      }
    case .uint64:
      if let value = bytes.bindMemory(to: UInt64.self).first(where: { Int32(exactly: $0) == nil }) {
        throw refusal("\(value)", spec, path)
      }
    default: return
    }
  }

  private static func refusal(_ value: String, _ spec: ValueSpec, _ path: String) -> GalleyError {
    GalleyError(
      .badData, "can't set input '\(spec.name)'", at: path,
      why: "it holds \(value), and OpenVINO computes 64-bit integers in 32 bits")
  }
}
