// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Images
public import Tensors

/// Items that are predicted together.
public struct AdapterBatch: Sendable {
  /// The items.
  public let items: [AdapterItem]
  /// What `prepareItem` made of them, in the same order.
  public let prepared: [PreparedItem]

  /// Puts items together.
  /// - Precondition: none; what has no partner is left out.
  public init(items: [AdapterItem], prepared: [PreparedItem]) {
    let count = min(items.count, prepared.count)
    self.items = Array(items.prefix(count))
    self.prepared = Array(prepared.prefix(count))
  }

  /// How many items there are.
  public var count: Int { items.count }

  /// The items that are images, as images.
  public var images: [Image] { prepared.compactMap { if case .image(let image) = $0 { image } else { nil } } }

  /// The items that are texts, as texts.
  public var texts: [String] { prepared.compactMap { if case .text(let text) = $0 { text } else { nil } } }

  /// All items in one tensor: of images [n, height, width, 3], `uint8`; of prepared tensors their shape with n before
  /// it. `nil` if they have different sizes or are something else. It is put together anew at each call.
  public var tensor: Tensor? {
    guard let shape = sharedShape else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(prepared.reduce(0) { $0 + $1.byteCount })
    var type = ElementType.uint8
    for item in prepared {
      switch item {
      case .image(let image): bytes.append(contentsOf: image.bytes)
      case .tensor(let tensor):
        type = tensor.elementType
        bytes.append(contentsOf: tensor.bytes)
      default: return nil
      }
    }
    return try? Tensor(elementType: type, shape: [count] + shape, bytes: bytes)
  }

  /// The shape that all items have; `nil` if there is none.
  var sharedShape: [Int]? {
    var shared: (shape: [Int], type: ElementType)?
    for item in prepared {
      guard let (shape, type) = item.form else { return nil }
      if let shared, shared != (shape, type) { return nil }
      shared = (shape, type)
    }
    return shared?.shape
  }

  /// A part of the batch.
  subscript(range: Range<Int>) -> AdapterBatch {
    AdapterBatch(items: Array(items[range]), prepared: Array(prepared[range]))
  }
}

extension PreparedItem {
  /// Shape and type as a tensor.
  var form: (shape: [Int], type: ElementType)? {
    switch self {
    case .image(let image):
      ([image.height, image.width, image.channels], image.depth == .eight ? .uint8 : .uint16)
    case .tensor(let tensor): (tensor.shape, tensor.elementType)
    default: nil
    }
  }

  /// The bytes as a tensor has them.
  var bytes: [UInt8] {
    switch self {
    case .image(let image): image.bytes
    case .tensor(let tensor): tensor.bytes
    case .text, .file: []
    }
  }
}
