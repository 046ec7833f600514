// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import JSONStream
internal import Tensors
internal import WorkerProtocol

extension TensorBlock {
  /// Copies a batch into shared memory: one tensor `batch` if all items have one shape, else `0`, `1` ….
  /// - Throws: `GalleyError` if an item is no tensor, or there is no memory.
  static func write(_ batch: AdapterBatch, to memory: SharedMemory) throws(GalleyError) -> TensorBlock {
    var tensors: [Place] = []
    var offset = 0
    if let shape = batch.sharedShape, let type = batch.prepared.first?.form?.type {
      tensors = [Place(name: "batch", elementType: type, shape: [batch.count] + shape, offset: 0)]
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
        tensors.append(Place(name: "\(index)", elementType: type, shape: shape, offset: offset))
        offset = aligned(offset + item.byteCount)
      }
      try memory.reserve(offset)
      for (item, place) in zip(batch.prepared, tensors) { memory.write(item.bytes, at: place.offset) }
    }
    return TensorBlock(memory: Memory(path: memory.path, byteCount: memory.byteCount), tensors: tensors)
  }

  /// Writes the block's description.
  func write(to json: inout JSONWriter) {
    json.object { json in
      json.key("memory")
      json.object { json in
        json.key("path")
        json.write(memory.path)
        json.key("byteCount")
        json.write(memory.byteCount)
      }
      json.key("tensors")
      json.array { json in
        for place in tensors { Self.write(place, to: &json) }
      }
    }
  }

  private static func write(_ place: Place, to json: inout JSONWriter) {
    json.object { json in
      json.key("name")
      json.write(place.name)
      json.key("elementType")
      json.write(place.elementType.rawValue)
      json.key("shape")
      json.array { json in for extent in place.shape { json.write(extent) } }
      json.key("offset")
      json.write(place.offset)
    }
  }

  /// Reads a description; `nil` if it is none.
  init?(_ value: ConfigurationValue) {
    guard case .map(let memory)? = value["memory"], case .string(let path)? = memory["path"],
      case .int(let byteCount)? = memory["byteCount"], case .list(let tensors)? = value["tensors"]
    else { return nil }
    let places = tensors.compactMap { Place($0) }
    guard places.count == tensors.count else { return nil }
    self.init(memory: Memory(path: path, byteCount: byteCount), tensors: places)
  }
}

extension TensorBlock.Place {
  fileprivate init?(_ value: ConfigurationValue) {
    guard case .string(let name)? = value["name"], case .string(let word)? = value["elementType"],
      let type = ElementType(rawValue: word), case .list(let extents)? = value["shape"],
      case .int(let offset)? = value["offset"]
    else { return nil }
    let shape = extents.compactMap { if case .int(let extent) = $0 { extent } else { nil } }
    guard shape.count == extents.count else { return nil }
    self.init(name: name, elementType: type, shape: shape, offset: offset)
  }
}
