// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

extension DatasetSplit {
  /// The split that lists state: one item in each line, by its id, its file name, or its name without ending.
  /// - Parameters:
  ///   - lists: the text of each subset's list and the name of its file, for errors.
  /// - Throws: `GalleyError` that names the line of an item that isn't there, is ambiguous, or is listed twice.
  public static func listed(
    _ dataset: AnnotatedDataset, _ lists: [Subset: (file: String, text: String)]
  ) throws(GalleyError) -> DatasetSplit {
    var names: [String: Set<String>] = [:]
    for item in dataset.items {
      let parts = PathParts(item.id)
      for name in [item.id, parts.name, parts.stem, parts.pathStem] { names[name, default: []].insert(item.id) }
    }
    let ids = Set(dataset.items.map(\.id))
    var subsets: [Subset: [String]] = [:]
    var places: [String: String] = [:]
    for (subset, list) in lists.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      for (index, line) in list.text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
        let name = line.trimmed
        guard !name.isEmpty, !name.hasPrefix("#") else { continue }
        let place = "\(list.file):\(index + 1)"
        let found = ids.contains(name) ? [name] : names[name] ?? []
        guard let id = found.first, found.count == 1 else {
          throw GalleyError(
            .badData, "can't split the data", at: place,
            why: found.isEmpty
              ? "there is no item '\(name)'" : "'\(name)' may be any of \(found.sorted().joined(separator: ", "))")
        }
        if let earlier = places.updateValue(place, forKey: id) {
          throw GalleyError(
            .badData, "can't split the data", at: place, why: "'\(name)' is listed in \(earlier) too",
            remedy: "Give each item to one subset: what is trained on must not be tested on.")
        }
        subsets[subset, default: []].append(id)
      }
    }
    return try DatasetSplit(subsets)
  }
}
