// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
public import Galley

internal import Tensors

/// Rendered scenes of circles, squares, triangles and crosses, with boxes and masks; made by seed, nothing is downloaded.
///
/// For classification, an item's class is that of its main shape: the largest, which covers the others.
public struct ShapesDataset: Dataset {
  /// The typed form of the card's options.
  public struct Options: Codable, Sendable, Equatable {
    /// Number of pictures.
    public var count: Int
    /// Pixels in a row and in a column.
    public var size: Int
    /// The most shapes on a picture.
    public var objects: Int
    /// Where the pictures begin: another seed, other pictures.
    public var seed: Int

    /// Creates options.
    public init(count: Int = 1000, size: Int = 32, objects: Int = 3, seed: Int = 1) {
      self.count = count
      self.size = size
      self.objects = objects
      self.seed = seed
    }
  }

  public static let card = Card(
    taxonomy: "data.classification.shapes", version: SemanticVersion(1, 0, 0),
    summary:
      "Rendered scenes of simple shapes with boxes and masks, made by seed; the class is that of the main shape.",
    options: [
      OptionDeclaration(
        "count", .int(minimum: 4, maximum: 1_000_000), default: .int(1000), help: "Number of pictures."),
      OptionDeclaration(
        "size", .int(minimum: 16, maximum: 1024), default: .int(32), help: "Width and height of a picture, in pixels."),
      OptionDeclaration(
        "objects", .int(minimum: 1, maximum: 32), default: .int(3), help: "The most shapes on a picture."),
      OptionDeclaration(
        "seed", .int(minimum: 0, maximum: 1_000_000_000), default: .int(1), help: "Another seed, other pictures."),
    ])

  private let options: Options

  public init(_ options: Options) { self.options = options }

  /// Red, green and blue from 0 to 1.
  public var preprocessing: Preprocessing { Preprocessing(layout: .nchw, scale: 1 / 255) }

  public func description(relativeTo folder: String) throws -> DataDescription {
    DataDescription(
      name: "shapes", licence: "Apache-2.0", citation: "made by Galley with the seed \(options.seed)",
      source: "rendered, \(options.count) pictures of \(options.size)×\(options.size) pixels")
  }

  public func items(relativeTo folder: String) throws -> LabeledItems {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(options.count * options.size * options.size * 3)
    for number in 0..<options.count { pixels += scene(number).canvas.pixels }
    let kinds = SceneShape.Kind.allCases
    return try LabeledItems(
      ids: (0..<options.count).map(Self.id),
      inputs: Tensor(pixels, shape: [options.count, options.size, options.size, 3]),
      classes: (0..<options.count).map { $0 % kinds.count }, labels: kinds.map(\.rawValue))
  }

  /// The scenes with everything that is on them: a box and a mask for each shape that can be seen, the main one first.
  public func annotated() -> AnnotatedDataset {
    let kinds = SceneShape.Kind.allCases
    var dataset = AnnotatedDataset(classes: kinds.map { DatasetClass($0.rawValue) })
    for number in 0..<options.count {
      let scene = scene(number)
      let size = PixelSize(width: options.size, height: options.size)
      guard let block = PixelBlock(storage: scene.canvas.pixels, size: size, channels: 3) else { continue }
      let annotations = scene.objects.map { object in
        Annotation(label: kinds.firstIndex(of: object.kind), box: object.mask.bounds, mask: object.mask)
      }
      dataset.items.append(
        DatasetItem(id: Self.id(number), source: .pixels(block), size: size, annotations: annotations))
    }
    return dataset
  }

  private func scene(_ number: Int) -> Scene {
    Scene(number: number, seed: UInt64(options.seed), size: options.size, most: options.objects)
  }

  private static func id(_ number: Int) -> String {
    let digits = "\(number)"
    return "shapes-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
  }
}
