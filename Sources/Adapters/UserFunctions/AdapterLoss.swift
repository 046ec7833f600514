// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// The program that hosts an adapter is gone, or didn't answer in time; the next call starts it anew.
public struct AdapterLost: Error, Sendable {
  /// How it was lost.
  public let cause: GalleyError

  /// Tells it.
  public init(_ cause: GalleyError) { self.cause = cause }
}

/// An adapter is of no more use: the run ends with what it has.
public struct AdapterEnded: Error, Sendable {
  /// Why.
  public let cause: GalleyError

  /// Tells it.
  public init(_ cause: GalleyError) { self.cause = cause }
}
