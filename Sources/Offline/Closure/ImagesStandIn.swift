// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import Files
internal import FoundationEssentials
internal import Galley
internal import Images
internal import Statistics
internal import Tensors

/// Images of noise with the same sizes, colours and file types, and annotations of the same kinds, in the same format.
struct ImagesStandIn: StandInMaker {
  /// Items of one class in one subset, with some that show what they are like.
  private struct Group {
    var label: Int
    var subset: String?
    var templates: [DatasetItem]
  }

  private let dataset: DatasetFormat
  private let classes: [DatasetClass]
  private let groups: [Group]
  private let looks: [ItemLook]

  /// The most items of a group that are looked at.
  private static let mostTemplates = 8

  init(_ options: ImageItems.Options, _ path: String) throws(GalleyError) {
    let read = try DatasetReader.read(path, as: DatasetFormat(rawValue: options.format))
    let whole = try read.complete()
    dataset = read.format
    guard dataset.abilities != nil else {
      throw GalleyError(
        .usage, "can't make up data", at: path, why: "\(dataset.title) is only read, not written",
        remedy: "Prepare the recipe with its data set, or convert it first: galley data convert.")
    }
    classes = whole.classes
    var groups: [Group] = []
    for item in whole.items {
      guard let label = item.labels.first else { continue }
      let subset = options.subsets == .ignored ? nil : item.subset
      if let known = groups.firstIndex(where: { $0.label == label && $0.subset == subset }) {
        if groups[known].templates.count < Self.mostTemplates { groups[known].templates.append(item) }
      } else {
        groups.append(Group(label: label, subset: subset, templates: [item]))
      }
    }
    guard !groups.isEmpty else {
      throw GalleyError(.badData, "can't make up data", at: path, why: "no item of the data set has a class")
    }
    self.groups = groups
    var bytes = ItemBytes()
    var looks: [ItemLook] = []
    for template in groups.flatMap(\.templates) { looks.append(try ItemLook(template, &bytes)) }
    self.looks = looks
  }

  var format: String { dataset.rawValue }
  var labels: [String] { classes.map(\.name) }
  var groupCount: Int { groups.count }

  var details: [String] {
    var found: [String] = []
    for look in looks where !found.contains(look.words) { found.append(look.words) }
    let shown = found.sorted().prefix(6).joined(separator: ", ")
    let subsets = Set(groups.compactMap(\.subset)).sorted()
    return ["images such as \(shown)" + (found.count > 6 ? " and \(found.count - 6) other kinds" : "")]
      + (subsets.isEmpty ? [] : ["subsets \(subsets.joined(separator: ", "))"])
  }

  func described(perGroup count: Int) throws -> DescribedItems {
    let items = items(perGroup: count)
    let inputs = try Tensor(items.indices.map { Int32(truncatingIfNeeded: $0) }, shape: [items.count, 1])
    return try DescribedItems(
      items: LabeledItems(
        ids: items.map(\.item.id), inputs: inputs, classes: items.map(\.item.labels).map { $0.first ?? 0 },
        labels: labels), dataset: AnnotatedDataset(classes: classes, items: items.map(\.item)),
      digests: items.map { Digest(of: $0.item.id) })
  }

  func write(to folder: String, perGroup count: Int, seed: UInt64) throws -> String {
    var generator = SeededGenerator(seed: seed)
    var items: [DatasetItem] = []
    for (item, look) in self.items(perGroup: count) {
      var item = item
      item.source = try look.noise(&generator)
      item.annotations = item.annotations.map { look.annotation(like: $0, &generator) }
      items.append(item)
    }
    try DatasetWriter.write(AnnotatedDataset(classes: classes, items: items), as: dataset, to: folder)
    return folder
  }

  /// Items without content, each with what its image looks like.
  private func items(perGroup count: Int) -> [(item: DatasetItem, look: ItemLook)] {
    var starts: [Int] = []
    var start = 0
    for group in groups {
      starts.append(start)
      start += group.templates.count
    }
    var items: [(item: DatasetItem, look: ItemLook)] = []
    for position in 0..<count {
      for (group, first) in zip(groups, starts) {
        let template = position % group.templates.count
        let look = looks[first + template]
        // Names, notes and places of the data set's own items are nobody's business.
        let item = DatasetItem(
          id: "stand-in-\(items.count + 1).\(look.ending)", source: .missing(""), subset: group.subset, size: look.size,
          annotations: group.templates[template].annotations.map(Self.bare))
        items.append((item, look))
      }
    }
    return items
  }

  /// An annotation without what somebody wrote into it.
  private static func bare(_ annotation: Annotation) -> Annotation {
    var bare = annotation
    (bare.attributes, bare.provenance, bare.maskFile) = ([:], nil, nil)
    return bare
  }
}
