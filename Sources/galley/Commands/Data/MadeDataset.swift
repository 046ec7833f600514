// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import Foundation
internal import Galley
internal import Scenarios

/// Data sets that lie in no file: those that Galley renders, and those of registered workers.
enum MadeDataset {
  /// The data set that the text names, `shapes` or `shapes:count=400,size=48`; `nil` if there is no such ingredient, or
  /// a file or folder of that name. Objects are annotated where they are known, else the class of each image.
  /// - Throws: `GalleyError` if an option isn't the data set's, if its items are no images, or if neither a file nor an
  ///   ingredient has that name, but an ingredient nearly has.
  static func named(_ text: String) async throws -> AnnotatedDataset? {
    guard !FileManager.default.fileExists(atPath: text) else { return nil }
    let name = String(text.prefix { $0 != ":" })
    let datasets = Catalogue.standard.datasets
    guard let entry = datasets.entry(named: name), entry.card.option("path") == nil else {
      let made = datasets.entries.map(\.card).filter { $0.option("path") == nil }
      if let near = NearestName.match(name, in: made.map(\.name)) {
        throw GalleyError(
          .missingInput, "can't find the data set", at: text,
          why: "there is no such file, and no data set is made by that name", remedy: "Did you mean '\(near)'?")
      }
      return nil
    }
    let dataset = try entry.make(IngredientNotation(text).choice(of: entry.card))
    if let objects = dataset as? any ObjectDataset { return objects.annotated() }
    return try AnnotatedDataset(try await dataset.items(relativeTo: FileManager.default.currentDirectoryPath))
  }
}
