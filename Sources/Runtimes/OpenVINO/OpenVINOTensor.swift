// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Galley
internal import Tensors

/// A tensor in memory of its own, which OpenVINO reads or writes in place.
final class OpenVINOTensor {
  let buffer: UnsafeMutableRawBufferPointer
  let shape: [Int]
  let handle: OpaquePointer
  private let library: OpenVINOLibrary

  /// The alignment of buffers: a cache line, and enough for the widest vector instructions.
  private static let alignment = 64

  init(_ name: String, _ type: ElementType, _ shape: [Int], _ library: OpenVINOLibrary) throws(GalleyError) {
    let byteCount: Int
    do throws(TensorError) {
      byteCount = try Tensor.byteCount(type, shape)
    } catch {
      throw GalleyError(.badData, "can't allocate '\(name)'", why: error.description)
    }
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(byteCount, 1), alignment: Self.alignment)
    memory.initializeMemory(as: UInt8.self, repeating: 0)
    do throws(GalleyError) {
      handle = try Self.wrap(memory, name, type, shape, library)
    } catch {
      memory.deallocate()
      throw error
    }
    buffer = UnsafeMutableRawBufferPointer(rebasing: memory[..<byteCount])
    self.shape = shape
    self.library = library
  }

  deinit {
    library.api.pointee.ov_tensor_free(handle)
    buffer.baseAddress?.deallocate()
  }

  private static func wrap(
    _ memory: UnsafeMutableRawBufferPointer, _ name: String, _ type: ElementType, _ shape: [Int],
    _ library: OpenVINOLibrary
  ) throws(GalleyError) -> OpaquePointer {
    // A scalar has no dimensions, but OpenVINO wants an address.
    var dimensions = shape.isEmpty ? [0] : shape.map(Int64.init)
    var tensor: OpaquePointer?
    let status = dimensions.withUnsafeMutableBufferPointer { dimensions in
      memory.baseAddress.map {
        library.api.pointee.ov_tensor_create_from_host_ptr(
          type.openVINONumber, OvShape(rank: Int64(shape.count), dimensions: dimensions.baseAddress), $0, &tensor)
      }
    }
    if let status { try library.check(status, "create the tensor '\(name)'") }
    guard let tensor else {
      throw GalleyError(.software, "can't create the tensor '\(name)'", why: "OpenVINO gave none")
    }
    return tensor
  }
}
