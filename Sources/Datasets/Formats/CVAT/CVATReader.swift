// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// "CVAT for images 1.1": one XML file, `annotations.xml`, and a folder of images.
enum CVATReader: FormatReader {
  static let format = DatasetFormat.cvat

  static func evidence(in tree: FileTree) -> FormatEvidence {
    let files = files(tree)
    guard let first = files.first else {
      return FormatEvidence(against: "no XML file has the element 'annotations' at its top")
    }
    var evidence = FormatEvidence()
    evidence.add("\(first) has the element 'annotations' at its top", weight: 55)
    return evidence
  }

  /// The XML files that are CVAT's.
  private static func files(_ tree: FileTree) -> [String] {
    if let focus = tree.focus { return focus.hasSuffix(".xml") ? [focus] : [] }
    let depth = tree.paths.lazy.filter { PathParts($0).ending == "xml" }.map { $0.count { $0 == "/" } }.min() ?? 0
    return tree.paths.filter { path in
      guard PathParts(path).ending == "xml", path.count(where: { $0 == "/" }) == depth,
        let head = try? tree.head(path, count: 65_536)
      else { return false }
      let text = String(decoding: head, as: UTF8.self)
      return text.contains("<annotations") && (text.contains("<image ") || text.contains("<meta"))
    }
  }

  static func read(_ tree: FileTree, into builder: inout DatasetBuilder) throws(GalleyError) {
    let files = files(tree)
    guard !files.isEmpty else {
      throw GalleyError(
        .badData, "can't read CVAT", at: tree.root, why: "no XML file has the element 'annotations' at its top")
    }
    for file in files {
      let subset = files.count > 1 || Subset(foreignName: PathParts(file).stem) != nil ? PathParts(file).stem : nil
      do throws(XMLProblem) {
        let root = try XMLDocument(try text(file, tree)).root
        declareLabels(root, &builder)
        for image in root.all("image") { add(image, file, subset, tree, &builder) }
        if root.child("track") != nil {
          builder.report(.warning, .unsupported, at: file, "tracks of CVAT for video are not read")
        }
      } catch {
        builder.report(.error, .malformed, at: "\(file):\(error.line)", error.message)
      }
    }
  }

  private static func text(_ file: String, _ tree: FileTree) throws(XMLProblem) -> String {
    do throws(GalleyError) { return try tree.text(file) } catch { throw XMLProblem(message: error.why, line: 1) }
  }

  private static func declareLabels(_ root: XMLElement, _ builder: inout DatasetBuilder) {
    guard let meta = root.child("meta") else { return }
    let owner = meta.child("task") ?? meta.child("job") ?? meta.child("project") ?? meta
    for label in owner.child("labels")?.all("label") ?? [] {
      // Labels of a skeleton's points are no classes of their own.
      if let name = label.value("name"), !name.isEmpty, label.value("parent") == nil { _ = builder.label(name) }
    }
  }

  private static func add(
    _ image: XMLElement, _ file: String, _ subset: String?, _ tree: FileTree, _ builder: inout DatasetBuilder
  ) {
    let place = Provenance(file: file, line: image.line)
    guard let name = image.attributes["name"], !name.isEmpty else {
      builder.report(.error, .malformed, at: place.description, "the image has no name")
      return
    }
    let path = tree.resolve("images/\(name)") ?? tree.resolve(name)
    var item = DatasetItem(
      id: path ?? name, source: path.map(tree.source) ?? .missing(name), subset: image.attributes["subset"] ?? subset,
      provenance: place)
    if let width = image.attributes["width"].flatMap({ Int($0) }),
      let height = image.attributes["height"].flatMap({ Int($0) }), width > 0, height > 0
    {
      item.size = PixelSize(width: width, height: height)
    }
    for shape in image.children {
      switch CVATShape.annotation(shape, in: item.size, file, &builder) {
      case .some(let annotation): item.annotations.append(annotation)
      case nil: break
      }
    }
    builder.append(item)
  }
}
