// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Pickles
internal import Tensors

/// A tensor as a view of a storage: where it begins and how far its elements are apart, in elements.
struct StorageView: Sendable, Hashable {
  var key: String
  /// Elements that the storage is said to have, of `storageType`.
  var storageCount: Int
  var storageType: ElementType
  var elementType: ElementType
  var offset: Int
  var shape: [Int]
  var strides: [Int]
  /// Bytes of the tensor, contiguous.
  var byteCount: Int

  /// The view that a call describes; `nil` if the value is no tensor.
  init?(_ value: PickleValue) throws(CheckpointProblem) {
    guard case .object(let name, let arguments) = value else { return nil }
    if TorchNames.parameters.contains(name), let data = arguments.first {
      guard let view = try StorageView(data) else {
        throw CheckpointProblem("a parameter holds \(data.kind) where a tensor is expected")
      }
      self = view
      return
    }
    guard [TorchNames.tensor1, TorchNames.tensor2, TorchNames.tensor3].contains(name) else { return nil }
    guard arguments.count >= 4, case .persistent(let id) = arguments[0], let offset = arguments[1].int,
      let shape = Self.integers(arguments[2]), let strides = Self.integers(arguments[3])
    else { throw CheckpointProblem("the description of a tensor is damaged") }
    try self.init(id, offset, shape, strides)
    guard name == TorchNames.tensor3 else { return }
    guard arguments.count >= 7, case .name(let type) = arguments[6], let type = TorchNames.types[type] else {
      throw CheckpointProblem("the description of a tensor has no element type that is known")
    }
    elementType = type
    byteCount = try Self.byteCount(type, shape)
  }

  private init(
    _ id: PickleValue, _ offset: Int, _ shape: [Int], _ strides: [Int]
  ) throws(CheckpointProblem) {
    guard let parts = id.elements, parts.count >= 5, parts[0].text == "storage", case .name(let type) = parts[1],
      let key = parts[2].text, let count = parts[4].int, count >= 0
    else { throw CheckpointProblem("the description of a storage is damaged") }
    guard let storageType = TorchNames.storages[type] else {
      throw CheckpointProblem("a storage of type \(type) is not read")
    }
    guard shape.count == strides.count, shape.count <= 64, offset >= 0, (shape + strides).allSatisfy({ $0 >= 0 })
    else { throw CheckpointProblem("a view of shape \(shape) with strides \(strides) can't be") }
    (self.key, storageCount, self.storageType, elementType) = (key, count, storageType, storageType)
    (self.offset, self.shape, self.strides) = (offset, shape, strides)
    byteCount = try Self.byteCount(storageType, shape)
    // Files of before PyTorch 0.4 describe a storage that is part of another by its beginning.
    if parts.count > 5, let view = parts[5].elements {
      guard view.count == 3, let start = view[1].int, start >= 0, start <= Int.max - offset else {
        throw CheckpointProblem("the description of a storage is damaged")
      }
      self.offset += start
    }
  }

  private static func integers(_ value: PickleValue) -> [Int]? {
    var value = value
    if case .object("torch.Size", let arguments) = value, let first = arguments.first { value = first }
    guard let elements = value.elements else { return nil }
    let integers = elements.compactMap(\.int)
    return integers.count == elements.count ? integers : nil
  }

  private static func byteCount(_ type: ElementType, _ shape: [Int]) throws(CheckpointProblem) -> Int {
    do throws(TensorError) {
      return try Tensor.byteCount(type, shape)
    } catch {
      throw CheckpointProblem(error.description)
    }
  }

  /// Elements of the storage that the view reaches, counted from its beginning; `nil` if they are too many to count.
  var reach: Int? {
    guard !shape.contains(0) else { return 0 }
    var last = offset
    for (extent, stride) in zip(shape, strides) {
      let (step, overflow) = (extent - 1).multipliedReportingOverflow(by: stride)
      let (sum, tooLarge) = last.addingReportingOverflow(step)
      guard !overflow, !tooLarge, sum < Int.max / 16 else { return nil }
      last = sum
    }
    return last + 1
  }

  /// Whether the elements lie one after the other in row-major order.
  var isContiguous: Bool {
    var expected = 1
    for (extent, stride) in zip(shape, strides).reversed() where extent != 1 {
      guard stride == expected else { return false }
      expected *= extent
    }
    return true
  }
}
