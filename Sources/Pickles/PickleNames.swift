// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The names of Python that a pickle may mention. Any other is refused by name, and nothing is ever looked up or called.
public struct PickleNames: Sendable {
  /// Names that may be mentioned, but not called.
  public var mentioned: Set<String>
  /// Names whose calls become values: those that this room knows are computed (`known`), others become an `object`.
  public var called: Set<String>

  /// Chooses.
  public init(mentioned: Set<String> = [], called: Set<String>) {
    self.mentioned = mentioned
    self.called = called
  }

  /// The calls whose results are computed: NumPy's `_reconstruct` and `dtype`, `_codecs.encode`, by which Python 3
  /// writes bytes in old protocols, ordered dictionaries and sets.
  public static let known: Set<String> = [
    "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct", "numpy.dtype", "_codecs.encode",
    "collections.OrderedDict", "builtins.set", "__builtin__.set",
  ]

  /// What arrays of NumPy in lists and dictionaries need.
  public static let arrays = PickleNames(mentioned: ["numpy.ndarray"], called: known)
}
