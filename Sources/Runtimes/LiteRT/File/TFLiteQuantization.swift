// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// How a .tflite file says for what the numbers of a tensor stand (QuantizationParameters of the schema).
enum TFLiteQuantization {
  /// The scale and zero point of the whole tensor; nil if there are none, or one for each channel or block.
  /// - Parameter tensors: how many tensors the graph has.
  /// - Throws: `FlatbufferFault` for what LiteRT would follow into nowhere.
  static func read(
    _ table: FlatbufferTable?, of label: String, _ tensors: Int
  ) throws(FlatbufferFault) -> Quantization? {
    guard let table else { return nil }
    if try table.number(4, default: UInt8(0)) == blockwise {
      try checkBlocks(try table.table(5), label, tensors)
      return nil
    }
    let scales = try table.numbers(2, as: UInt32.self) ?? []
    let zeroPoints = try table.numbers(3, as: Int64.self) ?? []
    // LiteRT reads both as soon as one is there.
    guard scales.isEmpty == zeroPoints.isEmpty, scales.count <= 1 || scales.count == zeroPoints.count else {
      throw FlatbufferFault("\(label) has \(scales.count) scales and \(zeroPoints.count) zero points")
    }
    // The kernels' arithmetic ends the process if a scale is not a number.
    guard scales.map(Float.init(bitPattern:)).allSatisfy({ $0.isFinite && $0 >= 0 }) else {
      throw FlatbufferFault("\(label) has a scale that is negative or no number")
    }
    guard scales.count == 1, let scale = scales.first.map(Float.init(bitPattern:)), scale > 0,
      let zeroPoint = zeroPoints.first.flatMap({ Int32(exactly: $0) })
    else { return nil }
    return Quantization(scale: scale, zeroPoint: Int(zeroPoint))
  }

  /// QuantizationDetails.BlockwiseQuantization.
  private static let blockwise: UInt8 = 2

  private static func checkBlocks(
    _ details: FlatbufferTable?, _ label: String, _ tensors: Int
  ) throws(FlatbufferFault) {
    guard let details else { throw FlatbufferFault("\(label) is quantized in blocks of which nothing is said") }
    let (scales, zeroPoints) = (
      Int(try details.number(0, default: Int32(0))), Int(try details.number(1, default: Int32(0)))
    )
    guard (0..<tensors).contains(scales), zeroPoints == -1 || (0..<tensors).contains(zeroPoints) else {
      throw FlatbufferFault("\(label) is quantized by tensors \(scales) and \(zeroPoints), and there are \(tensors)")
    }
  }
}
