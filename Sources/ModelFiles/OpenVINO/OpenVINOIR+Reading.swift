// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

internal import Tensors

extension OpenVINOIR {
  /// The longest XML that is read, in bytes.
  public static let maximumByteCount = 1 << 29

  /// Reads a network and holds its constants against the file of weights beside it.
  /// - Throws: `GalleyError` if the XML is missing, malformed or no network, or the weights are missing or too short.
  public init(contentsOf path: String) throws(GalleyError) {
    let bytes = try FileContents.read(path, "the model", limit: Self.maximumByteCount)
    try self.init(bytes, path)
    let weights = (path.lowercased().hasSuffix(".xml") ? String(path.dropLast(4)) : path) + ".bin"
    if FileContents.isFile(weights) {
      weightsPath = weights
      weightsByteCount = try FileContents.head(weights, "the model's weights", count: 0).size
    }
    try checkWeights(path, weights)
  }

  /// Reads the bytes of a network's XML.
  /// - Parameter place: the path in messages.
  /// - Throws: `GalleyError` if they are no network: one message with the line.
  public init(_ bytes: [UInt8], _ place: String) throws(GalleyError) {
    let root: XMLNode
    do throws(XMLProblem) {
      root = try XMLReader.root(of: bytes)
    } catch {
      throw Self.refusal("\(place):\(error.line)", error.reason)
    }
    guard root.name == "net" else { throw Self.refusal(place, "its root element is '\(root.name)', not 'net'") }
    version = root.attributes["version"].flatMap { Int($0) } ?? 0
    guard version == 10 || version == 11 else {
      throw Self.refusal(
        place, "it is of version \(root.attributes["version"] ?? "unknown"), and OpenVINO of today reads 10 and 11",
        "Convert the original model again with openvino.convert_model.")
    }
    name = root.attributes["name"] ?? ""
    weightsByteCount = 0
    do throws(LayerProblem) {
      layers = try Self.layers(root)
      edges = try Self.edges(root)
    } catch {
      throw Self.refusal(place, error.reason)
    }
    information = root.child("rt_info").map(Self.information) ?? [:]
    guard layers.contains(where: { $0.type == "Result" }) else { throw Self.refusal(place, "it has no output") }
  }

  private static func refusal(
    _ place: String, _ why: String, _ remedy: String = "Check that the file is complete: copy or convert it again."
  ) -> GalleyError {
    GalleyError(.badData, "can't read the OpenVINO model", at: place, why: why, remedy: remedy)
  }

  private func checkWeights(_ path: String, _ weights: String) throws(GalleyError) {
    for layer in allLayers where layer.type == "Const" {
      guard let offset = layer.attributes["offset"].flatMap({ Int($0) }),
        let size = layer.attributes["size"].flatMap({ Int($0) }), offset >= 0, size >= 0
      else { throw Self.refusal(path, "the constant '\(layer.name)' says not where its bytes lie") }
      if size > 0, weightsPath == nil {
        throw GalleyError(
          .missingInput, "can't read the model's weights", at: weights, why: "there is no such file",
          remedy: "Put the .bin file that belongs to the .xml file beside it.")
      }
      guard offset <= weightsByteCount, size <= weightsByteCount - offset else {
        throw Self.refusal(
          weights,
          "the constant '\(layer.name)' needs bytes \(offset) to \(offset &+ size), and there are "
            + "\(weightsByteCount)", "Take the .bin file that was written with this .xml file.")
      }
      if let expected = Self.byteCount(of: layer), expected != size {
        throw Self.refusal(path, "the constant '\(layer.name)' has \(size) bytes, and its shape needs \(expected)")
      }
    }
  }

  /// The bytes that a constant's type and shape need; `nil` if the type is not known here.
  private static func byteCount(of layer: Layer) -> Int? {
    guard let type = layer.attributes["element_type"].flatMap(elementType), let output = layer.outputs.first else {
      return nil
    }
    return Extents.product([Extents.product(output.shape), type.bitCount]).map { ($0 + 7) / 8 }
  }
}
