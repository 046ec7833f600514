// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley

/// The same image more than once; the worst case is one in training and in test.
struct DuplicateChecks {
  let settings: DatasetDoctor.Settings

  func findings(_ dataset: AnnotatedDataset, _ images: ImageInspection) -> [DatasetFinding] {
    var findings: [DatasetFinding] = []
    var firsts: [Digest: Int] = [:]
    var duplicates: Set<Int> = []
    for (position, result) in images.results.enumerated() {
      guard let digest = result.digest else { continue }
      guard let first = firsts[digest] else {
        firsts[digest] = position
        continue
      }
      duplicates.insert(position)
      findings.append(finding(dataset.items[position], dataset.items[first], "is the same file as", isExact: true))
    }
    let hashes = images.results.enumerated().map { duplicates.contains($0) ? nil : $1.hash }
    let subsets = dataset.items.map { $0.subset ?? "" }
    for (first, second) in NearSearch(limit: settings.nearDuplicateBits).pairs(hashes, groups: subsets) {
      findings.append(finding(dataset.items[second], dataset.items[first], "looks nearly like", isExact: false))
    }
    return findings
  }

  private func finding(_ item: DatasetItem, _ other: DatasetItem, _ words: String, isExact: Bool) -> DatasetFinding {
    if item.subset != other.subset {
      return DatasetFinding(
        isExact ? .error : .warning, .leakage, at: item.id,
        "the image \(words) '\(other.id)', but one is in \(item.subset ?? "no subset") and the other in \(other.subset ?? "no subset"): what is trained on would be tested on",
        fix: isExact ? "keep the one that is not for training" : nil, item: item.id)
    }
    let differs = item.labels != other.labels
    return DatasetFinding(
      differs && isExact ? .error : .warning, isExact ? .duplicateImage : .nearDuplicate, at: item.id,
      "the image \(words) '\(other.id)'" + (differs ? ", with other classes" : ""),
      fix: isExact && !differs ? "leave this one out" : nil, item: item.id)
  }
}
