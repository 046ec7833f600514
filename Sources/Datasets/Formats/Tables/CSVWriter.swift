// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley

/// Writes `annotations.csv` with a row for each annotation, and `images`.
enum CSVWriter: FormatWriter {
  static let format = DatasetFormat.csv

  static func write(_ dataset: AnnotatedDataset, to output: inout DatasetOutput) throws(GalleyError) {
    let extra = Set(dataset.items.flatMap { $0.metadata.filter { $0.value != .null }.keys }).sorted()
    let columns =
      ["image", "subset", "image_width", "image_height", "label", "xmin", "ymin", "xmax", "ymax", "score"] + extra
    var text = line(columns)
    for item in dataset.items {
      let folder = item.subset.map { "images/\(DatasetOutput.plain($0))" } ?? "images"
      let name = try output.writeImage(of: item, into: folder)
      let start = [
        "\(folder)/\(name)", item.subset ?? "", item.size.map { "\($0.width)" } ?? "",
        item.size.map { "\($0.height)" } ?? "",
      ]
      let end = extra.map { item.metadata[$0]?.description ?? "" }
      let rows = item.annotations.map { values($0, dataset.labels) }
      for row in rows.isEmpty ? [[String](repeating: "", count: 6)] : rows { text += line(start + row + end) }
    }
    try output.write(text, to: "annotations.csv")
  }

  private static func values(_ annotation: Annotation, _ labels: [String]) -> [String] {
    let label = annotation.label.flatMap { labels.indices.contains($0) ? labels[$0] : nil } ?? ""
    let box = annotation.bounds.map { [$0.x, $0.y, $0.right, $0.bottom].map(NumberText.text) }
    return [label] + (box ?? ["", "", "", ""]) + [annotation.score.map { "\($0)" } ?? ""]
  }

  private static func line(_ fields: [String]) -> String { CSVRecords.line(fields) + "\n" }
}
