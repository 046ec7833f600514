// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import GRDB
public import Galley

extension PlatformStore {
  /// Writes down in the items' metadata, under `subset`, which subset each belongs to; all of them or none.
  /// - Parameter subsets: The ids of the items of each subset.
  /// - Throws: `GalleyError` if there is no such item.
  public func setSubsets(_ subsets: [Subset: [String]]) throws(GalleyError) {
    try write("can't divide the data set") { database in
      for (subset, ids) in subsets {
        for id in ids {
          var values = try PlatformItem(Self.itemRow(id, in: nil, database)).metadata.values
          values["subset"] = .string(subset.rawValue)
          try database.execute(
            sql: "UPDATE item SET metadata_json = ?, updated_unix_s = ? WHERE id = ?",
            arguments: [JSONObject(values).text, Self.now, id])
        }
      }
    }
  }
}

extension Filters {
  /// The items whose metadata say that they belong to a subset, as imports and `setSubsets` write it.
  public static func subset(_ subset: Subset) -> Filters {
    Filters(.items, .test(field: "metadata.subset", .equal, .string(subset.rawValue)))
  }
}
