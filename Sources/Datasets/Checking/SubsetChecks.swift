// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Subsets that are empty or missing, items without annotations, classes that training never sees.
enum SubsetChecks {
  static func findings(_ dataset: AnnotatedDataset) -> [DatasetFinding] {
    guard !dataset.items.isEmpty else { return [] }
    var findings = withoutAnnotations(dataset)
    let names = dataset.subsetNames
    if names.isEmpty { return findings }
    let loose = dataset.items.count { $0.subset == nil }
    if loose > 0 {
      findings.append(
        DatasetFinding(.warning, .missingSubset, "\(loose) items belong to no subset, though others do"))
    }
    if !names.contains(where: { Subset(foreignName: $0) == .train }) {
      findings.append(
        DatasetFinding(.warning, .missingSubset, "no subset is for training: there is \(names.joined(separator: ", "))")
      )
    } else {
      findings += unseenClasses(dataset)
    }
    return findings
  }

  private static func withoutAnnotations(_ dataset: AnnotatedDataset) -> [DatasetFinding] {
    let bare = dataset.items.filter(\.annotations.isEmpty)
    guard !bare.isEmpty else { return [] }
    guard bare.count < dataset.items.count else {
      return [DatasetFinding(.error, .withoutAnnotation, "none of the \(bare.count) items has an annotation")]
    }
    let noFile = bare.filter { $0.metadata["labelFile"] == .null }
    var findings = noFile.map {
      DatasetFinding(
        .warning, .withoutAnnotation, at: $0.id,
        "there is no label file for this image; an empty one would say that nothing is on it",
        item: $0.id)
    }
    let rest = bare.count - noFile.count
    if rest > 0 {
      findings.append(
        DatasetFinding(
          .note, .withoutAnnotation,
          "\(rest) of \(dataset.items.count) items have no annotation: background, if that is meant"))
    }
    return findings
  }

  private static func unseenClasses(_ dataset: AnnotatedDataset) -> [DatasetFinding] {
    var trained: Set<Int> = []
    var elsewhere: [Int: String] = [:]
    for item in dataset.items {
      if item.subset.flatMap({ Subset(foreignName: $0) }) == .train {
        trained.formUnion(item.labels)
      } else if let subset = item.subset {
        for label in item.labels where elsewhere[label] == nil { elsewhere[label] = subset }
      }
    }
    // Anomaly detection trains on good images only, by intent.
    guard trained.count > 1 else { return [] }
    return elsewhere.filter { !trained.contains($0.key) && dataset.classes.indices.contains($0.key) }
      .sorted { $0.key < $1.key }
      .map {
        DatasetFinding(
          .warning, .labelOnlyInOneSubset,
          "the class '\(dataset.classes[$0.key].name)' occurs in \($0.value) but never in training")
      }
  }
}
