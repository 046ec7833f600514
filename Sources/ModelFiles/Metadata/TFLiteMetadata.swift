// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What a TensorFlow Lite file says of its first input and output in its entry `TFLITE_METADATA`.
///
/// Source of the layout: `metadata_schema.fbs` of tflite-support 0.4.4.
struct TFLiteMetadata: Sendable, Hashable {
  var name: String
  var licence: String?
  /// Mean and deviation of each channel, or one of each for all, for values from 0 to 255.
  var mean: [Float] = []
  var deviation: [Float] = []
  /// 1 for red, green, blue; 2 for grey; 0 if it isn't said.
  var colorSpace = 0
  /// Whether the input is said to be an image.
  var isImage = false
  /// The names of the attached files that hold the labels of the first output, one label in a line.
  var labelFiles: [String] = []

  /// The metadata of a model; `nil` if there are none.
  static func read(_ model: TFLiteFile) -> Result<TFLiteMetadata?, FlatBufferError> {
    guard let bytes = model.metadata["TFLITE_METADATA"] else { return .success(nil) }
    do throws(FlatBufferError) {
      return .success(try TFLiteMetadata(FlatBuffer(bytes)))
    } catch {
      return .failure(error)
    }
  }

  private init(_ buffer: FlatBuffer) throws(FlatBufferError) {
    let root = try buffer.root(identifier: "M001")
    name = try root.text(0)
    let licence = try root.text(5)
    self.licence = licence.isEmpty ? nil : licence
    guard let graph = try root.tables(3).first else { return }
    if let input = try graph.tables(2).first { try readInput(input) }
    for output in try graph.tables(3).prefix(1) {
      for file in try output.tables(6) {
        // 2: labels along an axis, 3: labels of values.
        let type = try file.number(2, default: Int8(0))
        if type == 2 || type == 3 { labelFiles.append(try file.text(0)) }
      }
    }
  }

  private mutating func readInput(_ input: FlatTable) throws(FlatBufferError) {
    if let content = try input.table(3), try content.number(0, default: UInt8(0)) == 2 {
      isImage = true
      colorSpace = Int(try content.table(1)?.number(0, default: Int8(0)) ?? 0)
    }
    for unit in try input.tables(4) where try unit.number(0, default: UInt8(0)) == 1 {
      guard let options = try unit.table(1) else { continue }
      mean = try options.floats(0)
      deviation = try options.floats(1)
    }
  }
}
