// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The volume between points and a reference point that is worse than they are: how much a set of choices covers.
public enum Hypervolume {
  /// The volume that the points dominate up to the reference.
  ///
  /// Exact in any number of metrics: a sweep in two, O(n log n); in three a sweep over a staircase (Beume, Fonseca,
  /// López-Ibáñez, Paquete, Vahrenhold, "On the complexity of computing the hypervolume indicator", 2009); in more the
  /// algorithm of While, Bradstreet and Barone ("A fast way of calculating exact hypervolumes", 2012), exponential in
  /// the number of metrics.
  /// - Parameters:
  ///   - columns: for each metric one value for each point.
  ///   - reference: one value for each metric; points that are not better in every metric cover nothing.
  public static func volume(
    ofColumns columns: [[Double]], senses: [ParetoFront.Sense], reference: [Double]
  ) -> Result<Double, ParetoFront.Refusal> {
    CostTable.checked(columns, senses: senses).flatMap { $0.volume(to: reference, senses: senses) }
  }
}
