// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Pickles
internal import Tensors

/// The names that a file of tensors mentions.
enum TorchNames {
  /// The storage classes with their element types.
  static let storages: [String: ElementType] = [
    "torch.DoubleStorage": .float64, "torch.FloatStorage": .float32, "torch.HalfStorage": .float16,
    "torch.BFloat16Storage": .bfloat16, "torch.LongStorage": .int64, "torch.IntStorage": .int32,
    "torch.ShortStorage": .int16, "torch.CharStorage": .int8, "torch.ByteStorage": .uint8, "torch.BoolStorage": .bool,
    "torch.ComplexFloatStorage": .complex64, "torch.ComplexDoubleStorage": .complex128,
    // Bytes whose element type stands with the tensor.
    "torch.storage.UntypedStorage": .uint8,
  ]

  /// The element types by their names in PyTorch.
  static let types: [String: ElementType] = [
    "torch.float64": .float64, "torch.float32": .float32, "torch.float16": .float16, "torch.bfloat16": .bfloat16,
    "torch.int64": .int64, "torch.int32": .int32, "torch.int16": .int16, "torch.int8": .int8, "torch.uint8": .uint8,
    "torch.uint16": .uint16, "torch.uint32": .uint32, "torch.uint64": .uint64, "torch.bool": .bool,
    "torch.complex64": .complex64, "torch.complex128": .complex128, "torch.float8_e4m3fn": .float8e4m3fn,
    "torch.float8_e4m3fnuz": .float8e4m3fnuz, "torch.float8_e5m2": .float8e5m2,
    "torch.float8_e5m2fnuz": .float8e5m2fnuz,
  ]

  static let tensor1 = "torch._utils._rebuild_tensor"
  static let tensor2 = "torch._utils._rebuild_tensor_v2"
  static let tensor3 = "torch._utils._rebuild_tensor_v3"
  static let parameters: Set<String> = [
    "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state",
  ]
  /// Numbers of NumPy, by an array of no dimension and bytes.
  static let scalars: Set<String> = ["numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar"]

  /// What a file may mention.
  static let allowed = PickleNames(
    mentioned: Set(storages.keys).union(types.keys).union(["numpy.ndarray"]),
    called: PickleNames.known.union(parameters).union(scalars)
      .union([tensor1, tensor2, tensor3, "torch.Size", "torch.device"]))
}
