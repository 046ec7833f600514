// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// One array in NumPy's format NPY (versions 1 to 3): a magic text, a header that is a Python dictionary, the elements.
///
/// Source: NumPy's documentation, "numpy.lib.format". Arrays of objects, which are pickles, are refused.
public struct NPY: Sendable, Hashable {
  /// What an array holds.
  public enum Content: Sendable, Hashable {
    /// Numbers, in C order and little-endian, whatever the file had.
    case tensor(Tensor)
    /// Text (`<U…`, `|S…`) and its shape.
    case text([String], shape: [Int])
  }

  /// The array.
  public let content: Content

  /// Reads a file's bytes.
  /// - Throws: `TensorError` with the first thing that is wrong.
  public init(_ bytes: [UInt8]) throws(TensorError) {
    let (header, start) = try NPYHeader.read(bytes)
    let count = try Tensor.byteCount(.uint8, header.shape)
    let body = bytes[start...]
    if header.kind == "U" || header.kind == "S" {
      content = .text(try Self.texts(header, body, count), shape: header.shape)
      return
    }
    guard let type = header.elementType else {
      throw TensorError(.malformedFile, "the type '\(header.type)' is not read")
    }
    guard body.count == count * type.byteCount else {
      throw TensorError(
        .sizeMismatch,
        "the array of shape \(header.shape) needs \(count * type.byteCount) bytes, but there are \(body.count)")
    }
    var elements = Array(body)
    if header.isBigEndian { Self.swap(&elements, width: header.swapWidth) }
    if header.isFortran { elements = Self.rowMajor(elements, header.shape, type.byteCount) }
    content = .tensor(try Tensor(elementType: type, shape: header.shape, bytes: elements))
  }

  /// The numbers; `nil` if the array holds text.
  public var tensor: Tensor? { if case .tensor(let tensor) = content { tensor } else { nil } }

  /// The texts; `nil` if the array holds numbers.
  public var texts: [String]? { if case .text(let texts, _) = content { texts } else { nil } }

  private static func texts(
    _ header: NPYHeader, _ body: ArraySlice<UInt8>, _ count: Int
  ) throws(TensorError) -> [String] {
    let unit = header.kind == "U" ? 4 : 1
    let (width, overflow) = header.length.multipliedReportingOverflow(by: unit)
    guard !overflow, width > 0 || body.isEmpty, width == 0 || body.count / width == count && body.count % width == 0
    else {
      throw TensorError(.sizeMismatch, "the text of shape \(header.shape) doesn't fit \(body.count) bytes")
    }
    guard width > 0 else { return [String](repeating: "", count: min(count, 1 << 24)) }
    return stride(from: body.startIndex, to: body.endIndex, by: width).map { start in
      let field = body[start..<start + width]
      if unit == 1 { return String(decoding: field.prefix { $0 != 0 }, as: UTF8.self) }
      var text = String.UnicodeScalarView()
      for place in stride(from: field.startIndex, to: field.endIndex, by: 4) {
        let digits = header.isBigEndian ? Array(field[place..<place + 4]) : field[place..<place + 4].reversed()
        let number = digits.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        if number == 0 { break }
        text.append(Unicode.Scalar(number) ?? "\u{FFFD}")
      }
      return String(text)
    }
  }

  private static func swap(_ bytes: inout [UInt8], width: Int) {
    for start in stride(from: 0, to: bytes.count, by: width) { bytes[start..<start + width].reverse() }
  }

  /// Elements in Fortran's order, the first index running fastest, brought into C's.
  private static func rowMajor(_ bytes: [UInt8], _ shape: [Int], _ width: Int) -> [UInt8] {
    guard shape.count > 1, !bytes.isEmpty else { return bytes }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var strides: [Int] = []
    var step = 1
    for dimension in shape {
      strides.append(step)
      step *= dimension
    }
    var index = [Int](repeating: 0, count: shape.count)
    for _ in 0..<bytes.count / width {
      let place = zip(index, strides).reduce(0) { $0 + $1.0 * $1.1 } * width
      result += bytes[place..<place + width]
      for axis in shape.indices.reversed() {
        index[axis] += 1
        if index[axis] < shape[axis] { break }
        index[axis] = 0
      }
    }
    return result
  }
}

extension NPY {
  /// A tensor as a file of version 1. Equal tensors give equal bytes, the same as NumPy's `save`.
  /// - Throws: `TensorError` if NumPy has no such type.
  public static func serialized(_ tensor: Tensor) throws(TensorError) -> [UInt8] {
    guard let type = NPYHeader.names.first(where: { $0.value == tensor.elementType })?.key else {
      throw TensorError(.typeMismatch, "NumPy has no type \(tensor.elementType)")
    }
    let order = tensor.elementType.byteCount == 1 ? "|" : "<"
    return NPYHeader.bytes(type: order + type, shape: tensor.shape) + tensor.bytes
  }

  /// Texts as a file of version 1 with the type `<U…`.
  public static func serialized(_ texts: [String]) -> [UInt8] {
    let width = max(1, texts.map(\.unicodeScalars.count).max() ?? 1)
    var bytes = NPYHeader.bytes(type: "<U\(width)", shape: [texts.count])
    for text in texts {
      var numbers = text.unicodeScalars.map(\.value)
      numbers += [UInt32](repeating: 0, count: width - numbers.count)
      for number in numbers { withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) } }
    }
    return bytes
  }
}
