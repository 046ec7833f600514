// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension Model {
  /// Puts data that lie in files beside the model into the model.
  mutating func loadExternalData(besideModelAt path: String) throws(ONNXError) {
    guard proto.graph.hasExternalData || proto.functions.contains(where: { $0.node.hasExternalData }) else { return }
    var reader = try ExternalDataReader(besideModelAt: path)
    try proto.graph.load(&reader)
    for index in proto.functions.indices { try proto.functions[index].node.load(&reader) }
  }
}

extension Onnx_GraphProto {
  fileprivate var hasExternalData: Bool {
    initializer.contains { $0.dataLocation == .external }
      || sparseInitializer.contains { $0.values.dataLocation == .external || $0.indices.dataLocation == .external }
      || node.hasExternalData
  }

  fileprivate mutating func load(_ reader: inout ExternalDataReader) throws(ONNXError) {
    for index in initializer.indices { try reader.load(&initializer[index]) }
    for index in sparseInitializer.indices {
      try reader.load(&sparseInitializer[index].values)
      try reader.load(&sparseInitializer[index].indices)
    }
    try node.load(&reader)
  }
}

extension [Onnx_NodeProto] {
  fileprivate var hasExternalData: Bool {
    contains { node in
      node.attribute.contains { attribute in
        (attribute.hasT && attribute.t.dataLocation == .external)
          || attribute.tensors.contains { $0.dataLocation == .external }
          || (attribute.hasG && attribute.g.hasExternalData) || attribute.graphs.contains { $0.hasExternalData }
      }
    }
  }

  fileprivate mutating func load(_ reader: inout ExternalDataReader) throws(ONNXError) {
    guard hasExternalData else { return }
    for node in indices {
      for place in self[node].attribute.indices {
        if self[node].attribute[place].hasT { try reader.load(&self[node].attribute[place].t) }
        if self[node].attribute[place].hasG { try self[node].attribute[place].g.load(&reader) }
        for index in self[node].attribute[place].tensors.indices {
          try reader.load(&self[node].attribute[place].tensors[index])
        }
        for index in self[node].attribute[place].graphs.indices {
          try self[node].attribute[place].graphs[index].load(&reader)
        }
      }
    }
  }
}
