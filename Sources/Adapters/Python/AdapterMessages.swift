// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import Galley
internal import JSONStream
internal import Platform

/// Parameters of the methods `adapter.…`, as the worker protocol's document describes them.
enum AdapterMessages {
  /// Parameters as an object.
  static func parameters(_ body: (inout JSONWriter) -> Void) -> [UInt8] {
    var json = JSONWriter()
    json.object(body)
    return json.bytes
  }

  static func items(_ items: [AdapterItem], to json: inout JSONWriter) {
    json.key("items")
    json.array { json in
      for item in items { write(item, to: &json) }
    }
  }

  private static func write(_ item: AdapterItem, to json: inout JSONWriter) {
    json.object { json in
      text("id", item.id, to: &json)
      text("name", item.name, to: &json)
      text("path", item.path, to: &json)
      text("file", item.file, to: &json)
      text("mediaType", item.mediaType, to: &json)
      if let size = item.size {
        json.key("width")
        json.write(size.width)
        json.key("height")
        json.write(size.height)
      }
      json.key("metadata")
      json.write(item.metadata.isEmpty ? .map([:]) : .map(item.metadata.values))
    }
  }

  static func model(_ model: AdapterModel, to json: inout JSONWriter) {
    json.key("model")
    json.object { json in
      text("id", model.id, to: &json)
      text("name", model.name, to: &json)
      json.key("version")
      json.write(model.version)
      json.key("labels")
      json.array { json in for label in model.labels { json.write(label) } }
      json.key("configuration")
      json.write(.map(model.configuration))
      text("inputType", model.inputType, to: &json)
      text("outputType", model.outputType, to: &json)
      if let dataset = model.datasetID { text("datasetId", dataset, to: &json) }
    }
  }

  static func text(_ key: String, _ text: String, to json: inout JSONWriter) {
    json.key(key)
    json.write(text)
  }

  static func annotations(
    _ key: String, _ items: [EvaluatedPredictions], _ path: (EvaluatedPredictions) -> [PlatformAnnotation],
    to json: inout JSONWriter
  ) {
    json.key(key)
    json.array { json in
      for item in items {
        let documents = DataloopPredictions.documents(path(item), item: item.item.id, size: item.item.size)
        json.write(.list(documents))
      }
    }
  }
}
