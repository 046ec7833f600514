// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Bundles
internal import Files
internal import Foundation
internal import Galley

/// What to do, on a machine with a network, about something that is missing here: which command adds it, and to which
/// of the bundles that were imported.
struct OfflineAdvice: Sendable {
  /// The pantry, in whose folder `bundles` the manifests of imported bundles lie.
  let pantryRoot: String
  /// The recipe that needs it; `nil` if none does.
  let recipe: String?

  /// Sentences for the person who reads the error.
  func words(for requirement: ArtifactRequirement) -> String {
    let bundles = imported
    var sentences: [String] = []
    if let holder = bundles.first(where: { holds($0, requirement) }) {
      sentences.append(
        "The bundle '\(holder.name)' (sequence \(holder.sequence)) holds it, but the pantry has lost it: import the bundle "
          + "again (galley offline import FILE).")
      return sentences.joined(separator: " ")
    }
    sentences += bundles.map { "The imported bundle '\($0.name)' (sequence \($0.sequence)) does not hold it." }
    let prepare = recipe.map { "galley offline prepare \($0)" } ?? preparation(requirement)
    let base = bundles.last.map { " --base \($0.name).galley" } ?? ""
    sentences.append(
      "On a connected machine: \(prepare), then galley offline export -o more.galley --key FILE\(base); here: galley "
        + "offline import more.galley.")
    return sentences.joined(separator: " ")
  }

  private func preparation(_ requirement: ArtifactRequirement) -> String {
    requirement.origins.first.map { "galley pantry add \($0)" } ?? "galley offline prepare RECIPE"
  }

  private func holds(_ manifest: Manifest, _ requirement: ArtifactRequirement) -> Bool {
    manifest.objects.contains { requirement.accepts($0.digest) }
  }

  /// The imported bundles, the one that was imported last at the end; files that are no manifests are left alone.
  private var imported: [Manifest] {
    let folder = "\(pantryRoot)/bundles"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    func moment(_ name: String) -> Date {
      let attributes = try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
      return attributes?[.modificationDate] as? Date ?? .distantPast
    }
    return names.filter { $0.hasSuffix(".json") }.sorted { (moment($0), $0) < (moment($1), $1) }.compactMap { name in
      guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)"),
        let envelope = try? Envelope(data, at: name)
      else { return nil }
      return try? Manifest(envelope.payload, at: name)
    }
  }
}
