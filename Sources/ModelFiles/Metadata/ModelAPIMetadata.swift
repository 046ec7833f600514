// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import Tensors

/// What OpenVINO's ModelAPI, and the programs that write for it (OTX, Geti, Ultralytics), leave in a model: texts under
/// `model_info`, lists separated by spaces.
///
/// Source of keys, defaults and meanings: the package openvino-model-api 0.4.7.
struct ModelAPIMetadata {
  private let values: [String: String]
  private let description: ModelDescription

  /// The metadata of a model; `nil` if it has none.
  init?(_ description: ModelDescription) {
    let prefix = description.format == .onnx ? "model_info " : "model_info/"
    let entries = description.metadata.filter { $0.key.hasPrefix(prefix) }
    guard !entries.isEmpty else { return nil }
    values = Dictionary(
      entries.map { (String($0.key.dropFirst(prefix.count)), $0.value) }, uniquingKeysWith: { first, _ in first })
    self.description = description
  }

  /// What it says.
  var claims: ExpectationClaims {
    var claims = ExpectationClaims()
    if let task = value("task_type") ?? value("model_type") {
      let key = value("task_type") == nil ? "model_type" : "task_type"
      claims.task = Claim(Self.task(task), .modelAPI, "ModelAPI's key \(key)")
    }
    readLabels(&claims)
    readNormalization(&claims)
    readColorOrder(&claims)
    readSize(&claims)
    readResizing(&claims)
    readOutput(&claims)
    return claims
  }

  /// A text; ModelAPI writes absent values as nothing or as `None`.
  private func value(_ key: String) -> String? {
    guard let text = values[key], !text.isEmpty, text != "None" else { return nil }
    return text
  }

  private func flag(_ key: String) -> Bool? {
    value(key).map { ["true", "yes", "1"].contains($0.lowercased()) }
  }

  /// A list of numbers; `nil` if it is absent, empty if something in it is no number.
  private func numbers(_ key: String) -> [Float]? {
    guard let words = value(key)?.split(whereSeparator: { $0 == " " || $0 == "," }), !words.isEmpty else { return nil }
    let numbers = words.compactMap { Float($0) }.filter(\.isFinite)
    return numbers.count == words.count ? numbers : []
  }

  /// ModelAPI's names of models that do the same task differ in their outputs only.
  private static func task(_ word: String) -> String {
    switch word.lowercased() {
    case "ssd", "yolo", "yolox", "yolof", "yolov4", "yolov3-onnx", "yolov5", "yolov8", "yolo11": "detection"
    case "maskrcnn", "detrinstseg", "yolo-seg": "instance_segmentation"
    case "anomalydetection": "anomaly"
    default: word.lowercased()
    }
  }

  private func readLabels(_ claims: inout ExpectationClaims) {
    if let path = value("path_to_labels") {
      // It overrides the other keys, and a model doesn't decide which files are opened.
      claims.reasons[.labels] = "ModelAPI's key path_to_labels names the file '\(path)'; give it with --labels"
      return
    }
    let short = value("labels")?.split(separator: " ").map(String.init)
    var labels = short
    var key = "labels"
    if let full = fullLabels, short.map({ $0.count == full.count }) ?? true { (labels, key) = (full, "label_info") }
    guard var labels, !labels.isEmpty else { return }
    if Set(labels).count != labels.count {
      claims.reasons[.labels] = "ModelAPI's key \(key) names a class twice"
      return
    }
    var detail = "ModelAPI's key \(key)"
    if let scores = ModelClaims.classCount(description), scores == labels.count + 1, !labels.contains("other") {
      labels.insert("other", at: 0)
      detail += ", with 'other' before them as ModelAPI adds it"
    }
    if key == "labels", labels.contains(where: { $0.contains("_") }) {
      claims.notes.append("ModelAPI's labels can't hold spaces: its writers put '_' in their place.")
    }
    claims.labels = Claim(labels, .modelAPI, detail)
  }

  /// The names as they are, which Geti and OTX keep in JSON.
  private var fullLabels: [String]? {
    struct LabelInfo: Decodable {
      var names: [String]
      private enum CodingKeys: String, CodingKey { case names = "label_names" }
    }
    guard let text = value("label_info") else { return nil }
    return (try? JSONDecoder().decode(LabelInfo.self, from: Data(text.utf8)))?.names
  }

  /// Whether the graph itself prepares the images; `nil` if the file contradicts itself.
  private var embedsPreprocessing: Bool? {
    guard flag("embedded_processing") ?? false else { return false }
    let words = ["u8": ElementType.uint8, "f32": .float32, "u16": .uint16, "i16": .int16]
    let expected = words[value("input_dtype") ?? "u8"]
    return description.inputs.first?.tensor?.elementType == expected ? true : nil
  }

