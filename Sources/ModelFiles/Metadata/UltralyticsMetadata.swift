// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley

/// What Ultralytics' exporter leaves in a model: in ONNX files texts in Python's spelling, in TensorFlow Lite files a
/// JSON file that is attached.
///
/// Source of keys and conventions: the package ultralytics 8.4.190.
struct UltralyticsMetadata {
  private let values: [String: ConfigurationValue]

  /// The metadata of a model; `nil` if it has none.
  init?(_ description: ModelDescription) {
    switch description.format {
    case .onnx:
      values = description.metadata.mapValues { PythonLiteral.value($0) ?? .string($0) }
    case .tflite:
      guard let text = description.metadata["attached/metadata.json"],
        let json = try? JSONDecoder().decode([String: ConfigurationValue].self, from: Data(text.utf8))
      else { return nil }
      values = json
    case .checkpoint: return nil
    case .openvino:
      // Its OpenVINO exports carry ModelAPI's keys.
      return nil
    }
    guard values["names"] != nil, values["stride"] != nil, values["task"] != nil else { return nil }
  }

  /// What it says.
  var claims: ExpectationClaims {
    var claims = ExpectationClaims()
    let task: String? = if case .string(let task)? = values["task"] { task } else { nil }
    if let task { claims.task = Claim(Self.tasks[task] ?? task, .ultralytics, "Ultralytics' key task") }
    readLabels(&claims)
    readSize(&claims)
    if case .int(let stride)? = values["stride"], task != "classify" {
      claims.notes.append("Ultralytics' key stride: height and width of the input are multiples of \(stride).")
    }
    addConventions(task, &claims)
    return claims
  }

  private static let tasks = [
    "classify": "classification", "detect": "detection", "segment": "instance_segmentation",
    "pose": "keypoint_detection", "obb": "rotated_detection",
  ]

  private func readLabels(_ claims: inout ExpectationClaims) {
    guard let names = values["names"] else { return }
    do throws(GalleyError) {
      claims.labels = Claim(try LabelFile.labels(of: names, "names"), .ultralytics, "Ultralytics' key names")
    } catch {
      claims.reasons[.labels] = "Ultralytics' key names can't be used: \(error.why)"
    }
  }

  private func readSize(_ claims: inout ExpectationClaims) {
    switch values["imgsz"] {
    case .list(let list)?:
      guard list.count == 2, case .int(let height) = list[0], case .int(let width) = list[1], height > 0, width > 0
      else { fallthrough }
      claims.size = Claim(ImageSize(height: height, width: width), .ultralytics, "Ultralytics' key imgsz")
    case .string?, .map?: claims.reasons[.size] = "Ultralytics' key imgsz is no list of height and width"
    case .int(let side)? where side > 0:
      claims.size = Claim(ImageSize(height: side, width: side), .ultralytics, "Ultralytics' key imgsz")
    default: break
    }
  }

  /// The exporter writes these into OpenVINO files (scale_values 255, reverse_input_channels, pad_value 114), and takes
  /// them for granted in others.
  private func addConventions(_ task: String?, _ claims: inout ExpectationClaims) {
    let origin = Origin(.ultralytics, "the convention of Ultralytics' exporter; this file doesn't state it")
    claims.normalization = Claim(.unit, origin)
    if values["channels"] == nil || values["channels"] == .int(3) { claims.colorOrder = Claim(.rgb, origin) }
    if task == "classify" {
      claims.output = Claim(.probabilities, origin)
      claims.resizing = Claim(Resizing(rule: .cover), origin)
    } else if task != nil {
      claims.output = Claim(OutputMeaning.none, origin)
      claims.resizing = Claim(Resizing(rule: .contain, kernel: .bilinear, antialias: false, padding: [114]), origin)
    }
  }
}
