// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Classes that are far rarer than others.
struct BalanceChecks {
  let settings: DatasetDoctor.Settings

  func findings(_ dataset: AnnotatedDataset) -> [DatasetFinding] {
    let counts = dataset.labelCounts
    let used = counts.enumerated().filter { $0.element > 0 }
    guard let most = used.max(by: { $0.element < $1.element }), let least = used.min(by: { $0.element < $1.element })
    else { return [] }
    if used.count == 1 {
      return [DatasetFinding(.note, .imbalance, "there is only one class: '\(dataset.labels[most.offset])'")]
    }
    let ratio = Double(most.element) / Double(least.element)
    guard ratio > settings.imbalance else { return [] }
    return [
      DatasetFinding(
        .warning, .imbalance,
        "the class '\(dataset.labels[most.offset])' has \(most.element) annotations, '\(dataset.labels[least.offset])' \(least.element): \(Int(ratio)) times as many"
      )
    ]
  }
}

/// Sizes of images.
enum SizeChecks {
  static func findings(_ dataset: AnnotatedDataset, _ images: ImageInspection) -> [DatasetFinding] {
    let sizes = images.sizeCounts
    guard sizes.count > 1, let first = sizes.first else { return [] }
    let widths = sizes.map(\.0.width)
    let heights = sizes.map(\.0.height)
    return [
      DatasetFinding(
        .note, .sizes,
        "the images have \(sizes.count) sizes: widths from \(widths.min() ?? 0) to \(widths.max() ?? 0), heights from \(heights.min() ?? 0) to \(heights.max() ?? 0); the most common is \(first.0) (\(first.1) images)"
      )
    ]
  }
}
