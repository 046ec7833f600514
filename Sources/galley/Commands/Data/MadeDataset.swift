// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import Foundation
internal import Galley
internal import Scenarios

/// Data sets that lie in no file: those that Galley renders, and those of registered workers.
enum MadeDataset {
  /// The data set that the text names, `shapes` or `shapes:count=400,size=48`; `nil` if there is no such ingredient, or
  /// a file or folder of that name. Objects are annotated where they are known, else the class of each image.
  /// - Throws: `GalleyError` if an option isn't the data set's, or its items are no images.
  static func named(_ text: String) async throws -> AnnotatedDataset? {
    let name = text.prefix { $0 != ":" }
    guard !FileManager.default.fileExists(atPath: text),
      let entry = Catalogue.standard.datasets.entry(named: String(name)), entry.card.option("path") == nil
    else { return nil }
    let made = try entry.make(IngredientNotation(text).choice(of: entry.card))
    if let objects = made as? any ObjectDataset { return objects.annotated() }
    return try AnnotatedDataset(try await made.items(relativeTo: FileManager.default.currentDirectoryPath))
  }
}
