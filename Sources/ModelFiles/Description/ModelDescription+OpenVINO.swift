// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Tensors

extension ModelDescription {
  /// Describes an OpenVINO model.
  public init(of model: OpenVINOIR, files: [File]) {
    self.init(format: .openvino, formatVersion: "version \(model.version)", files: files)
    let all = model.allLayers
    let structural: Set = ["Parameter", "Result", "Const"]
    operators = Self.counted(all.filter { !structural.contains($0.type) }.map(\.type))
    parameters = Self.counted(Self.constants(all))
    setWork(model.multiplyAccumulates())
    if model.parameters.contains(where: { $0.outputs.contains { $0.shape.contains(nil) } }) {
      notes.append("Open extents count as 1 in the multiply-accumulates.")
    }
    inputs = model.parameters.compactMap { layer in
      layer.outputs.first.flatMap { specification(layer, $0, count: layer.outputs.count) }
    }
    for (layer, port) in model.results {
      guard let output = specification(layer, port, count: layer.outputs.count) else { continue }
      outputs.append(output)
      outputOperators[output.name] = layer.type
    }
    quantization = Self.quantization(all)
    metadata = model.information
    producer =
      model.information["OpenVINO Runtime"].map { "OpenVINO \($0)" }
      ?? model.information["Runtime_version"].map { "OpenVINO \($0)" } ?? model.information["MO_version"]
    licence = model.information["model_info/license"]
  }

  private mutating func specification(_ layer: OpenVINOIR.Layer, _ port: OpenVINOIR.Port, count: Int) -> ValueSpec? {
    let name = port.names.first ?? (count > 1 ? "\(layer.name):\(port.id)" : layer.name)
    let type = layer.attributes["element_type"] ?? port.precision
    let hasRank = layer.attributes["shape"] != "..."
    if let elementType = OpenVINOIR.elementType(port.precision.isEmpty ? type : port.precision) {
      return ValueSpec(name: name, kind: .tensor(elementType, shape: hasRank ? port.shape : nil))
    }
    if port.precision.lowercased() == "string" {
      return ValueSpec(name: name, kind: .strings(shape: hasRank ? port.shape : nil))
    }
    notes.append("'\(name)' is of the type \(port.precision), which no runtime here takes.")
    return nil
  }

  /// Constants that share their bytes count once.
  private static func constants(_ layers: [OpenVINOIR.Layer]) -> [(type: String, count: Int, byteCount: Int)] {
    var seen: Set<String> = []
    return layers.filter { $0.type == "Const" }.compactMap { layer in
      let size = layer.attributes["size"].flatMap { Int($0) } ?? 0
      let place = "\(layer.attributes["offset"] ?? "") \(size)"
      guard size > 0, seen.insert(place).inserted else { return nil }
      let type = layer.attributes["element_type"] ?? ""
      return (
        OpenVINOIR.elementType(type)?.rawValue ?? type,
        layer.outputs.first.flatMap { Extents.product($0.shape) } ?? 0, size
      )
    }
  }

  private static func quantization(_ layers: [OpenVINOIR.Layer]) -> QuantizationSummary? {
    let whole: Set = ["i8", "u8", "i4", "u4", "u1", "nf4"]
    let weights = Set(
      layers.filter { $0.type == "Const" && ($0.outputs.first?.shape.count ?? 0) > 1 }
        .compactMap { $0.attributes["element_type"] }.filter(whole.contains))
    let observed = layers.filter { $0.type == "FakeQuantize" }
    guard !observed.isEmpty || !weights.isEmpty else { return nil }
    let levels = Set(observed.compactMap { $0.attributes["levels"] }.compactMap { Int($0) })
    let activations = levels.isEmpty ? [] : [levels.max() ?? 0 > 256 ? "int16" : "int8"]
    let ranges = observed.compactMap { $0.inputs.dropFirst().first?.shape }
    return QuantizationSummary(
      weightTypes: weights.map { OpenVINOIR.elementType($0)?.rawValue ?? $0 }.sorted(), activationTypes: activations,
      isPerChannel: observed.isEmpty ? nil : ranges.contains { (Extents.product($0) ?? 1) > 1 },
      scheme: observed.isEmpty ? "weights only" : "\(observed.count) FakeQuantize operations")
  }
}
