// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Tensors

extension ElementType {
  /// LiteRT's number of each type at run time (LiteRtElementType), which differs from that in files.
  var liteRTNumber: CInt? {
    switch self {
    case .float32: 1
    case .int32: 2
    case .uint8: 3
    case .int64: 4
    case .bool: 6
    case .int16: 7
    case .complex64: 8
    case .int8: 9
    case .float16: 10
    case .float64: 11
    case .complex128: 12
    case .uint64: 13
    case .uint32: 16
    case .uint16: 17
    case .int4: 18
    case .bfloat16: 19
    case .uint4: 21
    case .float8e4m3fn: 22
    case .float8e5m2: 23
    case .float8e4m3fnuz, .float8e5m2fnuz: nil
    }
  }
}

extension LiteRtLayout {
  /// The layout of a tensor without gaps; nil if LiteRT's layouts can't hold the shape.
  init?(_ shape: [Int]) {
    self.init()
    guard shape.count <= Int(GALLEY_LITERT_MAX_RANK) else { return nil }
    rank_and_strides = UInt32(shape.count)
    for (index, extent) in shape.enumerated() {
      guard let extent = Int32(exactly: extent) else { return nil }
      withUnsafeMutableBytes(of: &dimensions) {
        $0.storeBytes(of: extent, toByteOffset: 4 * index, as: Int32.self)
      }
    }
  }

  /// The rank that the layout tells, which may be more than it holds.
  var rank: Int { Int(rank_and_strides & 0x7F) }

  /// The extents; nil if there are more than the layout holds.
  var shape: [Int]? {
    guard rank <= Int(GALLEY_LITERT_MAX_RANK) else { return nil }
    return withUnsafeBytes(of: dimensions) { bytes in
      (0..<rank).map { Int(bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self)) }
    }
  }
}
