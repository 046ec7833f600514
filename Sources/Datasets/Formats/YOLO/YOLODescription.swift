// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import Yams

/// The file `data.yaml` of a data set in the layout of Ultralytics.
struct YOLODescription {
  let file: String
  /// The classes' names by number.
  var names: [String] = []
  /// For each subset the folders or list files that it names.
  var subsets: [(name: String, paths: [String])] = []
  var keypoints: (count: Int, values: Int)?
  /// The names of the keypoints of classes that have some.
  var keypointNames: [Int: [String]] = [:]
  var problems: [DatasetFinding] = []

  /// Reads the file's text; `nil` if it is no YAML or has no `names`.
  init?(_ text: String, file: String) {
    guard text.utf8.count <= 4 << 20, let root = try? Yams.compose(yaml: text)?.mapping else { return nil }
    guard let names = root["names"] else { return nil }
    self.file = file
    readNames(names)
    let base = root["path"]?.scalar?.string ?? ""
    for (key, value) in root {
      guard let name = key.scalar?.string, Subset(foreignName: name) != nil else { continue }
      let paths = value.sequence?.compactMap(\.scalar?.string) ?? [value.scalar?.string].compactMap { $0 }
      subsets.append((name, paths.filter { !$0.isEmpty }.map { base.isEmpty ? $0 : "\(base)/\($0)" }))
    }
    if let shape = root["kpt_shape"]?.sequence?.compactMap(\.int), shape.count == 2, shape[0] > 0, (2...3) ~= shape[1] {
      keypoints = (shape[0], shape[1])
    }
    for (key, value) in root["kpt_names"]?.mapping ?? [:] {
      let names = value.sequence?.map { $0.scalar?.string ?? "" } ?? []
      guard let number = key.int, self.names.indices.contains(number), names.count == keypoints?.count else {
        problems.append(
          DatasetFinding(
            .warning, .malformed, at: "\(file):\(key.mark?.line ?? 1)",
            "kpt_names needs the number of a class and as many names as kpt_shape has keypoints"))
        continue
      }
      keypointNames[number] = names
    }
    if let stated = root["nc"]?.int, stated != self.names.count {
      problems.append(
        DatasetFinding(
          .error, .classOutOfRange, at: "\(file):\(root["nc"]?.mark?.line ?? 1)",
          "nc is \(stated), but there are \(self.names.count) names"))
    }
  }

  private mutating func readNames(_ node: Node) {
    if let list = node.sequence {
      names = list.map { $0.scalar?.string ?? "" }
      return
    }
    var entries: [Int: String] = [:]
    for (key, value) in node.mapping ?? [:] {
      let line = key.mark?.line ?? 1
      guard let number = key.int, number >= 0, let name = value.scalar?.string else {
        problems.append(
          DatasetFinding(.error, .malformed, at: "\(file):\(line)", "names needs whole numbers from 0 on as keys"))
        continue
      }
      if entries.updateValue(name, forKey: number) != nil {
        problems.append(
          DatasetFinding(.error, .duplicateID, at: "\(file):\(line)", "the class \(number) is named twice"))
      }
    }
    guard let last = entries.keys.max() else { return }
    guard last < entries.count else {
      let missing = (0...min(last, 100_000)).first { entries[$0] == nil } ?? 0
      problems.append(
        DatasetFinding(
          .error, .classOutOfRange, at: "\(file):\(node.mark?.line ?? 1)", "the class \(missing) has no name"))
      names = (0...min(last, 100_000)).map { entries[$0] ?? "class \($0)" }
      return
    }
    names = (0...last).compactMap { entries[$0] }
  }
}
