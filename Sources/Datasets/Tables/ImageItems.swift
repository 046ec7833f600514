// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
public import Galley
public import Images

internal import Tensors

/// Images of a classification data set in any format that is recognised: a folder for each class, CSV, COCO with one
/// class for each image, CIFAR and more; in a folder or an archive. Each is decoded and brought to one size.
public struct ImageItems: Dataset {
  /// The typed form of the card's options.
  public struct Options: Codable, Sendable, Equatable {
    /// A folder, an archive, or the file that describes the data set.
    public var path: String
    /// The format, or `auto` to have it recognised.
    public var format: String
    /// Height of every item, in pixels.
    public var height: Int
    /// Width of every item, in pixels.
    public var width: Int
    /// 1 for grey, 3 for red, green and blue.
    public var channels: Int
    /// What happens to images whose sides have another ratio.
    public var fit: ImageFit.Rule
    /// How pixels are computed.
    public var kernel: ResizeKernel

    /// Creates options.
    public init(
      path: String, format: String = "auto", height: Int, width: Int, channels: Int = 3,
      fit: ImageFit.Rule = .stretch, kernel: ResizeKernel = .bilinear
    ) {
      self.path = path
      self.format = format
      self.height = height
      self.width = width
      self.channels = channels
      self.fit = fit
      self.kernel = kernel
    }
  }

  public static let card = Card(
    taxonomy: "data.classification.images", version: SemanticVersion(1, 0, 0),
    summary: "Images with a class each, in a folder or archive of any format that is recognised.",
    options: [
      OptionDeclaration("path", .path, default: nil, help: "The folder, archive or describing file."),
      OptionDeclaration(
        "format", .choice([Choice("auto")] + DatasetFormat.allCases.map { Choice($0.rawValue) }),
        default: .string("auto"), help: "The format; auto recognises it."),
      OptionDeclaration("height", .int(minimum: 1, maximum: 4096), default: .int(64), help: "Height of every item."),
      OptionDeclaration("width", .int(minimum: 1, maximum: 4096), default: .int(64), help: "Width of every item."),
      OptionDeclaration("channels", .int(minimum: 1, maximum: 3), default: .int(3), help: "1 for grey, 3 for colour."),
      OptionDeclaration(
        "fit", .choice(ImageFit.Rule.allCases.map { Choice($0.rawValue) }), default: .string("stretch"),
        help: "What happens to images whose sides have another ratio."),
      OptionDeclaration(
        "kernel", .choice(ResizeKernel.allCases.map { Choice($0.rawValue) }), default: .string("bilinear"),
        help: "How pixels are computed when the size changes; with antialiasing."),
    ])

  private let options: Options

  public init(_ options: Options) throws {
    guard options.channels == 1 || options.channels == 3 else {
      throw GalleyError(
        .configuration, "can't read images", at: "data.channels", why: "images have 1 or 3 channels here, not 2",
        remedy: "Give 1 for grey or 3 for colour.")
    }
    self.options = options
  }

  public var preprocessing: Preprocessing { Preprocessing(layout: .nchw, scale: 1 / 255) }

  public func items(relativeTo folder: String) throws -> LabeledItems {
    let path = options.path.hasPrefix("/") ? options.path : "\(folder)/\(options.path)"
    let dataset = try DatasetReader.read(path, as: DatasetFormat(rawValue: options.format)).complete()
    let fit = ImageFit(
      size: Images.PixelSize(width: options.width, height: options.height), rule: options.fit, kernel: options.kernel)
    var bytes = ItemBytes()
    var pixels: [UInt8] = []
    var classes: [Int] = []
    pixels.reserveCapacity(dataset.items.count * options.height * options.width * options.channels)
    for item in dataset.items {
      classes.append(try Self.label(of: item, at: path))
      pixels += try self.pixels(of: item, &bytes, fit)
    }
    return try LabeledItems(
      ids: dataset.items.map(\.id),
      inputs: Tensor(pixels, shape: [dataset.items.count, options.height, options.width, options.channels]),
      classes: classes, labels: dataset.labels)
  }

  public func description(relativeTo folder: String) throws -> DataDescription {
    DataDescription(
      name: URL(filePath: options.path).lastPathComponent, licence: "not stated", citation: "not stated",
      source: "not stated")
  }

  /// The one class of an item.
  private static func label(of item: DatasetItem, at path: String) throws(GalleyError) -> Int {
    guard let label = item.labels.first, item.labels.count == 1 else {
      throw GalleyError(
        .badData, "can't classify the item '\(item.id)'", at: item.provenance?.description ?? path,
        why: item.labels.isEmpty ? "it has no class" : "it has \(item.labels.count) classes, and one is needed",
        remedy: "Run `galley data check \(path)`.")
    }
    return label
  }

  private func pixels(
    of item: DatasetItem, _ bytes: inout ItemBytes, _ fit: ImageFit
  ) throws(GalleyError) -> [UInt8] {
    let image: Image
    do throws(ImageError) {
      if case .pixels(let block) = item.source {
        guard let format = PixelFormat(channels: block.channels) else {
          throw ImageError(.unsupported, "it has \(block.channels) channels", at: item.id)
        }
        image = try Image(
          width: block.size.width, height: block.size.height, format: format, bytes: block.interleaved
        ).fitted(fit)
      } else {
        image = try Image(decoding: try Self.encoded(item, &bytes), fit: fit, name: item.id)
      }
    } catch {
      throw GalleyError(
        .badData, "can't decode the item '\(item.id)'", at: item.provenance?.description, why: error.description,
        remedy: "Run `galley data check` on the data set; it lists every file that can't be decoded.")
    }
    return image.converted(to: options.channels == 1 ? .gray : .rgb).bytes
  }

  private static func encoded(_ item: DatasetItem, _ bytes: inout ItemBytes) throws(ImageError) -> [UInt8] {
    do throws(GalleyError) {
      return Array(try bytes.read(item.source) ?? Data())
    } catch {
      throw ImageError(.missing, error.why, at: error.place)
    }
  }
}
