// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CTorchShim

/// Changes of a tensor's own memory. On a leaf that requires a gradient they fail unless they run within
/// `TorchLibrary.withoutGradients`.
extension TorchTensor {
  /// Makes every element `value`.
  public func fill(_ value: Double) throws(TorchError) {
    try library.check(library.api.fill_in_place(handle, value), "filling a tensor")
  }

  /// Takes over the elements of `source`, which has the same shape; converts the element type.
  public func copy(from source: TorchTensor) throws(TorchError) {
    try library.check(library.api.copy_in_place(handle, source.handle), "copying into a tensor")
  }

  /// Draws every element from the uniform distribution over `[range.lowerBound, range.upperBound)`.
  public func fillUniformly(_ range: Range<Double>) throws(TorchError) {
    try library.drawing { () throws(TorchError) in
      try library.check(
        library.api.uniform_in_place(handle, range.lowerBound, range.upperBound), "drawing uniform numbers")
    }
  }

  /// Draws every element from the normal distribution.
  public func fillNormally(mean: Double, standardDeviation: Double) throws(TorchError) {
    try library.drawing { () throws(TorchError) in
      try library.check(library.api.normal_in_place(handle, mean, standardDeviation), "drawing normal numbers")
    }
  }

  /// Draws every element: 1 with the probability, else 0.
  public func fillRandomly(probability: Double) throws(TorchError) {
    try library.drawing { () throws(TorchError) in
      try library.check(library.api.bernoulli_in_place(handle, probability), "drawing zeros and ones")
    }
  }

  /// Adds a number to every element.
  public func add(_ number: Double) throws(TorchError) {
    try library.check(library.api.add_number_in_place(handle, number), "adding a number in place")
  }

  /// Divides every element by `divisor`.
  public func divide(by divisor: Double) throws(TorchError) {
    try library.check(library.api.divide_in_place(handle, divisor), "dividing a tensor")
  }

  /// Multiplies every element by `factor`.
  public func scale(by factor: Double) throws(TorchError) {
    try library.check(library.api.scale_in_place(handle, factor), "scaling a tensor")
  }

  /// Adds `scale * other`.
  public func add(_ other: TorchTensor, scaledBy scale: Double = 1) throws(TorchError) {
    try library.check(library.api.add_in_place(handle, other.handle, scale), "adding in place")
  }

  /// Adds `scale * left * right`.
  public func addProduct(_ left: TorchTensor, _ right: TorchTensor, scaledBy scale: Double) throws(TorchError) {
    try library.check(
      library.api.add_product_in_place(handle, left.handle, right.handle, scale), "adding a product in place")
  }

  /// Adds `scale * left / right`.
  public func addQuotient(_ left: TorchTensor, _ right: TorchTensor, scaledBy scale: Double) throws(TorchError) {
    try library.check(
      library.api.add_quotient_in_place(handle, left.handle, right.handle, scale), "adding a quotient in place")
  }

  /// Moves towards `end` by the fraction `weight`.
  public func interpolate(towards end: TorchTensor, weight: Double) throws(TorchError) {
    try library.check(library.api.interpolate_in_place(handle, end.handle, weight), "interpolating in place")
  }
}
