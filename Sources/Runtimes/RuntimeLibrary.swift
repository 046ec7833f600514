// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import NativeLibraries

/// A runtime's library, opened once for the whole process.
protocol RuntimeLibrary: AnyObject {
  /// Which library it is, and where it is looked for.
  static var native: NativeLibrary { get }
  /// The library, opened when first asked for.
  static func shared() throws(GalleyError) -> Self
  /// The version that it states.
  var version: String { get }
  /// Its file.
  var path: String { get }
}

extension RuntimeLibrary {
  /// Whether the library is here and usable; opens it.
  static func availability() -> Availability {
    do throws(GalleyError) {
      let library = try shared()
      return .available(version: library.version, library: library.path)
    } catch {
      let steps = NativeLibraryLocator().search(native)
      return .unavailable(reason: error.why, searched: steps.map(\.place))
    }
  }

  /// Gives `open` the library's place.
  /// - Throws: `GalleyError` that says what is missing and how to get it.
  static func located<Opened>(
    _ open: (LocatedLibrary) throws(NativeLibraryError) -> Opened
  ) throws(GalleyError) -> Opened {
    do throws(NativeLibraryError) {
      return try open(NativeLibraryLocator().locate(native))
    } catch {
      throw GalleyError(
        .unavailable, "can't use \(native.displayName)", at: error.path, why: "\(error.failure): \(error.reason)",
        remedy: "To go on, \(error.advice).")
    }
  }
}
