// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Dataloop's annotation JSON.
enum DataloopAnnotation {
  static func withoutCoordinates(_ document: JSONObject) -> JSONObject {
    var values = document.values
    values["coordinates"] = nil
    return JSONObject(values)
  }
}
