// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Writes `JPEGImages`, `Annotations` and `ImageSets/Main`.
enum VOCWriter: FormatWriter {
  static let format = DatasetFormat.voc

  static func write(_ dataset: AnnotatedDataset, to output: inout DatasetOutput) throws(GalleyError) {
    for (subset, items) in DatasetOutput.subsets(dataset) {
      var list = ""
      for item in items {
        let name = try output.writeImage(of: item, into: "JPEGImages")
        let stem = PathParts(name).stem
        list += stem + "\n"
        try output.write(document(item, name, dataset.labels), to: "Annotations/\(stem).xml")
      }
      if let subset { try output.write(list, to: "ImageSets/Main/\(subset).txt") }
    }
  }

  private static func document(_ item: DatasetItem, _ name: String, _ labels: [String]) -> String {
    var text = "<annotation>\n  <folder>JPEGImages</folder>\n  <filename>\(XMLText.escaped(name))</filename>\n"
    if let size = item.size {
      text += "  <size>\n    <width>\(size.width)</width>\n    <height>\(size.height)</height>\n"
      text += "    <depth>3</depth>\n  </size>\n"
    }
    text += "  <segmented>0</segmented>\n"
    for annotation in item.annotations {
      guard let label = annotation.label, labels.indices.contains(label), let box = annotation.bounds else { continue }
      text += object(annotation, labels[label], box)
    }
    return text + "</annotation>\n"
  }

  private static func object(_ annotation: Annotation, _ label: String, _ box: Box) -> String {
    var text = "  <object>\n    <name>\(XMLText.escaped(label))</name>\n"
    for key in ["pose", "truncated", "difficult", "occluded"] {
      let fallback: ConfigurationValue? = ["truncated", "difficult"].contains(key) ? .int(0) : nil
      guard let value = annotation.attributes[key] ?? fallback else { continue }
      text += "    <\(key)>\(XMLText.escaped(value.description))</\(key)>\n"
    }
    text += "    <bndbox>\n"
    let corners = [("xmin", box.x + 1), ("ymin", box.y + 1), ("xmax", box.right), ("ymax", box.bottom)]
    for (name, value) in corners { text += "      <\(name)>\(NumberText.text(value))</\(name)>\n" }
    return text + "    </bndbox>\n  </object>\n"
  }
}
