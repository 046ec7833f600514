// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Pantry

/// Which golden volume takes measurements.
public enum VolumeChoice: Sendable, Hashable {
  /// The one in the pantry.
  case pantry
  /// One with a path.
  case file(String)
  /// None.
  case none

  /// The volume's path; `nil` for none.
  public func path(in pantry: Pantry) -> String? {
    switch self {
    case .pantry: Self.path(inPantryAt: pantry.root)
    case .file(let path): path
    case .none: nil
    }
  }

  /// Where a pantry's own volume lies.
  public static func path(inPantryAt root: String) -> String { "\(root)/golden.sqlite" }
}
