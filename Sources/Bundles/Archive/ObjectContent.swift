// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials
public import Galley

/// Where the bytes of an object are.
public enum ObjectContent: Sendable, Hashable {
  /// A file, all of it.
  case file(String)
  /// A part of a file: an object of another bundle.
  case slice(String, offset: Int)
  /// Bytes in memory.
  case data(Data)
}

/// Gives the bytes of the objects that a bundle is to carry.
public typealias ObjectSource = @Sendable (BundleObject) throws(GalleyError) -> ObjectContent

/// How far reading or writing a bundle has come.
public struct BundleProgress: Sendable, Hashable {
  /// Bytes of objects that are done.
  public var bytes: Int
  /// Bytes of all objects.
  public var total: Int

  /// So far.
  public init(bytes: Int, total: Int) {
    self.bytes = bytes
    self.total = total
  }
}
