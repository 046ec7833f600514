// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
public import Galley
internal import ONNX

extension ModelDescription {
  /// Describes the model at a path; its format is found from its content.
  /// - Throws: `GalleyError` if it is missing or no model that Galley can read: what it looks like and what to do.
  public init(of path: String) throws(GalleyError) {
    let format = try ModelFormat(ofFileAt: path)
    let digest = FileDigest(path)
    switch format {
    case .onnx:
      let model = try Self.network(path)
      let weights = ExternalWeights(model, besideModelAt: path)
      let files = try weights.paths.map { path throws(GalleyError) in try FileDigest(path).file() }
      self.init(of: model, files: [try digest.file()] + files)
      notes += weights.notes
    case .openvino:
      let model = try OpenVINOIR(contentsOf: path)
      let weights = try model.weightsPath.map { path throws(GalleyError) in try FileDigest(path).file() }
      self.init(of: model, files: [try digest.file()] + [weights].compactMap { $0 })
    case .tflite:
      let model = try TFLiteFile(contentsOf: path)
      self.init(of: model, files: [try digest.file()])
    case .checkpoint: try self.init(ofCheckpointAt: path, files: [try digest.file()])
    }
  }

  private static func network(_ path: String) throws(GalleyError) -> Model {
    do throws(ONNXError) {
      return try Model(contentsOf: URL(filePath: path))
    } catch {
      throw GalleyError(
        .badData, "can't read the ONNX model", at: path, why: error.reason,
        remedy: error.remedy.prefix(1).uppercased() + error.remedy.dropFirst() + ".")
    }
  }

  /// The types of operators with their counts, the most frequent first.
  static func counted(_ types: [String]) -> [OperatorCount] {
    Dictionary(types.map { ($0, 1) }, uniquingKeysWith: +)
      .map { OperatorCount(type: $0.key, count: $0.value) }
      .sorted { ($1.count, $0.type) < ($0.count, $1.type) }
  }

  /// The constants by element type, the largest first.
  static func counted(_ constants: [(type: String, count: Int, byteCount: Int)]) -> [ParameterCount] {
    Dictionary(grouping: constants, by: \.type)
      .map { type, constants in
        ParameterCount(
          elementType: type, count: constants.reduce(0) { $0 &+ $1.count },
          byteCount: constants.reduce(0) { $0 &+ $1.byteCount })
      }
      .sorted { ($1.byteCount, $0.elementType) < ($0.byteCount, $1.elementType) }
  }

  /// Says which operators multiply without being counted.
  mutating func setWork(_ work: (count: Int, uncounted: Set<String>)) {
    multiplyAccumulates = work.count
    guard !work.uncounted.isEmpty else { return }
    notes.append(
      "The multiply-accumulates of \(work.uncounted.sorted().joined(separator: ", ")) are not counted.")
  }
}
