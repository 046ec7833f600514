// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Which of the places that are searched a library comes from, in the order of the search.
public enum LibraryOrigin: String, Sendable, Hashable, CaseIterable {
  /// A path that the user gave for this run.
  case option
  /// The folder that `GALLEY_NATIVE` names.
  case environment
  /// A folder beside the program or above it.
  case program
  /// The pantry, which a bundle's libraries were imported into.
  case pantry
  /// Wherever the dynamic linker looks.
  case system
}

/// A library or resource that was found.
public struct LocatedLibrary: Sendable, Hashable {
  /// What was looked for.
  public let library: NativeLibrary
  /// The file's path, to be opened with `DynamicLibrary.open(_:)` or read.
  public let path: String
  /// Where it was found.
  public let origin: LibraryOrigin
  /// The version that the bootstrap installed; nil for a library that it did not install.
  public let version: String?
  /// The file's SHA-256 in hexadecimal, as recorded when it was installed; nil for a library that the bootstrap did not
  /// install.
  public let digest: String?
  /// Full paths of the libraries that must be open before this one, in that order.
  public let preload: [String]

  /// A library that was found.
  public init(
    library: NativeLibrary, path: String, origin: LibraryOrigin, version: String? = nil, digest: String? = nil,
    preload: [String] = []
  ) {
    self.library = library
    self.path = path
    self.origin = origin
    self.version = version
    self.digest = digest
    self.preload = preload
  }
}

/// One place of a search, and what came of it.
public struct SearchStep: Sendable, Hashable, CustomStringConvertible {
  /// What a place gave.
  public enum Outcome: Sendable, Hashable {
    /// The library is here.
    case found(LocatedLibrary)
    /// The library is not here, because of this; the search goes on.
    case absent(String)
    /// The place should have the library and something is wrong with it; the search ends.
    case refused(NativeLibraryError)
  }

  /// The kind of place.
  public let origin: LibraryOrigin
  /// The path or, for the system, the names that were tried.
  public let place: String
  /// What came of it.
  public let outcome: Outcome

  /// One step of a search.
  public init(_ origin: LibraryOrigin, _ place: String, _ outcome: Outcome) {
    self.origin = origin
    self.place = place
    self.outcome = outcome
  }

  /// The step in a few words.
  public var description: String {
    switch outcome {
    case .found(let located): "\(place): found \(located.path)"
    case .absent(let reason): "\(place): \(reason)"
    case .refused(let error): "\(place): \(error.reason)"
    }
  }
}
