// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
public import Galley
internal import Glibc

/// Writes one format.
protocol FormatWriter: Sendable {
  static var format: DatasetFormat { get }
  static func write(_ dataset: AnnotatedDataset, to output: inout DatasetOutput) throws(GalleyError)
}

/// Writes data sets.
public enum DatasetWriter {
  /// Writes a data set into a new or empty folder, images included.
  /// - Returns: What the format couldn't say.
  /// - Throws: `GalleyError` if the format is only read, the folder isn't empty, an image is missing, or a file can't be
  ///   written.
  @discardableResult
  public static func write(
    _ dataset: AnnotatedDataset, as format: DatasetFormat, to folder: String
  ) throws(GalleyError) -> [DatasetLoss] {
    let writers: [any FormatWriter.Type] = [
      COCOWriter.self, VOCWriter.self, YOLOWriter.self, DarknetWriter.self, ImageFoldersWriter.self, CSVWriter.self,
      NPZWriter.self,
    ]
    guard let writer = writers.first(where: { $0.format == format }) else {
      throw GalleyError(
        .usage, "can't write the data set", why: "\(format.title) is only read",
        remedy: "Choose one of " + writers.map { $0.format.rawValue }.joined(separator: ", ") + ".")
    }
    var output = try DatasetOutput(folder)
    try writer.write(dataset, to: &output)
    return format.losses(of: dataset)
  }
}

/// The folder that a data set is written to.
struct DatasetOutput {
  let folder: String
  private var bytes = ItemBytes()
  private var taken: Set<String> = []

  init(_ folder: String) throws(GalleyError) {
    self.folder = folder
    if let entries = try? FileManager.default.contentsOfDirectory(atPath: folder), !entries.isEmpty {
      throw GalleyError(
        .cantCreate, "can't write the data set", at: folder, why: "the folder is not empty",
        remedy: "Choose a new folder: nothing is overwritten.")
    }
  }

  /// Writes a file.
  func write(_ content: [UInt8], to path: String) throws(GalleyError) {
    do throws(FileError) { try AtomicFile.write(Data(content), to: "\(folder)/\(path)") } catch {
      throw GalleyError(writing: error, "can't write the data set")
    }
  }

  func write(_ text: String, to path: String) throws(GalleyError) { try write(Array(text.utf8), to: path) }

  /// Writes an item's image into a subfolder under a name that is free there.
  /// - Returns: The file's name.
  mutating func writeImage(of item: DatasetItem, into subfolder: String) throws(GalleyError) -> String {
    let parts = PathParts(item.id)
    let data = try bytes.read(item.source)
    let content: [UInt8]
    var ending = parts.ending
    if let data {
      content = [UInt8](data)
      if !ImageHeader.isImageName(item.id) { ending = (try? ImageHeader(data))?.format.extensions.first ?? "bin" }
    } else {
      guard case .pixels(let block) = item.source,
        let png = PNGEncoder.encode(
          block.interleaved, width: block.size.width, height: block.size.height, channels: block.channels)
      else { throw GalleyError(.badData, "can't write an image", at: item.id, why: "its pixels are no PNG's") }
      content = png
      ending = "png"
    }
    let stem = ImageHeader.isImageName(item.id) ? parts.stem : parts.name
    let name = freeName(stem, whole: item.id, ending, in: subfolder)
    try write(content, to: subfolder.isEmpty ? name : "\(subfolder)/\(name)")
    return name
  }

  /// The item's own name; if another item has taken it, the item's whole id; and a number if need be. Label files share
  /// the stem, so stems are unique, and differ not only in case.
  private mutating func freeName(_ stem: String, whole id: String, _ ending: String, in subfolder: String) -> String {
    let candidates = [Self.plain(stem), Self.plain(PathParts(id).pathStem.replacing("/", with: "-"))]
    for number in 0... {
      for candidate in candidates {
        let name = number == 0 ? candidate : "\(candidate)-\(number + 1)"
        if taken.insert("\(subfolder)/\(name)".lowercased()).inserted { return "\(name).\(ending)" }
      }
    }
    return "\(stem).\(ending)"
  }

  /// A name that no file system and no list file misunderstands.
  static func plain(_ name: String) -> String {
    let text = String(name.map { $0 == "/" || $0 == "\\" || $0.isWhitespace || $0 == ":" || $0 == "\0" ? "_" : $0 })
    return text.isEmpty || text == "." || text == ".." ? "_" : text
  }

  /// The items of each subset, in the order of their first items. What has no subset is called so only beside others.
  static func subsets(_ dataset: AnnotatedDataset) -> [(name: String?, items: [DatasetItem])] {
    var order: [String?] = []
    var groups: [String?: [DatasetItem]] = [:]
    for item in dataset.items {
      if groups[item.subset] == nil { order.append(item.subset) }
      groups[item.subset, default: []].append(item)
    }
    guard order.count > 1 else { return order.map { ($0.map(plain), groups[$0] ?? []) } }
    return order.map { (plain($0 ?? "unassigned"), groups[$0] ?? []) }
  }
}