  private func readNormalization(_ claims: inout ExpectationClaims) {
    switch embedsPreprocessing {
    case nil:
      claims.reasons[.normalization] =
        "ModelAPI's key embedded_processing says that the graph prepares the images, but its input is not of the type "
        + "\(value("input_dtype") ?? "u8") that such a graph takes; give --preprocessing"
      return
    case true?:
      claims.normalization = Claim(
        Normalization.none, .modelAPI, "ModelAPI's key embedded_processing: the graph prepares the images itself")
      return
    case false?: break
    }
    guard value("mean_values") != nil || value("scale_values") != nil || value("model_type") != nil else { return }
    guard let scale = intensityScale else {
      claims.reasons[.normalization] =
        "ModelAPI's key intensity_mode is '\(value("intensity_mode") ?? "")', whose values depend on each image or on what is not stated"
      return
    }
    let (mean, deviation) = (numbers("mean_values") ?? [0], numbers("scale_values") ?? [1])
    guard [1, 3, 4].contains(mean.count), [1, 3, 4].contains(deviation.count), deviation.allSatisfy({ $0 != 0 }) else {
      claims.reasons[.normalization] =
        "ModelAPI's keys mean_values '\(value("mean_values") ?? "")' and scale_values '\(value("scale_values") ?? "")' "
        + "are no numbers for one or each channel"
      return
    }
    let stated = ["mean_values", "scale_values", "intensity_mode"].filter { value($0) != nil }
    claims.normalization = Claim(
      Normalization(scale: scale, mean: mean, deviation: deviation), .modelAPI,
      stated.isEmpty
        ? "ModelAPI's default: mean_values and scale_values are absent"
        : "ModelAPI's keys \(stated.joined(separator: ", "))")
  }

  /// The factor that ModelAPI applies before mean and scale; `nil` if it depends on the image.
  private var intensityScale: Float? {
    switch value("intensity_mode") ?? "none" {
    case "none": return 1
    case "scale_to_unit":
      let types: [String: Float] = ["u8": 255, "u16": 65_535, "i16": 32_767, "f32": 1]
      let maximum = value("intensity_max_value").flatMap(Float.init) ?? types[value("input_dtype") ?? "u8"]
      return maximum.flatMap { $0 > 0 && (1 / $0).isFinite && 1 / $0 > 0 ? 1 / $0 : nil }
    default: return nil
    }
  }

  /// ModelAPI takes images in the order blue, green, red; Geti's programs give it red, green, blue.
  private func readColorOrder(_ claims: inout ExpectationClaims) {
    guard let isReversed = flag("reverse_input_channels"), let embeds = embedsPreprocessing else { return }
    if let writer = ["getitune_version", "otx_version"].first(where: { value($0) != nil }) {
      claims.reasons[.colorOrder] =
        "ModelAPI's key reverse_input_channels depends on the order in which images are given, and the writer "
        + "(\(writer)) gives them in another than ModelAPI; images are given as they are read, red first"
    } else if embeds {
      claims.colorOrder = Claim(
        .bgr, .modelAPI, "ModelAPI's convention: a graph that prepares the images itself takes them as bgr")
    } else {
      claims.colorOrder = Claim(
        isReversed ? .rgb : .bgr, .modelAPI,
        "ModelAPI's key reverse_input_channels, for images that ModelAPI takes in the order bgr")
    }
  }

  private func readSize(_ claims: inout ExpectationClaims) {
    guard embedsPreprocessing == true, let height = value("orig_height").flatMap({ Int($0) }),
      let width = value("orig_width").flatMap({ Int($0) }), height > 0, width > 0
    else { return }
    claims.size = Claim(
      ImageSize(height: height, width: width), .modelAPI,
      "ModelAPI's keys orig_height and orig_width: the graph resizes images itself")
  }

  private func readResizing(_ claims: inout ExpectationClaims) {
    guard let type = value("resize_type") else { return }
    let rules: [String: Resizing.Rule] = [
      "standard": .stretch, "crop": .cover, "fit_to_window": .containAtTopLeft, "fit_to_window_letterbox": .contain,
    ]
    guard let rule = rules[type] else {
      claims.reasons[.resizing] = "ModelAPI's key resize_type is '\(type)', which is not known"
      return
    }
    let kernels: [String: Resizing.Kernel] = ["LINEAR": .bilinear, "CUBIC": .bicubic, "NEAREST": .nearest]
    let fills = rule == .contain || rule == .containAtTopLeft
    let padding = fills ? value("pad_value").flatMap { UInt8($0) }.map { [$0] } : nil
    claims.resizing = Claim(
      Resizing(
        rule: rule, kernel: value("interpolation_mode").flatMap { kernels[$0] }, antialias: false, padding: padding),
      .modelAPI, "ModelAPI's key resize_type")
  }

  /// ModelAPI looks at each answer whether it adds up to 1; only Geti's and OTX's exporters always give logits.
  private func readOutput(_ claims: inout ExpectationClaims) {
    guard value("model_type")?.lowercased() == "classification" else { return }
    if flag("hierarchical") ?? false {
      claims.reasons[.output] = "ModelAPI's key hierarchical says that the scores are those of several groups"
    } else if flag("multilabel") ?? false {
      claims.reasons[.output] = "ModelAPI's key multilabel says that an image may have several classes"
    } else if let writer = ["getitune_version", "otx_version"].first(where: { value($0) != nil }) {
      claims.output = Claim(.logits, .modelAPI, "what the writer (\(writer)) exports for ModelAPI")
    }
  }
}
