// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Oxford-IIIT Pets: `images`, and in `annotations` the lists `trainval.txt` and `test.txt` (name, class from 1 on,
/// species, breed), boxes of heads in `xmls`, and trimaps.
enum OxfordPetsReader: FormatReader {
  static let format = DatasetFormat.oxfordPets
  private static let lists = ["trainval", "test"]

  static func evidence(in tree: FileTree) -> FormatEvidence {
    var evidence = FormatEvidence()
    let found = lists.map { "annotations/\($0).txt" }.filter(tree.contains)
    guard !found.isEmpty else {
      return FormatEvidence(against: "there is neither annotations/trainval.txt nor annotations/test.txt")
    }
    evidence.add("there is \(found.joined(separator: " and "))", weight: 40)
    if tree.paths.contains(where: { $0.hasPrefix("annotations/trimaps/") }) {
      evidence.add("there is the folder annotations/trimaps", weight: 20)
    }
    return evidence
  }

  static func read(_ tree: FileTree, into builder: inout DatasetBuilder) throws(GalleyError) {
    var rows: [Row] = []
    for list in lists where tree.contains("annotations/\(list).txt") { rows += try self.rows(list, tree, &builder) }
    guard !rows.isEmpty else {
      throw GalleyError(.badData, "can't read Oxford-IIIT Pets", at: tree.root, why: "the lists are missing or empty")
    }
    // Classes by their number, as torchvision has them.
    let names = Dictionary(rows.map { ($0.number, $0.breed) }, uniquingKeysWith: { first, _ in first })
    for number in names.keys.sorted() { if let name = names[number] { _ = builder.label(name) } }
    for row in rows { add(row, tree, &builder) }
  }

  private struct Row {
    var stem: String
    var number: Int
    var species: Int
    var subset: String
    var place: Provenance

    /// `american_bulldog_12` is an American Bulldog.
    var breed: String {
      let words = stem.split(separator: "_").dropLast()
      return words.map { $0.prefix(1).uppercased() + $0.dropFirst().lowercased() }.joined(separator: " ")
    }
  }

  private static func rows(_ list: String, _ tree: FileTree, _ builder: inout DatasetBuilder) throws(GalleyError)
    -> [Row]
  {
    let file = "annotations/\(list).txt"
    var rows: [Row] = []
    for (index, line) in try tree.text(file).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      let words = line.split(separator: " ")
      guard let stem = words.first, !stem.hasPrefix("#") else { continue }
      guard words.count == 4, let number = Int(words[1]), let species = Int(words[2]), number > 0 else {
        builder.report(
          .error, .malformed, at: "\(file):\(index + 1)",
          "a name and three numbers were expected, but there is '\(line)'")
        continue
      }
      rows.append(
        Row(
          stem: String(stem), number: number, species: species, subset: list,
          place: Provenance(file: file, line: index + 1)))
    }
    return rows
  }

  private static func add(_ row: Row, _ tree: FileTree, _ builder: inout DatasetBuilder) {
    let path = "images/\(row.stem).jpg"
    let exists = tree.contains(path)
    var item = DatasetItem(
      id: path, source: exists ? tree.source(path) : .missing(path), subset: row.subset, provenance: row.place)
    item.metadata["species"] = .string(row.species == 1 ? "cat" : "dog")
    let label = builder.label(row.breed)
    item.annotations.append(Annotation(label: label, provenance: row.place))
    let boxes = "annotations/xmls/\(row.stem).xml"
    if tree.contains(boxes), let annotation = VOCAnnotation(boxes, in: tree, declaring: false, &builder) {
      item.size = annotation.size
      for var head in annotation.annotations {
        head.label = label
        head.attributes["part"] = "head"
        item.annotations.append(head)
      }
    }
    let trimap = "annotations/trimaps/\(row.stem).png"
    if tree.contains(trimap) { item.metadata["trimap"] = .string(trimap) }
    builder.append(item)
  }
}
