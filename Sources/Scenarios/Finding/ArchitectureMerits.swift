// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Golden

/// How good architectures were on other data: a row's accuracy divided by the best on the same data, the best of each
/// architecture averaged over data sets.
struct ArchitectureMerits {
  private var merits: [String: Double] = [:]

  /// - Parameter paths: Golden volumes.
  /// - Throws: `GalleyError` if one can't be read.
  init(_ paths: [String]) throws(GalleyError) {
    guard !paths.isEmpty else { return }
    var best: [String: [String: Double]] = [:]
    for row in try GoldenVolumes(paths: paths).rows(where: GoldenCondition("accuracy != null and data_digest != null"))
    {
      guard let data = row.dataDigest?.hex, let accuracy = row["accuracy"].number,
        let name = Self.architecture(of: row.recipe)
      else { continue }
      best[data, default: [:]][name] = max(best[data]?[name] ?? 0, accuracy)
    }
    var shares: [String: [Double]] = [:]
    for accuracies in best.values {
      guard let top = accuracies.values.max(), top > 0 else { continue }
      for (name, accuracy) in accuracies { shares[name, default: []].append(accuracy / top) }
    }
    merits = shares.mapValues { $0.reduce(0, +) / Double($0.count) }
  }

  subscript(architecture: String) -> Double? { merits[architecture] }

  /// The last word of the architecture's taxonomy in a canonical recipe.
  private static func architecture(of recipe: GoldenRecipe) -> String? {
    guard recipe.form == .galley,
      let document = try? JSONDecoder().decode(ConfigurationValue.self, from: Data(recipe.content.utf8)),
      case .map(let root) = document, case .map(let slots)? = root["slots"],
      case .map(let slot)? = slots["model.architecture"], case .string(let taxonomy)? = slot["ingredient"]
    else { return nil }
    return taxonomy.split(separator: ".").last.map(String.init)
  }
}
