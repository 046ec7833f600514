// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Tensors

/// The proof that an exported model computes what was trained: the same items through both, and how far the scores
/// lie apart.
public struct ExportCertificate: Sendable, Hashable, Codable {
  /// Largest absolute difference of a score.
  public var maximumDifference: Double
  /// Mean absolute difference of the scores.
  public var meanDifference: Double
  /// Largest difference that is accepted.
  public var tolerance: Double
  /// Items compared.
  public var sampleCount: Int
  /// The subset that the items come from.
  public var subset: Subset

  /// Compares the scores of the trained model with those of the exported one.
  /// - Throws: `GalleyError` if the scores can't be compared, if one is not finite, or if they differ by more than
  ///   `tolerance`.
  public init(trained: Tensor, exported: Tensor, tolerance: Double, subset: Subset) throws {
    guard trained.shape == exported.shape, trained.count > 0, let count = trained.shape.first else {
      throw Self.refusal("the trained model gives scores of shape \(trained.shape), the exported one \(exported.shape)")
    }
    let differences = zip(try trained.values(as: Float.self), try exported.values(as: Float.self))
      .map { abs(Double($0) - Double($1)) }
    guard differences.allSatisfy(\.isFinite), let maximum = differences.max() else {
      throw Self.refusal("a score is not a finite number")
    }
    guard maximum <= tolerance else {
      throw Self.refusal("scores differ by up to \(maximum) on \(count) items, more than the tolerance of \(tolerance)")
    }
    maximumDifference = maximum
    meanDifference = differences.reduce(0, +) / Double(differences.count)
    self.tolerance = tolerance
    sampleCount = count
    self.subset = subset
  }

  private static func refusal(_ why: String) -> GalleyError {
    GalleyError(
      .verdictNo, "refused the exported model: it does not compute what was trained", at: "export", why: why,
      remedy: "Another export.opset may help; export.tolerance sets what is accepted.")
  }
}
