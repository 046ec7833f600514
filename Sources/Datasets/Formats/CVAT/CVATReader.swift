// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// "CVAT for images 1.1": one XML file, `annotations.xml`, and a folder of images.
enum CVATReader: FormatReader {
  static let format = DatasetFormat.cvat

  static func evidence(in tree: FileTree) -> FormatEvidence {
    let files = candidates(tree)
    guard !files.isEmpty else { return FormatEvidence(against: "there are no XML files") }
    for file in files.prefix(4) {
      guard let head = try? tree.head(file, count: 65_536) else { continue }
      let text = String(decoding: head, as: UTF8.self)
      if text.contains("<annotations"), text.contains("<image ") || text.contains("<meta") {
        var evidence = FormatEvidence()
        evidence.add("\(file) has the element 'annotations' at its top", weight: 55)
        return evidence
      }
    }
    return FormatEvidence(against: "no XML file has the element 'annotations' at its top")
  }

  private static func candidates(_ tree: FileTree) -> [String] {
    if let focus = tree.focus { return focus.hasSuffix(".xml") ? [focus] : [] }
    return tree.paths.filter { PathParts($0).ending == "xml" }
      .sorted { PathParts($0).stem == "annotations" && PathParts($1).stem != "annotations" }
  }

  static func read(_ tree: FileTree, into builder: inout DatasetBuilder) throws(GalleyError) {
    guard let file = candidates(tree).first else {
      throw GalleyError(.badData, "can't read CVAT", at: tree.root, why: "there are no XML files")
    }
    do throws(XMLProblem) {
      let root = try XMLDocument(try text(file, tree)).root
      declareLabels(root, &builder)
      for image in root.all("image") { add(image, file, tree, &builder) }
      if root.child("track") != nil {
        builder.report(.warning, .unsupported, at: file, "tracks of CVAT for video are not read")
      }
    } catch {
      throw GalleyError(.badData, "can't read CVAT", at: "\(file):\(error.line)", why: error.message)
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

  private static func add(_ image: XMLElement, _ file: String, _ tree: FileTree, _ builder: inout DatasetBuilder) {
    let place = Provenance(file: file, line: image.line)
    guard let name = image.attributes["name"], !name.isEmpty else {
      builder.report(.error, .malformed, at: place.description, "the image has no name")
      return
    }
    let path = tree.resolve("images/\(name)") ?? tree.resolve(name)
    var item = DatasetItem(
      id: path ?? name, source: path.map(tree.source) ?? .missing(name), subset: image.attributes["subset"],
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
