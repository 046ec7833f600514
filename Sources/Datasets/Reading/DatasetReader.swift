// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// A data set as it was read, with what was found on the way.
public struct ReadDataset: Sendable {
  /// The items and annotations that could be read.
  public var dataset: AnnotatedDataset
  /// The format it was read as.
  public var format: DatasetFormat
  /// What could not be read, and what looked wrong while reading.
  public var findings: [DatasetFinding]
  /// The formats that were considered; empty if the format was stated.
  public var candidates: [FormatCandidate]
  /// The files.
  public var tree: FileTree

  /// The data set if nothing in it was unreadable.
  /// - Throws: `GalleyError` with the first error.
  public func complete() throws(GalleyError) -> AnnotatedDataset {
    guard let first = findings.first(where: { $0.severity == .error }) else { return dataset }
    let count = findings.count { $0.severity == .error }
    throw GalleyError(
      .badData, "can't use the data set", at: first.place.isEmpty ? tree.root : "\(tree.root)/\(first.place)",
      why: first.message + (count > 1 ? " (and \(count - 1) more errors)" : ""),
      remedy: "Run `galley data check \(tree.root)` to see all of them.")
  }
}

/// Recognises and reads data sets.
public enum DatasetReader {
  /// Reads a data set.
  /// - Parameters:
  ///   - path: a folder, a zip or tar archive, or the file that describes the data set.
  ///   - format: the format, if it shall not be recognised.
  /// - Throws: `GalleyError` if there is nothing, if no format or several fit, or if nothing can be read.
  public static func read(_ path: String, as format: DatasetFormat? = nil) throws(GalleyError) -> ReadDataset {
    try read(FileTree(path), as: format)
  }

  /// Reads a data set.
  /// - Throws: `GalleyError` if no format or several fit, or if nothing can be read.
  public static func read(_ tree: FileTree, as format: DatasetFormat? = nil) throws(GalleyError) -> ReadDataset {
    if let format, let reader = format.reader {
      // What is stated wins, also over a folder that lies around the data set.
      let inner = innermost(tree)
      return try read(
        reader.evidence(in: tree).isMatch ? tree : reader.evidence(in: inner).isMatch ? inner : tree, reader, [])
    }
    let (found, candidates) = recognise(tree)
    let matches = candidates.filter(\.evidence.isMatch)
    guard let best = matches.first, let reader = best.format.reader else { throw unknown(tree, candidates) }
    if let second = matches.dropFirst().first, second.evidence.weight == best.evidence.weight {
      throw GalleyError(
        .badData, "can't tell the data set's format", at: tree.root,
        why: "it fits \(best.format.rawValue) and \(second.format.rawValue):\n\(best)\n\(second)",
        remedy: "State the format.")
    }
    return try read(found, reader, candidates)
  }

  /// All formats, the most fitting first, with what speaks for and against each; and the files they are about: the
  /// whole tree, or what lies in its only folder.
  public static func recognise(_ tree: FileTree) -> (tree: FileTree, candidates: [FormatCandidate]) {
    let outer = candidates(in: tree)
    let inner = innermost(tree)
    guard inner.prefix != tree.prefix else { return (tree, outer) }
    let innerCandidates = candidates(in: inner)
    guard let within = innerCandidates.first?.evidence, within.isMatch else { return (tree, outer) }
    guard let around = outer.first, around.evidence.isMatch else { return (inner, innerCandidates) }
    // The only folder may be a subset or a category, which then says something.
    let tells = around.format == .imageFolders || around.format == .mvtec
    return within.weight > around.evidence.weight || (!tells && within.weight == around.evidence.weight)
      ? (inner, innerCandidates) : (tree, outer)
  }

  private static func candidates(in tree: FileTree) -> [FormatCandidate] {
    DatasetFormat.readers.map { FormatCandidate(format: $0.format, evidence: $0.evidence(in: tree)) }.sorted {
      ($0.evidence.isMatch ? 1 : 0, $0.evidence.weight) > ($1.evidence.isMatch ? 1 : 0, $1.evidence.weight)
    }
  }

  /// The tree without folders that hold nothing but one folder, as archives often have them. A folder that is named
  /// like a subset says something and stays.
  private static func innermost(_ tree: FileTree) -> FileTree {
    let tops = Set(tree.paths.map { $0.prefix { $0 != "/" } })
    guard tops.count == 1, let top = tops.first, !tree.contains(String(top)), Subset(foreignName: String(top)) == nil
    else { return tree }
    return innermost(tree.below(String(top)))
  }

  private static func read(
    _ tree: FileTree, _ reader: any FormatReader.Type, _ candidates: [FormatCandidate]
  ) throws(GalleyError) -> ReadDataset {
    var builder = DatasetBuilder(tree)
    try reader.read(tree, into: &builder)
    return ReadDataset(
      dataset: builder.dataset, format: reader.format, findings: builder.findings, candidates: candidates, tree: tree)
  }

  private static func unknown(_ tree: FileTree, _ candidates: [FormatCandidate]) -> GalleyError {
    guard !tree.paths.isEmpty else {
      return GalleyError(
        .badData, "can't read the data set", at: tree.root, why: "there are no files",
        remedy: "Name the folder or archive that holds the data set.")
    }
    let reasons = candidates.map { "\($0.format.rawValue): \($0.evidence.reasonsAgainst.first ?? "no sign of it")" }
    return GalleyError(
      .badData, "can't tell the data set's format", at: tree.root,
      why: "none fits its \(tree.paths.count) files\n  " + reasons.joined(separator: "\n  "),
      remedy: "State the format to see what is wrong with it.")
  }
}
