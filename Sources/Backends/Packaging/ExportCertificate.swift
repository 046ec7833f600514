// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import Galley
public import Tensors

/// The proof that an exported model computes what was trained: the same items through both, and how far the scores
/// lie apart.
public struct ExportCertificate: Sendable, Hashable, Codable {
  /// Largest absolute difference of a score.
  public var maximumDifference: Double
  /// Mean absolute difference of the scores.
  public var meanDifference: Double
  /// Largest difference that is accepted. It grows with the scores: so does what rounding leaves of them.
  public var tolerance: Double
  /// Items compared.
  public var sampleCount: Int
  /// The subset that the items come from.
  public var subset: Subset
  /// How far the inputs lie apart that the training path and the exported model's own path make of the same items; `nil`
  /// if both got the same tensors.
  public var input: Difference?
  /// Items that both models answer alike.
  public var agreement: Int?
  /// Why the exported model was refused; `nil` if it was accepted.
  public var refusal: String?
  /// SHA-256 of the exported model.
  public var model: Digest?
  /// SHA-256 of the checkpoint.
  public var checkpoint: String?
  /// What executed the exported model, with its version.
  public var runtime: String?
  /// How the model was exported: opset, precision, place of the preprocessing.
  public var export: ExportOptions?
  /// What a reader must know, such as where other programs prepare images in another way.
  public var notes: [String]?

  /// How far two tensors lie apart.
  public struct Difference: Sendable, Hashable, Codable {
    /// Largest absolute difference of an element.
    public var maximum: Double
    /// Mean absolute difference of the elements.
    public var mean: Double
    /// Elements that aren't finite numbers in one of the two.
    public var notFinite: Int

    /// Compares tensors.
    /// - Throws: `GalleyError` if their shapes differ, they are empty, or they aren't float32.
    public init(_ first: Tensor, _ second: Tensor, of what: String) throws {
      guard first.shape == second.shape, first.count > 0 else {
        throw ExportCertificate.refused(
          "the trained model gives \(what) of shape \(first.shape), the exported one \(second.shape)")
      }
      let all = zip(try first.values(as: Float.self), try second.values(as: Float.self))
        .map { abs(Double($0) - Double($1)) }
      let finite = all.filter(\.isFinite)
      maximum = finite.max() ?? 0
      mean = finite.isEmpty ? 0 : finite.reduce(0, +) / Double(finite.count)
      notFinite = all.count - finite.count
    }
  }

  /// Compares the scores of the trained model with those of the exported one.
  /// - Throws: `GalleyError` if the scores can't be compared, if one is not finite, or if they differ by more than
  ///   `tolerance`, or that many times the largest score where that is beyond 1.
  public init(trained: Tensor, exported: Tensor, tolerance: Double, subset: Subset) throws {
    self = try Self.comparing(trained: trained, exported: exported, tolerance: tolerance, subset: subset)
    try check()
  }

  /// Compares the scores of the trained model with those of the exported one, and keeps the verdict in refusal.
  /// - Parameter tolerance: Largest difference that is accepted between scores of magnitude 1 and less; between larger
  ///   ones it is this part of the largest.
  /// - Throws: `GalleyError` if the scores can't be compared.
  public static func comparing(
    trained: Tensor, exported: Tensor, tolerance: Double, subset: Subset
  ) throws -> ExportCertificate {
    let scores = try Difference(trained, exported, of: "scores")
    let largest = try trained.values(as: Float.self).lazy.map { Double(abs($0)) }.filter(\.isFinite).max() ?? 0
    let tolerance = tolerance * max(1, largest)
    var certificate = ExportCertificate(
      maximumDifference: scores.maximum, meanDifference: scores.mean, tolerance: tolerance,
      sampleCount: trained.shape.first ?? 0, subset: subset)
    if scores.notFinite > 0 {
      certificate.refusal = "a score is not a finite number"
    } else if scores.maximum > tolerance {
      certificate.refusal =
        "scores differ by up to \(scores.maximum) on \(certificate.sampleCount) items, more than the tolerance of "
        + "\(tolerance)"
    }
    return certificate
  }

  private init(
    maximumDifference: Double, meanDifference: Double, tolerance: Double, sampleCount: Int, subset: Subset
  ) {
    self.maximumDifference = maximumDifference
    self.meanDifference = meanDifference
    self.tolerance = tolerance
    self.sampleCount = sampleCount
    self.subset = subset
  }

  /// Adds how far the inputs lie apart. Between them rounding is accepted, and nothing else.
  /// - Parameter tolerance: What is accepted between scores of magnitude 1; how large they are says nothing of inputs.
  /// - Throws: `GalleyError` if they can't be compared.
  mutating func add(inputs trained: Tensor, _ exported: Tensor, tolerance: Double) throws {
    let difference = try Difference(trained, exported, of: "inputs")
    input = difference
    guard refusal == nil else { return }
    let accepted = max(1e-5, min(tolerance, 1e-3))
    if difference.notFinite > 0 {
      refusal = "an input is not a finite number"
    } else if difference.maximum > accepted {
      refusal =
        "the model's inputs differ by up to \(difference.maximum) on \(sampleCount) items, more than \(accepted)"
    }
  }

  /// Throws the verdict if it is no.
  public func check() throws(GalleyError) {
    if let refusal { throw Self.refused(refusal) }
  }

  fileprivate static func refused(_ why: String) -> GalleyError {
    GalleyError(
      .verdictNo, "refused the exported model: it does not compute what was trained", at: "export", why: why,
      remedy: "Another opset may help; the tolerance sets what is accepted, and float16 needs a larger one.")
  }
}
