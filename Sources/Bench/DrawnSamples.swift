// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Galley
internal import Glibc
internal import Statistics
internal import Tensors

/// Inputs drawn by seed from a model's own shapes, for a model without data: speed needs no more.
package struct DrawnSamples {
  /// The samples.
  package let file: SampleFile
  /// What was chosen for dimensions that the model leaves open, and what was drawn; one sentence each.
  package let notes: [String]

  /// The extent of an open dimension of an image's height and width; that of ImageNet's crops.
  private static let side = 224
  /// The extent of any other open dimension.
  private static let length = 16

  /// Draws for `model`.
  /// - Throws: `GalleyError` if an input is no tensor of numbers, or a dimension that was given doesn't exist.
  package init(for model: BenchModel, dimensions: [String: Int], count: Int, seed: UInt64) throws(GalleyError) {
    var generator = SeededGenerator(seed: seed)
    var unused = Set(dimensions.keys)
    var notes: [String] = []
    var inputs: [SampleFile.Input] = []
    for (index, input) in model.inputs.enumerated() {
      guard let spec = input.tensor else {
        throw GalleyError(
          .badData, "can't draw inputs", at: model.file.path, why: "input '\(input.name)' is \(input.kind.summary)",
          remedy: "Give samples with --data.")
      }
      let names = model.dimensionNames.indices.contains(index) ? model.dimensionNames[index] : []
      var shape: [Int] = []
      for (position, extent) in spec.shape.enumerated() {
        let name = names.indices.contains(position) ? names[position] : ""
        let keys = ["\(input.name):\(position)", name].filter { !$0.isEmpty }
        let given = keys.first { dimensions[$0] != nil }
        if let given { unused.remove(given) }
        if let extent {
          shape.append(extent)
        } else if let given, let extent = dimensions[given] {
          shape.append(extent)
        } else {
          let chosen = Self.extent(at: position, of: spec.shape)
          shape.append(chosen)
          let called = name.isEmpty ? "" : " ('\(name)')"
          notes.append(
            "Dimension \(position)\(called) of input '\(input.name)' is open; \(chosen) was chosen "
              + "(--dimension \(keys.last ?? "")=N chooses another).")
        }
      }
      inputs.append(
        SampleFile.Input(name: input.name, values: try Self.draw(spec.elementType, [count] + shape, &generator)))
    }
    if let unknown = unused.min() {
      throw GalleyError(
        .usage, "can't set the dimension '\(unknown)'", at: model.file.path, why: "the model has none of that name",
        remedy: "Name one that 'galley inspect' shows, or write INPUT:POSITION.")
    }
    let words = Set(inputs.map { Self.words($0.values.elementType) }).sorted().joined(separator: ", ")
    notes.append("Inputs were drawn: \(words).")
    self.notes = notes
    file = try SampleFile(inputs)
  }

  private static func extent(at position: Int, of shape: [Int?]) -> Int {
    guard position > 0 else { return 1 }
    // [N, C, H, W] or [N, H, W, C] with few channels.
    guard shape.count == 4 else { return length }
    let channels = [1, 3].first { index in shape[index].map { $0 <= 4 } ?? false }
    switch channels {
    case 1 where position >= 2, 3 where position <= 2: return side
    case nil where position >= 2: return side
    default: return channels == nil ? 3 : length
    }
  }

  private static func words(_ type: ElementType) -> String {
    switch type {
    case .float16, .bfloat16, .float32, .float64: "floating-point numbers from the normal distribution"
    case .bool: "truth values"
    case .uint8, .int8: "8-bit integers over their whole range"
    default: "integers 0 and 1"
    }
  }

  private static func draw(
    _ type: ElementType, _ shape: [Int], _ generator: inout SeededGenerator
  ) throws(GalleyError) -> Tensor {
    do throws(TensorError) {
      let byteCount = try Tensor.byteCount(type, shape)
      guard byteCount <= 1 << 31 else {
        throw TensorError(.invalidShape, "\(byteCount) bytes of drawn inputs are too many")
      }
      let count = shape.reduce(1, *)
      switch type {
      case .float32: return try Tensor(normals(count, &generator).map(Float.init), shape: shape)
      case .float64: return try Tensor(normals(count, &generator), shape: shape)
      case .float16:
        return try Tensor(
          elementType: type, shape: shape, bytes: bytes(normals(count, &generator).map { Float16($0).bitPattern }))
      case .bfloat16:
        let upper = normals(count, &generator).map { UInt16(truncatingIfNeeded: Float($0).bitPattern >> 16) }
        return try Tensor(elementType: type, shape: shape, bytes: bytes(upper))
      case .uint8, .int8:
        return try Tensor(
          elementType: type, shape: shape,
          bytes: (0..<byteCount).map { _ in UInt8.random(in: 0...255, using: &generator) })
      case .bool:
        return try Tensor(
          elementType: type, shape: shape, bytes: (0..<count).map { _ in UInt8.random(in: 0...1, using: &generator) })
      case .uint16, .int16: return try small(UInt16.self, type, shape, count, &generator)
      case .uint32, .int32: return try small(UInt32.self, type, shape, count, &generator)
      case .uint64, .int64: return try small(UInt64.self, type, shape, count, &generator)
      default: throw TensorError(.typeMismatch, "\(type) inputs can't be drawn")
      }
    } catch {
      throw GalleyError(.badData, "can't draw inputs", why: error.description, remedy: "Give samples with --data.")
    }
  }

  /// Normally distributed numbers by Box and Muller's transform.
  private static func normals(_ count: Int, _ generator: inout SeededGenerator) -> [Double] {
    (0..<count).map { _ in
      let radius = (-2 * log(Double.random(in: Double.leastNonzeroMagnitude..<1, using: &generator))).squareRoot()
      return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &generator))
    }
  }

  private static func small<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ integer: Integer.Type, _ type: ElementType, _ shape: [Int], _ count: Int, _ generator: inout SeededGenerator
  ) throws(TensorError) -> Tensor {
    try Tensor(
      elementType: type, shape: shape,
      bytes: bytes((0..<count).map { _ in Integer.random(in: 0...1, using: &generator) }))
  }

  private static func bytes(_ values: [some BitwiseCopyable]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }
}
