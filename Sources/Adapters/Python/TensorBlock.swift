// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Foundation
internal import Galley
internal import JSONStream
internal import Tensors

/// Tensors beside a message, as the worker protocol's document describes them.
struct TensorBlock {
  /// One tensor of a block.
  struct Entry: Hashable {
    var name: String
    var elementType: ElementType
    var shape: [Int]
    var offset: Int
  }

  /// What the reader opens.
  var path: String
  /// How much of it is mapped.
  var byteCount: Int
  var entries: [Entry]

  private static let alignment = 64

  // MARK: Writing

  /// Copies a batch into shared memory: one tensor `batch` if all items have one shape, else `0`, `1` ….
  /// - Throws: `GalleyError` if an item is no tensor, or there is no memory.
  static func write(_ batch: AdapterBatch, to memory: SharedMemory) throws(GalleyError) -> TensorBlock {
    var entries: [Entry] = []
    var offset = 0
    if let shape = batch.sharedShape, let type = batch.prepared.first?.form?.type {
      entries = [Entry(name: "batch", elementType: type, shape: [batch.count] + shape, offset: 0)]
      try memory.reserve(batch.prepared.reduce(0) { $0 + $1.byteCount })
      for item in batch.prepared {
        memory.write(item.bytes, at: offset)
        offset += item.byteCount
      }
    } else {
      for (index, item) in batch.prepared.enumerated() {
        guard let (shape, type) = item.form else {
          throw GalleyError(.software, "can't share the batch", why: "item \(index) is no image and no tensor")
        }
        entries.append(Entry(name: "\(index)", elementType: type, shape: shape, offset: offset))
        offset = (offset + item.byteCount + alignment - 1) / alignment * alignment
      }
      try memory.reserve(offset)
      for (item, entry) in zip(batch.prepared, entries) { memory.write(item.bytes, at: entry.offset) }
    }
    return TensorBlock(path: memory.path, byteCount: memory.byteCount, entries: entries)
  }

  /// Writes the block's description.
  func write(to json: inout JSONWriter) {
    json.object { json in
      json.key("memory")
      json.object { json in
        json.key("path")
        json.write(path)
        json.key("byteCount")
        json.write(byteCount)
      }
      json.key("tensors")
      json.array { json in
        for entry in entries { Self.write(entry, to: &json) }
      }
    }
  }

  private static func write(_ entry: Entry, to json: inout JSONWriter) {
    json.object { json in
      json.key("name")
      json.write(entry.name)
      json.key("elementType")
      json.write(entry.elementType.rawValue)
      json.key("shape")
      json.array { json in for extent in entry.shape { json.write(extent) } }
      json.key("offset")
      json.write(entry.offset)
    }
  }

  // MARK: Reading

  /// Reads a description; `nil` if it is none.
  init?(_ value: ConfigurationValue) {
    guard case .map(let memory)? = value["memory"], case .string(let path)? = memory["path"],
      case .int(let byteCount)? = memory["byteCount"], case .list(let tensors)? = value["tensors"]
    else { return nil }
    self.init(path: path, byteCount: byteCount, entries: [])
    for tensor in tensors {
      guard case .string(let name)? = tensor["name"], case .string(let word)? = tensor["elementType"],
        let type = ElementType(rawValue: word), case .list(let extents)? = tensor["shape"],
        case .int(let offset)? = tensor["offset"], offset >= 0
      else { return nil }
      let shape = extents.compactMap { if case .int(let extent) = $0 { extent } else { nil } }
      guard shape.count == extents.count, let count = try? Tensor.byteCount(type, shape), count <= byteCount,
        offset <= byteCount - count
      else { return nil }
      entries.append(Entry(name: name, elementType: type, shape: shape, offset: offset))
    }
  }

  private init(path: String, byteCount: Int, entries: [Entry]) {
    self.path = path
    self.byteCount = byteCount
    self.entries = entries
  }

  /// The first tensor, copied out of the memory that it lies in.
  /// - Throws: `GalleyError` if the memory can't be read, or is shorter than was said.
  func firstTensor() throws -> Tensor {
    guard let entry = entries.first else {
      throw GalleyError(.badData, "can't read the worker's block", at: path, why: "it has no tensor")
    }
    let count = try Tensor.byteCount(entry.elementType, entry.shape)
    guard count > 0 else { return try Tensor(elementType: entry.elementType, shape: entry.shape, bytes: []) }
    guard let file = FileHandle(forReadingAtPath: path) else {
      throw GalleyError(.badData, "can't read the worker's block", at: path, why: "it can't be opened")
    }
    defer { try? file.close() }
    try file.seek(toOffset: UInt64(entry.offset))
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count, let piece = try file.read(upToCount: count - bytes.count), !piece.isEmpty {
      bytes += piece
    }
    guard bytes.count == count else {
      throw GalleyError(
        .badData, "can't read the worker's block", at: path, why: "it ends after \(entry.offset + bytes.count) bytes")
    }
    return try Tensor(elementType: entry.elementType, shape: entry.shape, bytes: bytes)
  }
}

extension ConfigurationValue {
  /// The value of a key; `nil` if there is none, or this is no group of keys.
  subscript(key: String) -> ConfigurationValue? {
    guard case .map(let values) = self else { return nil }
    return values[key]
  }
}
