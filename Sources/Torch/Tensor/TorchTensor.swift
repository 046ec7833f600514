// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CTorchShim
public import Tensors

/// A tensor of LibTorch: mutable memory that may take part in a computation of gradients.
///
/// Not `Sendable`: one thread at a time may use it. Several tensors may share memory, as in PyTorch: `reshaped`,
/// `detached` and the like give views where they can.
public final class TorchTensor {
  /// The library that the tensor belongs to.
  public let library: TorchLibrary
  let handle: OpaquePointer

  /// Takes over a handle that the shim gave.
  init(taking handle: OpaquePointer, of library: TorchLibrary) {
    self.handle = handle
    self.library = library
  }

  deinit {
    library.api.tensor_free(handle)
  }

  /// Copies a tensor's elements to LibTorch.
  /// - Throws: `TorchError` if LibTorch has no such element type (uint16, uint32, uint64) or memory runs out.
  public convenience init(_ tensor: Tensor, in library: TorchLibrary) throws(TorchError) {
    let type = try tensor.elementType.torchNumber
    var made: OpaquePointer?
    let status = tensor.bytes.withUnsafeBytes { bytes in
      tensor.shape.withTorchInts { shape in
        library.api.tensor_from_bytes(bytes.baseAddress, bytes.count, type, shape, &made)
      }
    }
    try library.check(status, "creating a tensor of shape \(tensor.shape)")
    guard let made else { throw .noTensor }
    self.init(taking: made, of: library)
  }

  /// Copies Swift values to LibTorch.
  /// - Throws: `TorchError` if the number of values is not the shape's.
  public convenience init<Element: TensorElement>(
    _ values: [Element], shape: [Int], in library: TorchLibrary
  ) throws(TorchError) {
    let tensor: Tensor
    do throws(TensorError) {
      tensor = try Tensor(values, shape: shape)
    } catch {
      throw .malformed(error)
    }
    try self.init(tensor, in: library)
  }

  /// A tensor with every element `value`.
  public static func full(
    _ value: Double, shape: [Int], elementType: ElementType = .float32, on device: TorchDevice = .cpu,
    in library: TorchLibrary
  ) throws(TorchError) -> TorchTensor {
    let type = try elementType.torchNumber
    return try library.make("creating a tensor of shape \(shape)") { out in
      shape.withTorchInts { library.api.tensor_full(value, type, $0, device.torch, out) }
    }
  }

  /// The extent of each dimension.
  public var shape: [Int] {
    get throws(TorchError) {
      var rank: Int64 = 0
      try library.check(library.api.tensor_rank(handle, &rank), "reading the rank")
      var extents = [Int64](repeating: 0, count: Int(rank))
      try library.check(library.api.tensor_shape(handle, rank, &extents), "reading the shape")
      return extents.map(Int.init)
    }
  }

  /// The type of each element.
  public var elementType: ElementType {
    get throws(TorchError) {
      var number: galley_torch_type = 0
      try library.check(library.api.tensor_type(handle, &number), "reading the element type")
      guard let type = ElementType(torchNumber: number) else {
        throw TorchError(
          .invalidArgument, "reading the element type failed", because: "the number \(number) is unknown",
          remedy: "build the shim library again")
      }
      return type
    }
  }

  /// Copies the elements out of LibTorch.
  public func toTensor() throws(TorchError) -> Tensor {
    let (type, shape) = (try elementType, try shape)
    do throws(TensorError) {
      let byteCount = try Tensor.byteCount(type, shape)
      var status = galley_torch_status(GALLEY_TORCH_OK)
      let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, initialized in
        status = library.api.tensor_copy_bytes(handle, buffer.baseAddress, byteCount)
        initialized = status == galley_torch_status(GALLEY_TORCH_OK) ? byteCount : 0
      }
      guard bytes.count == byteCount else { throw TensorError(.sizeMismatch, "the copy failed") }
      return try Tensor(elementType: type, shape: shape, bytes: bytes)
    } catch {
      throw .malformed(error)
    }
  }

  /// The elements as Swift values, row-major.
  /// - Throws: `TorchError` if the tensor holds another element type.
  public func values<Element: TensorElement>(as type: Element.Type = Element.self) throws(TorchError) -> [Element] {
    let tensor = try toTensor()
    do throws(TensorError) {
      return try tensor.values(as: type)
    } catch {
      throw .malformed(error)
    }
  }

  /// The value of a tensor with exactly one element.
  public func item() throws(TorchError) -> Double {
    var value = 0.0
    try library.check(library.api.tensor_item(handle, &value), "reading a single value")
    return value
  }

  /// The same elements as another type; rounds towards zero when that is a whole-number type.
  public func converted(to type: ElementType) throws(TorchError) -> TorchTensor {
    let number = try type.torchNumber
    return try library.make("converting to \(type)") { library.api.tensor_to_type(handle, number, $0) }
  }

  /// A copy with memory of its own; gradients flow through it.
  public func cloned() throws(TorchError) -> TorchTensor {
    try library.make("copying a tensor") { library.api.clone(handle, $0) }
  }

  /// Zeros of this tensor's shape and element type.
  public func zerosLike() throws(TorchError) -> TorchTensor {
    try library.make("creating zeros") { library.api.zeros_like(handle, $0) }
  }
}

extension TorchError {
  static var noTensor: TorchError {
    TorchError(
      .operationFailed, "creating a tensor failed", because: "the library gave no tensor",
      remedy: "build the shim library again")
  }

  static func malformed(_ error: TensorError) -> TorchError {
    TorchError(
      .malformedTensor, "a tensor can't be exchanged with LibTorch", because: error.description,
      remedy: "check the shape and the element type")
  }
}
