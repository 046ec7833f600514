// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Images
internal import Tensors

/// Makes items into a model's inputs, on any thread.
struct InputLoader: Sendable {
  /// Values of one input.
  let valueCount: Int
  private let items: InferenceItems
  private let fit: ImageFit?
  private let decoding: DecodingOptions
  /// For images that are decoded and fitted already.
  private let fitted: PixelTransform?
  /// For rows of prepared data.
  private let rows: PixelTransform?

  /// - Parameter inputShape: The shape of one input, as the model takes it.
  /// - Throws: `GalleyError` if the preprocessing doesn't give inputs of this shape.
  init(_ items: InferenceItems, _ preprocessing: Preprocessing, inputShape: [Int]) throws(GalleyError) {
    self.items = items
    fit = preprocessing.fit
    valueCount = inputShape.reduce(1, *)
    decoding = DecodingOptions(format: preprocessing.decodedFormat)
    let given: [Int]
    if let data = items.prepared, let shape = data.subsets.first?.value.inputs.shape, shape.count == 4,
      let type = data.subsets.first?.value.inputs.elementType
    {
      rows = try PixelTransform(
        preprocessing, height: shape[1], width: shape[2], channels: shape[3], elementType: type)
      fitted = nil
      given = preprocessing.inputShape(height: shape[1], width: shape[2], channels: shape[3])
    } else if items.prepared != nil {
      throw Self.refusal("the prepared items are no images: their shape isn't [items, height, width, channels]")
    } else {
      let form = try Self.form(preprocessing, inputShape)
      var plain = preprocessing
      plain.fit = nil
      rows = nil
      fitted = try PixelTransform(
        plain, height: form.height, width: form.width, channels: form.channels, elementType: .uint8)
      given = plain.inputShape(height: form.height, width: form.width, channels: form.channels)
    }
    guard given.reduce(1, *) == valueCount, given.count != inputShape.count || given == inputShape else {
      throw Self.refusal("it gives inputs of shape \(given), and the model takes \(inputShape)")
    }
  }

  /// Height, width and channels of an image that is decoded and fitted.
  private static func form(
    _ preprocessing: Preprocessing, _ inputShape: [Int]
  ) throws(GalleyError) -> (height: Int, width: Int, channels: Int) {
    let model: (height: Int, width: Int)? =
      inputShape.count != 3
      ? nil
      : preprocessing.layout == .nchw ? (inputShape[1], inputShape[2]) : (inputShape[0], inputShape[1])
    guard let size = preprocessing.fit.map({ ($0.result.height, $0.result.width) }) ?? model.map({ ($0.0, $0.1) })
    else {
      throw refusal("images need a size to be fitted into, and neither it nor the model's input \(inputShape) has one")
    }
    switch preprocessing.colors {
    case .rgb, .bgr: return (size.0, size.1, 3)
    case .gray: return (size.0, size.1, 1)
    case .stored:
      let pixels = max(1, size.0 * size.1)
      return (size.0, size.1, max(1, inputShape.reduce(1, *) / pixels))
    }
  }

  /// The values of an item's input.
  func load(_ index: Int) throws(ItemFault) -> [Float] {
    var values = [Float](repeating: 0, count: valueCount)
    switch items.items[index].source {
    case .fault(let reason), .unjudged(let reason): throw ItemFault(.load, reason)
    case .row(let subset, let row): try transform(subset, row, into: &values)
    case .file(let path): try transform(try decoded(path), into: &values)
    }
    return values
  }

  private func decoded(_ path: String) throws(ItemFault) -> Image {
    do throws(ImageError) {
      guard let fit else { return try Image(contentsOf: path, options: decoding) }
      return try Image(contentsOf: path, fit: fit, options: decoding)
    } catch {
      throw ItemFault(.load, error.reason)
    }
  }

  private func transform(_ image: Image, into values: inout [Float]) throws(ItemFault) {
    guard let fitted else { throw ItemFault(.preprocess, "there is no way from an image to the model's input") }
    let outcome = values.withUnsafeMutableBufferPointer { values in
      Result { () throws(GalleyError) in try fitted.apply(image, into: values) }
    }
    if case .failure(let error) = outcome { throw ItemFault(.preprocess, error) }
  }

  private func transform(_ subset: Subset, _ row: Int, into values: inout [Float]) throws(ItemFault) {
    guard let rows, let inputs = items.prepared?.subsets[subset]?.inputs else {
      throw ItemFault(.load, "the prepared data has no such subset")
    }
    let length = rows.itemByteCount
    guard (row + 1) * length <= inputs.bytes.count else { throw ItemFault(.load, "its bytes are missing") }
    let outcome = inputs.bytes.withUnsafeBytes { bytes in
      values.withUnsafeMutableBufferPointer { values in
        Result { () throws(GalleyError) in
          try rows.apply(UnsafeRawBufferPointer(rebasing: bytes[row * length..<(row + 1) * length]), into: values)
        }
      }
    }
    if case .failure(let error) = outcome { throw ItemFault(.preprocess, error) }
  }

  private static func refusal(_ why: String) -> GalleyError {
    GalleyError(
      .configuration, "can't use the preprocessing", why: why,
      remedy: "Correct the preprocessing of the model's card.")
  }
}

extension Preprocessing {
  /// The form in which images are decoded.
  var decodedFormat: PixelFormat? {
    switch colors {
    case .stored: nil
    case .rgb, .bgr: .rgb
    case .gray: .gray
    }
  }
}
