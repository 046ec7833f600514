// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import NativeLibraries

/// Where what belongs to workers lies: folders of Galley's home, beside the pantry's artifacts.
public struct WorkerHome: Sendable, Hashable {
  /// Galley's home, an absolute path.
  public let root: String

  /// A home.
  public init(root: String) { self.root = root }

  /// The home that an environment names: `GALLEY_HOME`, else the XDG data folder.
  public init(environment: [String: String]) {
    root = URL(filePath: PantryPlace.root(environment: environment)).standardizedFileURL.path(percentEncoded: false)
  }

  /// The embedded Python package, by its digest.
  var python: String { "\(root)/python" }
  /// What was found out about interpreters.
  var interpreters: String { "\(root)/python/interpreters" }
  /// Environments of workers, by the digest of their lock and interpreter.
  var environments: String { "\(root)/environments" }
  /// Programs that Galley runs, each in a folder with its version.
  var tools: String { "\(root)/tools" }
  /// The register.
  var workers: String { "\(root)/workers" }
}
