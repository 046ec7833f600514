// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley

/// A table with a row for each image, or for each object on an image: the columns `image` (or `path`, `filename`),
/// `label` (or `class`), perhaps `subset`, `score`, `xmin`, `ymin`, `xmax`, `ymax` (or `x`, `y`, `width`, `height`).
/// Or a table of pixels: `id`, `label`, then a column for each pixel of square images.
enum CSVReader: FormatReader {
  static let format = DatasetFormat.csv

  static func evidence(in tree: FileTree) -> FormatEvidence {
    let files = files(tree)
    guard !files.isEmpty else { return FormatEvidence(against: "there are no CSV files") }
    var evidence = FormatEvidence()
    for file in files {
      guard let header = try? header(tree, file) else { continue }
      let columns = CSVColumns(header)
      if columns.image != nil, columns.label != nil || columns.corners != nil || columns.extents != nil {
        evidence.add(
          "\(file) has the columns \(header.prefix(8).joined(separator: ", "))", weight: evidence.weight == 0 ? 20 : 0)
      } else if PixelColumns(header) != nil {
        evidence.add("\(file) has the columns id, label and one for each pixel", weight: evidence.weight == 0 ? 20 : 0)
      }
    }
    if evidence.reasonsFor.isEmpty {
      evidence.object("no CSV file has a column of images (image, path, filename) with labels or boxes, nor pixels")
    }
    return evidence
  }

  private static func files(_ tree: FileTree) -> [String] {
    if let focus = tree.focus { return focus.hasSuffix(".csv") ? [focus] : [] }
    return tree.paths.filter { PathParts($0).ending == "csv" }
  }

  private static func header(_ tree: FileTree, _ file: String) throws(GalleyError) -> [String] {
    let bytes = [UInt8](try tree.head(file, count: 1 << 20).prefix { $0 != 0x0A })
    var table = TableReader(bytes: bytes, file: file)
    return try table.next() ? table.texts() : []
  }

  static func read(_ tree: FileTree, into builder: inout DatasetBuilder) throws(GalleyError) {
    var isAnyRead = false
    for file in files(tree) {
      let header = try header(tree, file)
      let table = TableReader(bytes: [UInt8](try tree.read(file)), file: file)
      let columns = CSVColumns(header)
      if columns.image != nil {
        isAnyRead = true
        var rows = CSVRows(columns: columns, table: table, file: file)
        rows.read(into: &builder)
      } else if let pixels = PixelColumns(header) {
        isAnyRead = true
        pixels.read(table, file, into: &builder)
      }
    }
    guard isAnyRead else {
      throw GalleyError(
        .badData, "can't read CSV", at: tree.root, why: "no CSV file has a column of images (image, path, filename)")
    }
  }
}

/// A table that has the pixels of small square images in its columns.
struct PixelColumns {
  let size: PixelSize
  let channels: Int

  /// Understands a header; `nil` if it is another one.
  init?(_ header: [String]) {
    guard header.count > 4, header[0] == "id", header[1] == "label" else { return nil }
    let count = header.count - 2
    for channels in [1, 3, 4] where count % channels == 0 {
      let side = Int(Double(count / channels).squareRoot().rounded())
      guard side * side * channels == count else { continue }
      size = PixelSize(width: side, height: side)
      self.channels = channels
      return
    }
    return nil
  }

  /// Adds the rows.
  func read(_ source: TableReader, _ file: String, into builder: inout DatasetBuilder) {
    var table = source
    let count = size.width * size.height * channels
    do throws(GalleyError) {
      _ = try table.next()
      while try table.next() {
        let place = Provenance(file: file, line: table.line)
        let values = (2..<2 + count).compactMap { table.byte($0) }
        guard table.count == count + 2, values.count == count,
          let block = PixelBlock(storage: values, size: size, channels: channels)
        else {
          builder.report(
            .error, .malformed, at: place.description, "the row needs id, label and \(count) numbers from 0 to 255")
          continue
        }
        let label = try table.text(1)
        builder.append(
          DatasetItem(
            id: try table.text(0), source: .pixels(block), size: size,
            annotations: label.isEmpty ? [] : [Annotation(label: builder.label(label), provenance: place)],
            provenance: place))
      }
    } catch {
      builder.report(error)
    }
  }
}
