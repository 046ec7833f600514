// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Files
package import Galley
internal import Pantry
package import Recipes

/// The weights that a training begins with.
package enum PretrainedWeights: Sendable {
  /// Fresh ones.
  case none
  /// Those in a file of the user's.
  case file(path: String, digest: Digest)
  /// A named set, which may have to be fetched.
  case named(ArtifactRequirement)

  /// The weights that an architecture's slot chooses.
  /// - Throws: `GalleyError` if a file can't be read, or a set names none.
  package init(_ architecture: FilledSlot, folder: String) throws(GalleyError) {
    guard
      let option = architecture.card.options.first(where: { $0.kind.accepted.contains("weights") }),
      let slot = architecture.slots[option.name], slot.card.name != "none"
    else {
      self = .none
      return
    }
    if let option = slot.card.options.first(where: { $0.kind.isPath }),
      case .string(let path)? = slot.options[option.name]
    {
      if let digest = ContentReference.digest(in: path) {
        self = .named(ArtifactRequirement(name: path, role: .weights, digest: digest))
        return
      }
      if let reference = slot.webReferences[option.name] {
        self = .named(reference.requirement(.data))
        return
      }
      let absolute = path.hasPrefix("/") ? path : "\(folder)/\(path)"
      do throws(FileError) {
        self = .file(path: absolute, digest: try Digest(ofFileAt: absolute))
      } catch {
        throw GalleyError(
          .missingInput, "can't read the weights", at: absolute, why: error.reason,
          remedy: "Relative paths start at the recipe's folder, \(folder).")
      }
      return
    }
    guard let artifact = slot.artifacts.first(where: { $0.role == .weights }) else {
      throw GalleyError(
        .software, "can't use \(slot.card.taxonomy)", why: "its card names no file with weights",
        remedy: "Add the file to the artifacts of the card.")
    }
    self = .named(artifact)
  }

  /// What the weights add to a training's key.
  var part: StageNode.Part? {
    switch self {
    case .none: nil
    case .file(_, let digest): .text(digest.hex)
    case .named(let artifact): .artifact(artifact)
    }
  }

  /// The file's name, without folders.
  var name: String {
    switch self {
    case .none: ""
    case .file(let path, _): path.split(separator: "/").last.map(String.init) ?? path
    case .named(let artifact): artifact.name
    }
  }

  /// Where a person finds the file.
  var place: String {
    if case .file(let path, _) = self { path } else { name }
  }

  /// The file in the pantry; one of the user's is copied there first, so that nobody changes it meanwhile.
  func path(_ inputs: StageInputs) throws -> String? {
    switch self {
    case .none: return nil
    case .file(let path, let digest):
      guard try inputs.pantry.store(fileAt: path) == digest else {
        throw GalleyError(
          .tryAgain, "can't use the weights", at: path, why: "the file was changed while the recipe was run",
          remedy: "Run the recipe again.")
      }
      return inputs.pantry.path(of: digest)
    case .named(let artifact):
      guard let digest = inputs.digest(of: artifact), inputs.pantry.verify(digest) else {
        throw GalleyError(
          .missingInput, "can't use the weights '\(artifact.name)'", at: inputs.pantry.root,
          why: "they are not in the pantry", remedy: "Run the recipe again; they are fetched first.")
      }
      return inputs.pantry.path(of: digest)
    }
  }
}
