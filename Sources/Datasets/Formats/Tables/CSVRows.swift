// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// The rows of a table that names images.
struct CSVRows {
  let columns: CSVColumns
  var table: TableReader
  let file: String

  /// Adds the rows; what is wrong with one is reported, and reading goes on with the next.
  mutating func read(into builder: inout DatasetBuilder) {
    do throws(GalleyError) {
      _ = try table.next()
      let width = table.count
      while try table.next() {
        guard table.count == width else {
          report("the row has \(table.count) columns, but the header has \(width)", &builder)
          continue
        }
        try add(to: &builder)
      }
    } catch {
      builder.report(error)
    }
  }

  private var place: Provenance { Provenance(file: file, line: table.line) }

  private func report(_ message: String, _ builder: inout DatasetBuilder) {
    builder.report(.error, .malformed, at: place.description, message)
  }

  private func text(_ column: Int?) throws(GalleyError) -> String? {
    guard let column else { return nil }
    let text = try table.text(column).trimmed
    return text.isEmpty ? nil : text
  }

  private func add(to builder: inout DatasetBuilder) throws(GalleyError) {
    guard let name = try text(columns.image) else { return report("the row names no image", &builder) }
    let path = builder.tree.resolve(name, from: PathParts(file).folder)
    let id = path ?? name
    var new = DatasetItem(
      id: id, source: path.map(builder.tree.source) ?? .missing(name), subset: try text(columns.subset),
      provenance: place)
    if let width = try text(columns.imageWidth).flatMap({ Int($0) }),
      let height = try text(columns.imageHeight).flatMap({ Int($0) })
    {
      new.size = PixelSize(width: width, height: height)
    }
    for (key, index) in columns.others {
      guard let value = try text(index) else { continue }
      new.metadata[key] = Int(value).map { .int($0) } ?? Double(value).map { .float($0) } ?? .string(value)
    }
    let known = builder.position(id).map { builder.dataset.items[$0] }
    if let known, known.subset != new.subset {
      builder.report(
        .error, .leakage, at: place.description,
        "'\(id)' is in \(known.subset ?? "no subset") and in \(new.subset ?? "no subset")", item: id)
    }
    guard let annotation = try annotation(&builder) else {
      return builder.withItem(id, or: new) { _ in }
    }
    builder.withItem(id, or: new) { $0.annotations.append(annotation) }
  }

  private func annotation(_ builder: inout DatasetBuilder) throws(GalleyError) -> Annotation? {
    var annotation = Annotation(label: nil, provenance: place)
    if let indices = columns.corners ?? columns.extents {
      var texts: [String] = []
      for index in indices { if let text = try text(index) { texts.append(text) } }
      let values = texts.compactMap { Double($0) }.filter(\.isFinite)
      guard texts.isEmpty || values.count == 4 else {
        report("the box needs four numbers, but there is \(texts.joined(separator: ", "))", &builder)
        return nil
      }
      if values.count == 4 {
        annotation.box =
          columns.corners == nil
          ? Box(x: values[0], y: values[1], width: values[2], height: values[3])
          : Box(x: values[0], y: values[1], width: values[2] - values[0], height: values[3] - values[1])
      }
    }
    if let label = try text(columns.label) { annotation.label = builder.label(label) }
    if let score = try text(columns.score) { annotation.score = Double(score) }
    return annotation.label == nil && annotation.box == nil ? nil : annotation
  }
}
