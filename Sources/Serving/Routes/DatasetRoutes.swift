// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import HTTPTypes
internal import Platform

/// Data sets.
enum DatasetRoutes {
  private static let group = "data sets"
  private static let place = "/v1/datasets/{dataset}"

  static let all: [Route] =
    Listing<PlatformDataset>(
      resource: .datasets, path: "/v1/datasets", name: "Datasets", group: group, words: "data sets", schema: "Dataset",
      isScoped: false
    ) { store, filters, _ in try store.datasets(filters) }.routes + [
      .creating(
        "/v1/datasets", "createDataset", group, "Create an empty data set.", .json(EntitySchemas.newDataset),
        .reference("Dataset"), naming: "dataset", failures: [(.conflict, "The name is taken.")]
      ) { call in
        let dataset = try call.store.createDataset(
          call.text(in: "name") ?? "", in: call.text(in: "project") ?? PlatformStore.defaultProject,
          labels: labels(call) ?? [], metadata: call.object(in: "metadata") ?? .empty)
        return (dataset, "/v1/datasets/\(dataset.id)")
      },
      .reading(
        place, "showDataset", group, "Show a data set, by its name, PROJECT/NAME or id, with how much it holds.",
        .reference("DatasetWithCounts")
      ) { try DatasetDocument($0.path("dataset"), $0.store) },
      .changing(
        place, "updateDataset", group, "Change a data set; what isn't named stays.",
        .json(EntitySchemas.datasetChange), .reference("Dataset"), failures: [(.conflict, "The name is taken.")]
      ) { call in
        try call.store.updateDataset(
          call.path("dataset"), newName: call.text(in: "name"), labels: labels(call),
          metadata: call.object(in: "metadata"))
      },
      .removing(
        place, "deleteDataset", group, "Remove a data set with its items, annotations and predictions.",
        failures: [(.conflict, "Several projects have one of that name.")]
      ) { try $0.store.deleteDataset($0.path("dataset")) },
    ]

  private struct DatasetDocument: Encodable, Sendable {
    var dataset: PlatformDataset
    var counts: DatasetCounts

    init(_ name: String, _ store: PlatformStore) throws {
      dataset = try store.dataset(name)
      counts = try store.counts(ofDataset: dataset.id)
    }
  }

  private static func labels(_ call: Call) throws -> [DatasetClass]? {
    guard case .list(let values)? = call["labels"] else { return nil }
    return values.map { value in
      guard case .map(let fields) = value, case .string(let name)? = fields["name"] else { return DatasetClass("") }
      var label = DatasetClass(name)
      if case .string(let parent)? = fields["parent"] { label.parent = parent }
      if case .list(let names)? = fields["keypoints"] {
        label.keypoints = names.compactMap { if case .string(let name) = $0 { name } else { nil } }
      }
      if case .list(let pairs)? = fields["skeleton"] {
        label.skeleton = pairs.map { pair in
          guard case .list(let ends) = pair else { return [] }
          return ends.compactMap { if case .int(let end) = $0 { end } else { nil } }
        }
      }
      return label
    }
  }
}
