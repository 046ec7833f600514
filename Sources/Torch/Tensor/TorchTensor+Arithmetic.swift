// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CTorchShim

/// Operations element by element; shapes are broadcast as in NumPy.
extension TorchTensor {
  /// The sum of two tensors.
  public static func + (left: TorchTensor, right: TorchTensor) throws(TorchError) -> TorchTensor {
    try left.library.make("addition") { left.library.api.add(left.handle, right.handle, $0) }
  }

  /// The difference of two tensors.
  public static func - (left: TorchTensor, right: TorchTensor) throws(TorchError) -> TorchTensor {
    try left.library.make("subtraction") { left.library.api.subtract(left.handle, right.handle, $0) }
  }

  /// The product of two tensors, element by element.
  public static func * (left: TorchTensor, right: TorchTensor) throws(TorchError) -> TorchTensor {
    try left.library.make("multiplication") { left.library.api.multiply(left.handle, right.handle, $0) }
  }

  /// The quotient of two tensors, element by element.
  public static func / (left: TorchTensor, right: TorchTensor) throws(TorchError) -> TorchTensor {
    try left.library.make("division") { left.library.api.divide(left.handle, right.handle, $0) }
  }

  /// Adds a number to every element.
  public static func + (left: TorchTensor, right: Double) throws(TorchError) -> TorchTensor {
    try left.library.make("adding a number") { left.library.api.add_scalar(left.handle, right, $0) }
  }

  /// Multiplies every element by a number.
  public static func * (left: TorchTensor, right: Double) throws(TorchError) -> TorchTensor {
    try left.library.make("multiplying by a number") { left.library.api.multiply_scalar(left.handle, right, $0) }
  }

  /// The elements with the other sign.
  public static prefix func - (operand: TorchTensor) throws(TorchError) -> TorchTensor {
    try operand.library.make("negation") { operand.library.api.negate(operand.handle, $0) }
  }

  /// Every element raised to `exponent`.
  public func power(_ exponent: Double) throws(TorchError) -> TorchTensor {
    try library.make("power") { library.api.power(handle, exponent, $0) }
  }

  /// The absolute values.
  public func absolute() throws(TorchError) -> TorchTensor {
    try library.make("absolute value") { library.api.absolute(handle, $0) }
  }

  /// e to the power of each element.
  public func exponential() throws(TorchError) -> TorchTensor {
    try library.make("exponential") { library.api.exponential(handle, $0) }
  }

  /// The natural logarithms.
  public func logarithm() throws(TorchError) -> TorchTensor {
    try library.make("logarithm") { library.api.logarithm(handle, $0) }
  }

  /// The square roots.
  public func squareRoot() throws(TorchError) -> TorchTensor {
    try library.make("square root") { library.api.square_root(handle, $0) }
  }

  /// The elements, brought into `range`.
  public func clamped(to range: ClosedRange<Double>) throws(TorchError) -> TorchTensor {
    try library.make("clamp") { library.api.clamp(handle, range.lowerBound, range.upperBound, $0) }
  }

  /// The larger of two elements at each place.
  public func maximum(_ other: TorchTensor) throws(TorchError) -> TorchTensor {
    try library.make("maximum") { library.api.maximum(handle, other.handle, $0) }
  }

  /// The smaller of two elements at each place.
  public func minimum(_ other: TorchTensor) throws(TorchError) -> TorchTensor {
    try library.make("minimum") { library.api.minimum(handle, other.handle, $0) }
  }

  /// Whether the elements at each place are equal, as bool.
  public func isEqual(to other: TorchTensor) throws(TorchError) -> TorchTensor {
    try library.make("comparison") { library.api.equal(handle, other.handle, $0) }
  }

  /// Whether each element is neither infinite nor NaN, as bool.
  public func isFinite() throws(TorchError) -> TorchTensor {
    try library.make("test for finite values") { library.api.is_finite(handle, $0) }
  }
}
