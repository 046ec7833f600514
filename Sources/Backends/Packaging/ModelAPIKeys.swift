// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Glibc
internal import Images
internal import JSONStream
internal import Tensors

/// The metadata by which OpenVINO's ModelAPI (the package `openvino-model-api`, 0.4.7) runs a classifier: texts under
/// `model_info <key>` in an ONNX file.
struct ModelAPIKeys {
  /// The entries of the file's metadata.
  private(set) var entries: [String: String] = [:]
  /// The labels as ModelAPI has them.
  let labels: [String]
  /// Where ModelAPI does something else than Galley, in sentences.
  private(set) var notes: [String] = []

  /// - Parameters:
  ///   - card: The exported model's card.
  ///   - name: The network's name.
  init(_ card: ModelCard, name: String) {
    labels = Self.withoutBlanks(card.labels)
    let isMultiLabel = card.task == .multiLabelClassification
    var keys = [
      "model_type": "Classification", "task_type": "classification", "model_name": name,
      "multilabel": isMultiLabel ? "True" : "False", "output_raw_scores": "True",
      "confidence_threshold": "0.5", "labels": labels.joined(separator: " "),
      "label_ids": card.labels.indices.map(String.init).joined(separator: " "), "label_info": Self.info(card.labels),
    ]
    keys["reverse_input_channels"] = card.preprocessing.colors == .bgr ? "False" : "True"
    keys.merge(Self.normalization(card)) { _, new in new }
    keys.merge(resizing(card)) { _, new in new }
    for (key, value) in keys { entries["model_info \(key)"] = value }
    judge(card)
  }

  /// Labels without blanks, which ModelAPI divides its list at; they stay apart.
  static func withoutBlanks(_ labels: [String]) -> [String] {
    var taken: Set<String> = []
    return labels.map { label in
      let plain = String(label.map { $0.isWhitespace ? "_" : $0 })
      var (name, number) = (plain.isEmpty ? "_" : plain, 1)
      while !taken.insert(name).inserted {
        number += 1
        name = "\(plain)_\(number)"
      }
      return name
    }
  }

  /// The labels as they are, in the form of Geti's programs.
  private static func info(_ labels: [String]) -> String {
    var writer = JSONWriter()
    func list(_ writer: inout JSONWriter, _ values: [String]) {
      writer.array { writer in for value in values { writer.write(value) } }
    }
    writer.object { writer in
      writer.key("label_names")
      list(&writer, labels)
      writer.key("label_ids")
      list(&writer, labels.indices.map(String.init))
      writer.key("label_groups")
      writer.array { writer in list(&writer, labels) }
    }
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// ModelAPI computes `(x - mean) / scale` on pixels of 0 to 255; a graph that takes pixels needs none of it.
  private static func normalization(_ card: ModelCard) -> [String: String] {
    let preprocessing = card.preprocessing
    guard card.input.elementType == .float32 else { return [:] }
    let scale = Double(preprocessing.scale)
    func text(_ values: [Float]) -> String {
      let spread = values.count == 1 ? [Float](repeating: values[0], count: 3) : values
      return spread.map { plain(Double($0) / scale) }.joined(separator: " ")
    }
    return ["mean_values": text(preprocessing.mean), "scale_values": text(preprocessing.deviation)]
  }

  /// A number without the last digits that a scale of 1/255 in single precision leaves.
  private static func plain(_ number: Double) -> String {
    guard number != 0, number.isFinite else { return "0.0" }
    let unit = pow(10, (log10(abs(number))).rounded(.down) - 5)
    let short = Float((number / unit).rounded() * unit)
    return "\(abs(Double(short) - number) <= 2e-7 * abs(number) ? short : Float(number))"
  }

  private mutating func resizing(_ card: ModelCard) -> [String: String] {
    guard let fit = card.preprocessing.fit else {
      notes.append("ModelAPI resizes images of another size than the model's input; Galley refuses them.")
      return ["resize_type": "standard", "interpolation_mode": "LINEAR"]
    }
    let types: [ImageFit.Rule: String] = [.stretch: "standard", .cover: "crop", .contain: "fit_to_window_letterbox"]
    let modes: [ResizeKernel: String] = [.nearest: "NEAREST", .bilinear: "LINEAR", .bicubic: "CUBIC"]
    var keys = ["resize_type": types[fit.rule] ?? "standard", "interpolation_mode": modes[fit.kernel] ?? "LINEAR"]
    if fit.rule == .contain {
      keys["pad_value"] = "\(fit.padding.first ?? 114)"
      if Set(fit.padding).count > 1 { notes.append("ModelAPI fills around images with one value, not \(fit.padding).") }
    }
    if fit.antialias, fit.kernel != .nearest {
      notes.append(
        "ModelAPI resizes without antialiasing, and this model was trained with it: images that shrink give other "
          + "inputs. Images of the input's size give the same.")
    }
    if fit.kernel == .bicubic { notes.append("ModelAPI's bicubic kernel has another coefficient (-0.75, not -0.5).") }
    if modes[fit.kernel] == nil { notes.append("ModelAPI has no \(fit.kernel.rawValue) kernel; it takes bilinear.") }
    if fit.crop != nil {
      notes.append(
        "ModelAPI can't cut the middle out of a resized image; it resizes to \(fit.result), and images look smaller.")
    }
    return keys
  }

  private mutating func judge(_ card: ModelCard) {
    if [.gray, .stored].contains(card.preprocessing.colors), card.channelCount != 3 {
      notes.append("ModelAPI gives a model three channels, and this one takes \(card.channelCount): it can't run it.")
    } else if card.preprocessing.colors == .stored {
      notes.append("ModelAPI takes images as bgr and gives the model rgb.")
    }
    if card.scores == .probabilities, card.task == .multiLabelClassification {
      notes.append("ModelAPI applies a sigmoid to the scores, which are probabilities already.")
    }
  }
}

extension ModelCard {
  /// Channels of an input.
  fileprivate var channelCount: Int {
    let place = preprocessing.layout == .nchw ? 1 : input.shape.count - 1
    return input.shape.indices.contains(place) ? input.shape[place] ?? 0 : 0
  }
}
