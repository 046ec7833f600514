// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Galley
internal import Tensors

/// A tensor in memory of its own, which ONNX Runtime reads or writes in place.
final class BoundTensor {
  let buffer: UnsafeMutableRawBufferPointer
  let shape: [Int]
  let value: OpaquePointer
  private let library: ONNXRuntimeLibrary

  /// The alignment of buffers: a cache line, and enough for the widest vector instructions.
  private static let alignment = 64

  init(
    _ name: String, _ elementType: ElementType, _ shape: [Int], _ library: ONNXRuntimeLibrary
  ) throws(GalleyError) {
    let byteCount: Int
    do throws(TensorError) {
      byteCount = try Tensor.byteCount(elementType, shape)
    } catch {
      throw GalleyError(.badData, "can't allocate '\(name)'", why: error.description)
    }
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(byteCount, 1), alignment: Self.alignment)
    memory.initializeMemory(as: UInt8.self, repeating: 0)
    var value: OpaquePointer?
    do throws(GalleyError) {
      try library.check(
        library.api.pointee.CreateTensorWithDataAsOrtValue(
          library.memory, memory.baseAddress, byteCount, shape.map(Int64.init), shape.count,
          elementType.onnxNumber, &value), "create the tensor '\(name)'")
      guard let value else {
        throw GalleyError(.software, "can't create the tensor '\(name)'", why: "ONNX Runtime gave none")
      }
      self.value = value
    } catch {
      memory.deallocate()
      throw error
    }
    buffer = UnsafeMutableRawBufferPointer(rebasing: memory[..<byteCount])
    self.shape = shape
    self.library = library
  }

  deinit {
    library.api.pointee.ReleaseValue(value)
    buffer.baseAddress?.deallocate()
  }
}
