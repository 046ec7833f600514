// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import JSONStream

/// COCO: JSON files with `images`, `annotations` and `categories`.
///
/// Any name will do: each JSON file of that form is read. The subset is the part of its name after the task
/// (`instances_val2017.json`: `val2017`), or its folder (`valid/_annotations.coco.json`).
enum COCOReader: FormatReader {
  static let format = DatasetFormat.coco

  static func evidence(in tree: FileTree) -> FormatEvidence {
    let files = jsonFiles(tree)
    guard !files.isEmpty else { return FormatEvidence(against: "there are no JSON files") }
    var evidence = FormatEvidence()
    for file in files.prefix(16) {
      switch JSONSignature(tree, file) {
      case .keys(let keys) where keys.contains("images") && keys.contains("annotations"):
        evidence.add("\(file) has the keys images and annotations", weight: evidence.weight == 0 ? 50 : 0)
      case .damaged(let problem): if evidence.weight == 0 { evidence.object("\(file): \(problem)") }
      default: break
      }
    }
    if evidence.weight > 0 { return evidence.withoutObjections }
    evidence.object("no JSON file has the keys images and annotations")
    return evidence
  }

  static func jsonFiles(_ tree: FileTree) -> [String] {
    if let focus = tree.focus { return focus.hasSuffix(".json") ? [focus] : [] }
    return tree.paths.filter { PathParts($0).ending == "json" && !$0.hasSuffix(".about.json") }
  }

  static func read(_ tree: FileTree, into builder: inout DatasetBuilder) throws(GalleyError) {
    let files = jsonFiles(tree)
    guard !files.isEmpty else {
      throw GalleyError(.badData, "can't read COCO", at: tree.root, why: "there are no JSON files")
    }
    var join = COCOJoin(tree)
    var readCount = 0
    for file in files {
      if case .keys(let keys) = JSONSignature(tree, file), !keys.contains("images"), !keys.contains("annotations") {
        continue
      }
      readCount += 1
      do {
        join.add(try document(file, tree), subset: subset(of: file, among: files.count), to: &builder)
      } catch let error as GalleyError {
        builder.report(error)
      } catch let problem as JSONProblem {
        builder.report(.error, .malformed, at: "\(file):\(problem.line):\(problem.column)", problem.message)
      } catch {
        builder.report(.error, .malformed, at: file, "\(error)")
      }
    }
    if readCount == 0 {
      throw GalleyError(
        .badData, "can't read COCO", at: tree.root, why: "no JSON file has the keys images and annotations")
    }
  }

  /// The document; the file's bytes are given back as soon as it is read.
  private static func document(_ file: String, _ tree: FileTree) throws -> COCODocument {
    let data = try tree.read(file)
    return try data.withUnsafeBytes { try COCODocument($0, file: file) }
  }

  /// The tasks that COCO's own file names begin with.
  private static let tasks = [
    "instances_", "person_keypoints_", "keypoints_", "captions_", "image_info_", "labels_", "stuff_", "panoptic_",
  ]

  static func subset(of file: String, among count: Int) -> String? {
    let parts = PathParts(file)
    var stem = parts.stem
    for task in tasks where stem.hasPrefix(task) {
      stem = String(stem.dropFirst(task.count))
      return stem.isEmpty ? nil : stem
    }
    if Subset(foreignName: stem) != nil { return stem }
    let folder = PathParts(parts.folder).name
    if Subset(foreignName: folder) != nil { return folder }
    return count > 1 ? stem : nil
  }
}
