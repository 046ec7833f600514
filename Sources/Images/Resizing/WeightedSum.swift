// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Eight sums of bytes times 22-bit weights, side by side, exact in 32 bits.
///
/// The shape of the expressions matters: on x86-64 the compiler turns each multiplication with its addition of even and
/// odd halves into one instruction (PMADDWD), which the baseline instruction set has.
struct WeightedSum {
  private var high = (SIMD4<Int32>.zero, SIMD4<Int32>.zero)
  private var low = (SIMD4<Int32>.zero, SIMD4<Int32>.zero)

  /// Adds eight pairs: `first` times the pair's first weight and `second` times its second.
  @inline(__always)
  mutating func add(_ first: SIMD8<Int16>, _ second: SIMD8<Int16>, high highPair: Int32, low lowPair: Int32) {
    let front = Self.interleave(first.lowHalf, second.lowHalf)
    let back = Self.interleave(first.highHalf, second.highHalf)
    let upper = Self.spread(highPair)
    let lower = Self.spread(lowPair)
    high.0 &+= Self.sumOfPairs(front &* upper)
    high.1 &+= Self.sumOfPairs(back &* upper)
    low.0 &+= Self.sumOfPairs(front &* lower)
    low.1 &+= Self.sumOfPairs(back &* lower)
  }

  /// The sums, rounded and limited to bytes.
  @inline(__always)
  var bytes: SIMD8<UInt8> {
    let sum =
      (SIMD8(lowHalf: high.0, highHalf: high.1) &<< SIMD8(repeating: WeightTable.lowBits))
      &+ SIMD8(lowHalf: low.0, highHalf: low.1) &+ SIMD8(repeating: WeightTable.half)
    let rounded = sum &>> SIMD8(repeating: WeightTable.precision)
    let limited = rounded.clamped(lowerBound: .zero, upperBound: SIMD8(repeating: 255))
    return SIMD8<UInt8>(truncatingIfNeeded: limited)
  }

  @inline(__always)
  private static func interleave(_ even: SIMD4<Int16>, _ odd: SIMD4<Int16>) -> SIMD8<Int32> {
    var both = SIMD8<Int16>()
    both.evenHalf = even
    both.oddHalf = odd
    return widened(both)
  }

  /// Both are the same 16 bytes of whole numbers.
  @inline(__always)
  private static func spread(_ pair: Int32) -> SIMD8<Int32> {
    widened(unsafeBitCast(SIMD4<Int32>(repeating: pair), to: SIMD8<Int16>.self))
  }

  /// The standard library's own conversion is not always inlined.
  @inline(__always)
  private static func widened(_ v: SIMD8<Int16>) -> SIMD8<Int32> {
    SIMD8(
      Int32(v[0]), Int32(v[1]), Int32(v[2]), Int32(v[3]), Int32(v[4]), Int32(v[5]), Int32(v[6]), Int32(v[7]))
  }

  @inline(__always)
  private static func sumOfPairs(_ products: SIMD8<Int32>) -> SIMD4<Int32> {
    products.evenHalf &+ products.oddHalf
  }
}

extension SIMD8 where Scalar == Int16 {
  /// Eight bytes at an address, widened: interleaved with zeros. Written so that the compiler keeps them together; what is
  /// cast are 16 bytes of whole numbers.
  @inline(__always)
  init(bytesAt address: UnsafeRawPointer) {
    let bytes = unsafeBitCast(
      SIMD2<UInt64>(address.loadUnaligned(as: UInt64.self), 0), to: SIMD16<UInt8>.self)
    var wide = SIMD16<UInt8>.zero
    wide.evenHalf = bytes.lowHalf
    self = unsafeBitCast(wide, to: SIMD8<Int16>.self)
  }
}
