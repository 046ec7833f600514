// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
public import Galley
public import Images

/// Images of a classification data set in any format that is recognised: a folder for each class, CSV, COCO with one
/// class for each image, CIFAR and more; in a folder or an archive. Each is decoded and brought to one size.
public struct ImageItems: Dataset {
  /// What becomes of the subsets that a data set states.
  public enum Subsets: String, Codable, Sendable, CaseIterable {
    /// They are kept; a split adds what is lacking.
    case own
    /// All items are one pile.
    case ignored
  }

  /// What becomes of items that can't be decoded.
  public enum Damaged: String, Codable, Sendable, CaseIterable {
    /// They are an error.
    case refused
    /// They are left out, and each is reported.
    case skipped
  }

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
    /// What becomes of the subsets that the data set states.
    public var subsets: Subsets
    /// The condition on items; empty: all.
    public var filter: String
    /// What becomes of items that can't be decoded.
    public var damaged: Damaged

    /// Creates options.
    public init(
      path: String, format: String = "auto", height: Int, width: Int, channels: Int = 3,
      fit: ImageFit.Rule = .stretch, kernel: ResizeKernel = .bilinear, subsets: Subsets = .own, filter: String = "",
      damaged: Damaged = .refused
    ) {
      self.path = path
      self.format = format
      self.height = height
      self.width = width
      self.channels = channels
      self.fit = fit
      self.kernel = kernel
      self.subsets = subsets
      self.filter = filter
      self.damaged = damaged
    }
  }

  public static let card = Card(
    taxonomy: "data.classification.images", version: SemanticVersion(1, 1, 0),
    summary: "Images with a class each, in a folder or archive of any format that is recognised.",
    options: [
      OptionDeclaration(
        "path", .path, default: nil,
        help: "The folder, archive or describing file; or an archive's address with #sha256= and its digest."),
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
      OptionDeclaration(
        "subsets", .choice(Subsets.allCases.map { Choice($0.rawValue) }), default: .string("own"),
        help: "Whether subsets that the data set states are kept; the split then adds what is lacking."),
      OptionDeclaration(
        "filter", .string, default: .string(""), help: "Only items for which this holds, such as 'width >= 64'."),
      OptionDeclaration(
        "damaged", .choice(Damaged.allCases.map { Choice($0.rawValue) }), default: .string("refused"),
        help: "Whether items that can't be decoded are an error, or left out and reported."),
    ],
    constraints: [
      Constraint(
        ".channels != 2", reason: "Images have one channel of grey or three of colour."),
      Constraint(
        "split fits 'split.stated' implies .subsets == 'own'",
        reason: "A split that takes the data set's own subsets needs data.subsets: own."),
    ], libraries: ["vips"])

  private let options: Options
  private let filter: ItemFilter?

  public init(_ options: Options) throws {
    guard options.channels == 1 || options.channels == 3 else {
      throw GalleyError(
        .configuration, "can't read images", at: "data.channels", why: "images have 1 or 3 channels here, not 2",
        remedy: "Give 1 for grey or 3 for colour.")
    }
    self.options = options
    filter = try options.filter.isEmpty ? nil : ItemFilter(options.filter)
  }

  public var preprocessing: Preprocessing { Preprocessing(layout: .nchw, scale: 1 / 255) }

  public func items(relativeTo folder: String) throws -> LabeledItems { try described(relativeTo: folder).items }

  public func described(relativeTo folder: String) throws -> DescribedItems {
    let path = options.path.hasPrefix("/") ? options.path : "\(folder)/\(options.path)"
    var dataset = try DatasetReader.read(path, as: DatasetFormat(rawValue: options.format)).complete()
    if let filter { dataset = try filter.apply(to: dataset) }
    if options.subsets == .ignored { for index in dataset.items.indices { dataset.items[index].subset = nil } }
    guard !dataset.items.isEmpty else {
      throw GalleyError(
        .badData, "can't use the data set", at: path,
        why: filter == nil ? "it has no items" : "no item fulfils '\(options.filter)'")
    }
    let classes = try dataset.items.map { item throws(GalleyError) in try Self.label(of: item, at: path) }
    let fit = ImageFit(
      size: Images.PixelSize(width: options.width, height: options.height), rule: options.fit, kernel: options.kernel)
    let decoding = DecodedItems(fit: fit, format: options.channels == 1 ? .gray : .rgb)
    let decoded = try decoding.decode(dataset, classes: classes)
    guard decoded.failures.isEmpty || (options.damaged == .skipped && decoded.items.count > 0) else {
      throw Self.refusal(decoded.failures, of: dataset.items.count, at: path)
    }
    return decoded
  }

  public func description(relativeTo folder: String) throws -> DataDescription {
    let reference = try? WebReference(options.path)
    return DataDescription(
      name: reference?.name ?? URL(filePath: options.path).lastPathComponent, licence: "not stated",
      citation: "not stated", source: reference?.address ?? "not stated")
  }

  /// An image beside the file that describes the data set.
  public func unnamedFile(relativeTo folder: String) throws -> String? {
    let path = options.path.hasPrefix("/") ? options.path : "\(folder)/\(options.path)"
    let tree = try FileTree(path)
    guard tree.focus != nil else { return nil }
    for item in try DatasetReader.read(tree, as: DatasetFormat(rawValue: options.format)).dataset.items {
      if case .file(let image) = item.source { return image }
    }
    return nil
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

  private static func refusal(_ failures: [ItemFailure], of count: Int, at path: String) -> GalleyError {
    // Without libvips nothing can be decoded, whatever the items are.
    if let first = failures.first(where: { $0.error.exitCode == .unavailable }) { return first.error }
    let shown = failures.prefix(10).map { "\($0.id): \($0.error.why)" }
    let rest = failures.count > shown.count ? ["and \(failures.count - shown.count) more"] : []
    return GalleyError(
      .badData, "can't decode \(failures.count) of \(count) items", at: path,
      why: (shown + rest).joined(separator: "; "),
      remedy: "Mend or remove them (`galley data check` lists all), or leave them out: data.damaged: skipped.")
  }
}
