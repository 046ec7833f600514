// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

internal import Files
internal import Foundation
internal import Images
internal import Tensors

/// The suite's data: small coloured images of three classes, as files and prepared, in a folder of their own.
public final class BackendData: Sendable {
  /// The folder; it is removed with this value.
  public let folder: String
  /// The classes: one plain, one with blanks, one with everything that tables and JSON must escape.
  public static let labels = ["red", "dark green", "\"blau\", 紫\nund ,mehr"]
  /// How an item becomes an input of shape `[3, 8, 8]`.
  public static let preprocessing = Preprocessing(
    scale: 1 / 255, mean: [0.5], deviation: [0.25], fit: ImageFit(size: Images.PixelSize(width: 8, height: 8)),
    colors: .rgb)

  /// Items with subsets: 12 to train, 6 to validate, 9 to test.
  public let listing: DataReference
  /// The same items, prepared.
  public let prepared: DataReference
  /// The items as the listing has them.
  public let items: [ItemListing.Item]
  static let counts: [(subset: Subset, count: Int)] = [(.train, 12), (.validation, 6), (.test, 9)]

  /// Writes the files.
  public init() throws {
    let name = "galley-backend-\(UUID().uuidString)"
    let folder = FileManager.default.temporaryDirectory.appending(path: name).path()
    self.folder = folder
    var items: [ItemListing.Item] = []
    var rows: [Subset: (ids: [String], pixels: [UInt8], classes: [Int])] = [:]
    for (subset, count) in Self.counts {
      for index in 0..<count {
        let (id, file) = ("\(subset.rawValue)/图 \(index), \"a\".bmp", "\(subset.rawValue)-\(index).bmp")
        let pixels = Self.pixels(class: index % 3, number: items.count)
        try AtomicFile.write(Data(Self.bitmap(pixels)), to: "\(folder)/\(file)")
        items.append(ItemListing.Item(id: id, file: file, subset: subset, classes: [index % 3]))
        rows[subset, default: ([], [], [])].ids.append(id)
        rows[subset, default: ([], [], [])].pixels += pixels
        rows[subset, default: ([], [], [])].classes.append(index % 3)
      }
    }
    self.items = items
    listing = try Self.write(items, labels: Self.labels, in: folder, name: "items")
    let path = "\(folder)/prepared.safetensors"
    let subsets = try rows.mapValues { row in
      try LabeledItems(
        ids: row.ids, inputs: Tensor(row.pixels, shape: [row.ids.count, 8, 8, 3]), classes: row.classes,
        labels: Self.labels)
    }
    prepared = .prepared(
      path: path, digest: try PreparedData(subsets: subsets, preprocessing: Self.preprocessing).write(to: path))
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// Items to be answered only: the images of all subsets.
  var unassigned: [ItemListing.Item] {
    items.map { ItemListing.Item(id: $0.id, file: $0.file, subset: nil, classes: []) }
  }

  /// Writes another listing of the folder's images.
  func list(_ items: [ItemListing.Item], labels: [String] = BackendData.labels, _ name: String) throws -> DataReference
  {
    try Self.write(items, labels: labels, in: folder, name: name)
  }

  private static func write(
    _ items: [ItemListing.Item], labels: [String], in folder: String, name: String
  ) throws -> DataReference {
    let path = "\(folder)/\(name).json"
    let listing = try ItemListing(task: .classification, root: folder, labels: labels, items: items)
    return .listing(path: path, digest: try listing.write(to: path))
  }

  /// 8 × 8 pixels, red first, in a colour of the class and a pattern of the item.
  private static func pixels(class index: Int, number: Int) -> [UInt8] {
    (0..<64).flatMap { pixel in
      (0..<3).map { channel in
        let noise = (pixel * 37 + number * 101 + channel * 53 + pixel * pixel * number) % 96
        return UInt8((channel == index ? 150 : 20) + noise)
      }
    }
  }

  /// A Windows bitmap of 24 bits, which needs no library to be read.
  private static func bitmap(_ pixels: [UInt8]) -> [UInt8] {
    func little(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    var bytes: [UInt8] = Array("BM".utf8) + little(54 + 192, 4) + little(0, 4) + little(54, 4)
    bytes += little(40, 4) + little(8, 4) + little(8, 4) + little(1, 2) + little(24, 2) + little(0, 4)
    bytes += little(192, 4) + little(2835, 4) + little(2835, 4) + little(0, 4) + little(0, 4)
    for row in (0..<8).reversed() {
      for column in 0..<8 {
        let pixel = 3 * (8 * row + column)
        bytes += [pixels[pixel + 2], pixels[pixel + 1], pixels[pixel]]
      }
    }
    return bytes
  }
}
