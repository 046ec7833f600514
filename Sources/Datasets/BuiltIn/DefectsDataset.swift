// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
public import Galley

internal import Tensors

/// Pictures of woven cloth, some with a scratch, a hole or a stain, and masks of what is wrong; made by seed.
public struct DefectsDataset: Dataset {
  /// The typed form of the card's options.
  public struct Options: Codable, Sendable, Equatable {
    /// Good pictures for training.
    public var train: Int
    /// Good pictures for testing, and as many of each kind of defect.
    public var test: Int
    /// Pixels in a row and in a column.
    public var size: Int
    /// Another seed, other pictures.
    public var seed: Int

    /// Creates options.
    public init(train: Int = 100, test: Int = 20, size: Int = 64, seed: Int = 1) {
      self.train = train
      self.test = test
      self.size = size
      self.seed = seed
    }
  }

  public static let card = Card(
    taxonomy: "data.anomaly.defects", version: SemanticVersion(1, 0, 0),
    summary: "Woven cloth with scratches, holes and stains, and masks of them, made by seed.",
    options: [
      OptionDeclaration(
        "train", .int(minimum: 4, maximum: 100_000), default: .int(100), help: "Good pictures for training."),
      OptionDeclaration(
        "test", .int(minimum: 1, maximum: 100_000), default: .int(20),
        help: "Good pictures for testing, and as many of each kind of defect."),
      OptionDeclaration(
        "size", .int(minimum: 32, maximum: 1024), default: .int(64), help: "Width and height of a picture, in pixels."),
      OptionDeclaration(
        "seed", .int(minimum: 0, maximum: 1_000_000_000), default: .int(1), help: "Another seed, other pictures."),
    ])

  private let options: Options

  public init(_ options: Options) { self.options = options }

  /// Red, green and blue from 0 to 1.
  public var preprocessing: Preprocessing { Preprocessing(layout: .nchw, scale: 1 / 255) }

  public func description(relativeTo folder: String) throws -> DataDescription {
    DataDescription(
      name: "defects", licence: "Apache-2.0", citation: "made by Galley with the seed \(options.seed)",
      source: "rendered, pictures of \(options.size)×\(options.size) pixels")
  }

  /// A picture's place in the layout of MVTec AD.
  private struct Entry {
    var subset: String
    var label: String
    var name: String
    var texture: Texture
  }

  private func forEachEntry(_ body: (Entry) throws -> Void) rethrows {
    var number = 0
    func texture(_ defect: Texture.Defect?) -> Texture {
      defer { number += 1 }
      return Texture(number: number, seed: UInt64(options.seed), size: options.size, defect: defect)
    }
    for index in 0..<options.train {
      try body(Entry(subset: "train", label: "good", name: Self.name(index), texture: texture(nil)))
    }
    for defect in [nil] + Texture.Defect.allCases.map(Optional.some) {
      for index in 0..<options.test {
        try body(
          Entry(subset: "test", label: defect?.rawValue ?? "good", name: Self.name(index), texture: texture(defect)))
      }
    }
  }

  private static func name(_ index: Int) -> String {
    let digits = "\(index)"
    return String(repeating: "0", count: max(0, 3 - digits.count)) + digits
  }

  private static let labels = ["good"] + Texture.Defect.allCases.map(\.rawValue)

  public func items(relativeTo folder: String) throws -> LabeledItems {
    var ids: [String] = []
    var classes: [Int] = []
    var pixels: [UInt8] = []
    forEachEntry { entry in
      ids.append("\(entry.subset)/\(entry.label)/\(entry.name)")
      classes.append(Self.labels.firstIndex(of: entry.label) ?? 0)
      pixels += entry.texture.canvas.pixels
    }
    return try LabeledItems(
      ids: ids, inputs: Tensor(pixels, shape: [ids.count, options.size, options.size, 3]), classes: classes,
      labels: Self.labels)
  }

  /// The pictures with masks of their defects, in the subsets train (good ones only) and test.
  public func annotated() -> AnnotatedDataset {
    var dataset = AnnotatedDataset(classes: Self.labels.map { DatasetClass($0) })
    let size = PixelSize(width: options.size, height: options.size)
    forEachEntry { entry in
      guard let block = PixelBlock(storage: entry.texture.canvas.pixels, size: size, channels: 3) else { return }
      let mask = entry.texture.mask.isEmpty ? nil : RunLengthMask(size: size, pixels: entry.texture.mask)
      dataset.items.append(
        DatasetItem(
          id: "\(entry.subset)/\(entry.label)/\(entry.name).png", source: .pixels(block), subset: entry.subset,
          size: size,
          annotations: [
            Annotation(label: Self.labels.firstIndex(of: entry.label), box: mask?.bounds, mask: mask)
          ]))
    }
    return dataset
  }

  /// Writes the pictures in the layout of MVTec AD: `train/good`, `test/…`, `ground_truth/…`.
  /// - Throws: `GalleyError` if a file can't be written.
  public func writeMVTec(to folder: String) throws(GalleyError) {
    let size = options.size
    do {
      try forEachEntry { entry in
        try Self.write(
          PNGEncoder.encode(entry.texture.canvas.pixels, width: size, height: size, channels: 3),
          to: "\(folder)/\(entry.subset)/\(entry.label)/\(entry.name).png")
        guard !entry.texture.mask.isEmpty else { return }
        try Self.write(
          PNGEncoder.encode(entry.texture.mask.map { $0 == 0 ? 0 : 255 }, width: size, height: size, channels: 1),
          to: "\(folder)/ground_truth/\(entry.label)/\(entry.name)_mask.png")
      }
    } catch let error as FileError {
      throw GalleyError(writing: error, "can't write the data set")
    } catch {
      throw GalleyError(.software, "can't write the data set", at: folder, why: "\(error)")
    }
  }

  private static func write(_ bytes: [UInt8]?, to path: String) throws(FileError) {
    try AtomicFile.write(Data(bytes ?? []), to: path)
  }
}
