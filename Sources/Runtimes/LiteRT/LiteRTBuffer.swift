// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Galley
internal import Tensors

/// Memory of its own that LiteRT reads or writes in place: aligned as LiteRT asks, and readable some bytes beyond, where
/// its kernels for int8 read.
final class LiteRTBuffer {
  /// The tensor's bytes.
  let bytes: UnsafeMutableRawBufferPointer
  let shape: [Int]
  /// What LiteRT is given; nil for an input without elements, of which LiteRT's buffers know nothing and which it skips.
  let handle: LiteRtTensorBuffer?
  private let memory: LiteRTMemory
  private let api: UnsafePointer<LiteRtApi>

  /// Memory for an input or output of numbers.
  convenience init(
    _ port: TFLitePort, _ elementType: ElementType, _ shape: [Int], _ side: LiteRTPortSide, _ library: LiteRTLibrary,
    mayGrow: Bool = false
  ) throws(GalleyError) {
    let byteCount: Int
    do throws(TensorError) {
      byteCount = try Tensor.byteCount(elementType, shape)
    } catch {
      throw GalleyError(.badData, "can't allocate '\(port.name)'", why: error.description)
    }
    guard byteCount > 0 else {
      try self.init(empty: shape, side, port.name, library, mayGrow: mayGrow)
      return
    }
    guard let number = elementType.liteRTNumber else {
      throw GalleyError(.badData, "can't allocate '\(port.name)'", why: "LiteRT has no element type \(elementType)")
    }
    try self.init(byteCount, shape, port.name, library, as: (number, shape), mayGrow: mayGrow)
  }

  /// Memory for packed texts. LiteRT's buffers know no texts, but compare neither element types nor exact sizes: these
  /// are declared as bytes.
  convenience init(
    texts byteCount: Int, _ port: TFLitePort, _ shape: [Int], _ library: LiteRTLibrary
  ) throws(GalleyError) {
    try self.init(
      max(byteCount, shape.reduce(1, *)), shape, port.name, library, as: (ElementType.uint8.liteRTNumber ?? 0, shape))
  }

  /// A tensor without elements. LiteRT skips an input that is not there, and writes nothing to an output; the latter
  /// must be there all the same.
  private convenience init(
    empty shape: [Int], _ side: LiteRTPortSide, _ name: String, _ library: LiteRTLibrary, mayGrow: Bool
  ) throws(GalleyError) {
    let scalar = side == .output ? (ElementType.float32.liteRTNumber ?? 0, [Int]()) : nil
    try self.init(0, shape, name, library, as: scalar, mayGrow: mayGrow)
  }

  private init(
    _ byteCount: Int, _ shape: [Int], _ name: String, _ library: LiteRTLibrary, as type: (CInt, [Int])?,
    mayGrow: Bool = false
  ) throws(GalleyError) {
    memory = try LiteRTMemory(byteCount, of: name, mayGrow: mayGrow)
    bytes = UnsafeMutableRawBufferPointer(rebasing: memory.raw[..<byteCount])
    self.shape = shape
    api = library.api
    guard let (number, declared) = type else {
      handle = nil
      return
    }
    var made: LiteRtTensorBuffer?
    do throws(GalleyError) {
      guard let layout = LiteRtLayout(declared), let base = memory.raw.baseAddress else {
        throw GalleyError(.badData, "can't allocate '\(name)'", why: "LiteRT can't hold the shape \(declared)")
      }
      var type = LiteRtRankedTensorType(element_type: number, layout: layout)
      // The scalar that stands for a tensor without elements lies in the slack.
      try library.check(
        api.pointee.CreateTensorBufferFromHostMemory(&type, base, max(byteCount, 4), nil, &made),
        "bind the tensor '\(name)'")
    } catch {
      memory.free()
      throw error
    }
    handle = made
  }

  deinit {
    api.pointee.DestroyTensorBuffer(handle)
    memory.free()
  }
}
