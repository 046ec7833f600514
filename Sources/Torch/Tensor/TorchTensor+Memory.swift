// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CTorchShim
public import Tensors

/// The order of a tensor's elements in memory; the shape stays the same.
public enum MemoryFormat: String, Sendable, Hashable, Codable, CaseIterable {
  /// Row-major.
  case contiguous
  /// The channels of a pixel beside one another, which convolutions of images often prefer; for tensors of rank 4.
  case channelsLast

  var torch: galley_torch_format {
    switch self {
    case .contiguous: galley_torch_format(GALLEY_TORCH_CONTIGUOUS)
    case .channelsLast: galley_torch_format(GALLEY_TORCH_CHANNELS_LAST)
    }
  }
}

/// Where a tensor's elements lie, and in which order.
extension TorchTensor {
  /// The device that the elements lie on.
  public var device: TorchDevice {
    get throws(TorchError) {
      var place = galley_torch_device()
      try library.check(library.api.tensor_device(handle, &place), "reading a tensor's device")
      guard let device = TorchDevice(torch: place) else { throw .noTensor }
      return device
    }
  }

  /// The tensor on a device: a copy, or the same memory if it lies there already. Gradients flow through it.
  /// - Throws: `TorchError` if LibTorch has no such device, or its memory runs out.
  public func moved(to device: TorchDevice) throws(TorchError) -> TorchTensor {
    try library.make("moving a tensor to \(device)") { library.api.tensor_to_device(handle, device.torch, $0) }
  }

  /// The tensor in an order of memory: a copy, or the same memory if it has that order already.
  /// - Throws: `TorchError` if the rank doesn't suit the order.
  public func arranged(_ format: MemoryFormat) throws(TorchError) -> TorchTensor {
    try library.make("arranging a tensor's memory") { library.api.tensor_to_format(handle, format.torch, $0) }
  }

  /// Whether the elements are arranged so; a tensor with dimensions of extent 1 may be so in both orders.
  public func isArranged(_ format: MemoryFormat) throws(TorchError) -> Bool {
    var has: Int32 = 0
    try library.check(library.api.tensor_has_format(handle, format.torch, &has), "reading a tensor's memory format")
    return has != 0
  }

  /// Puts another tensor's memory in the place of this one's, for all who hold this tensor; forgets the gradient.
  /// - Throws: `TorchError` if the shapes differ.
  public func replaceMemory(by source: TorchTensor) throws(TorchError) {
    try library.check(library.api.tensor_replace_memory(handle, source.handle), "replacing a tensor's memory")
  }

  /// A tensor on memory of the caller's, which isn't copied: changes of either are seen by the other.
  ///
  /// The memory must stay in place, unmoved, until `release` is called, which happens once, from any thread, when the
  /// last tensor on it is gone.
  /// - Parameters:
  ///   - bytes: Row-major elements, aligned for their type.
  ///   - release: Gives the memory back; not called if this throws.
  /// - Throws: `TorchError` if the shape needs another number of bytes.
  public static func borrowing(
    _ bytes: UnsafeMutableRawBufferPointer, _ elementType: ElementType, shape: [Int], in library: TorchLibrary,
    release: @escaping @Sendable () -> Void
  ) throws(TorchError) -> TorchTensor {
    let type = try elementType.torchNumber
    guard let base = bytes.baseAddress else {
      throw TorchError(
        .invalidArgument, "a tensor can't borrow memory", because: "there is none", remedy: "give at least one byte")
    }
    let context = Unmanaged.passRetained(MemoryLoan(release))
    do {
      return try library.make("creating a tensor of shape \(shape)") { out in
        shape.withTorchInts { shape in
          library.api.tensor_borrow_bytes(
            base, bytes.count, type, shape,
            { context in
              guard let context else { return }
              Unmanaged<MemoryLoan>.fromOpaque(context).takeRetainedValue().release()
            }, context.toOpaque(), out)
        }
      }
    } catch {
      context.release()
      throw error
    }
  }
}

/// What is called when borrowed memory is free again.
private final class MemoryLoan: Sendable {
  let release: @Sendable () -> Void
  init(_ release: @escaping @Sendable () -> Void) { self.release = release }
}
