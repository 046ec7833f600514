// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import Files
internal import FoundationEssentials
internal import Galley
internal import Tensors

/// A data set that was read, understood and divided, and isn't written anywhere yet.
struct ReadData: Sendable {
  /// What backends get.
  enum Content: Sendable {
    /// Items in files; those that aren't files yet, by the paths that they will have in the workspace.
    case listing(ItemListing, unpacked: [String: ItemSource])
    /// Items with their pixels.
    case prepared(PreparedData)
  }

  /// What the user named.
  var path: String
  var content: Content
  var task: EngineTask
  var labels: [String]
  /// Items of each subset.
  var counts: [Subset: Int]
  /// The sizes of the training items' images; `nil` if none is known.
  var sizes: SizeStatistics?
  /// SHA-256 over the items' ids, subsets, classes and bytes, which names the data wherever it lies.
  var identity: Digest
  var values: [ExplainedValue]
  var warnings: [String]

  /// The shape of one item for prepared data: height, width, channels.
  var itemShape: [Int]? {
    guard case .prepared(let data) = content else { return nil }
    return data.subsets.values.first.map { Array($0.inputs.shape.dropFirst()) }
  }

  /// The bytes of the file that backends read, and the ending of its name.
  func serialized() throws(GalleyError) -> (data: Data, ending: String) {
    do {
      switch content {
      case .listing(let listing, _): return (try listing.serialized(), "json")
      case .prepared(let data): return (try data.serialized(), "safetensors")
      }
    } catch let error as GalleyError {
      throw error
    } catch {
      throw GalleyError(.software, "can't write the data set down", at: path, why: "\(error)")
    }
  }

  /// Refuses data that lacks what a verb needs.
  /// - Throws: `GalleyError` that names what is lacking.
  func check(for verb: EngineVerb) throws(GalleyError) {
    func refusal(_ why: String, _ remedy: String) -> GalleyError {
      GalleyError(.badData, "can't \(verb.rawValue) on this data set", at: path, why: why, remedy: remedy)
    }
    let needed: [Subset] =
      switch verb {
      case .train: [.train, .validation]
      case .validate: [.validation]
      case .test: [.test]
      case .predict, .export, .bench: []
      }
    for subset in needed where (counts[subset] ?? 0) == 0 {
      throw refusal(
        "it has no items for \(subset.rawValue)",
        "Have them drawn (--subsets ignored), or add a folder named \(subset.rawValue).")
    }
    guard verb == .train else { return }
    guard labels.count >= 2 else {
      throw refusal(
        labels.isEmpty ? "its items have no classes" : "it has one class, '\(labels[0])', and nothing to tell it from",
        "Put the items of each class into a folder of the class's name.")
    }
    let trained = classCounts(of: .train)
    let missing = labels.indices.filter { trained[$0] == 0 }.map { "'\(labels[$0])'" }
    let judged = [Subset.validation, .test].map { classCounts(of: $0) }
    if labels.indices.contains(where: { index in trained[index] == 0 && judged.contains { $0[index] > 0 } }) {
      throw refusal(
        "no training item is of the class \(missing.prefix(5).joined(separator: ", "))",
        "Add training items of it, or divide all items anew: --subsets ignored.")
    }
  }

  /// Items of each class in a subset, in the order of the labels.
  func classCounts(of subset: Subset) -> [Int] {
    var counts = [Int](repeating: 0, count: labels.count)
    let classes: [Int] =
      switch content {
      case .listing(let listing, _): listing.items(subset).flatMap(\.classes)
      case .prepared(let data): data.subsets[subset]?.classes ?? []
      }
    for index in classes where counts.indices.contains(index) { counts[index] += 1 }
    return counts
  }
}
