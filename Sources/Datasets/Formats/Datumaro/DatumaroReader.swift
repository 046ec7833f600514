// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import JSONStream

/// Datumaro's JSON, version 1.0: `annotations/<subset>.json` with `categories` and `items`; images in
/// `images/<subset>`.
enum DatumaroReader: FormatReader {
  static let format = DatasetFormat.datumaro

  static func evidence(in tree: FileTree) -> FormatEvidence {
    let files = COCOReader.jsonFiles(tree)
    guard !files.isEmpty else { return FormatEvidence(against: "there are no JSON files") }
    var evidence = FormatEvidence()
    for file in files.prefix(16) {
      if case .keys(let keys) = JSONSignature(tree, file), keys.contains("categories"), keys.contains("items") {
        evidence.add("\(file) has the keys categories and items", weight: evidence.weight == 0 ? 50 : 0)
      }
    }
    if evidence.reasonsFor.isEmpty { evidence.object("no JSON file has the keys categories and items") }
    return evidence
  }

  static func read(_ tree: FileTree, into builder: inout DatasetBuilder) throws(GalleyError) {
    let files = COCOReader.jsonFiles(tree).filter {
      if case .keys(let keys) = JSONSignature(tree, $0) { return keys.contains("items") }
      return false
    }
    guard !files.isEmpty else {
      throw GalleyError(.badData, "can't read Datumaro's JSON", at: tree.root, why: "no JSON file has the key items")
    }
    for file in files {
      let data: Data
      do { data = try tree.read(file) } catch {
        builder.report(error)
        continue
      }
      do {
        let document = try data.withUnsafeBytes { try DatumaroDocument($0, file: file) }
        document.add(to: &builder, subset: PathParts(file).stem)
      } catch let problem as JSONProblem {
        builder.report(.error, .malformed, at: "\(file):\(problem.line):\(problem.column)", problem.message)
      } catch {
        builder.report(.error, .malformed, at: file, "\(error)")
      }
    }
  }
}
