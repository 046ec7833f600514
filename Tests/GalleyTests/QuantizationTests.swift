// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Galley
import Tensors
import Testing

@Suite struct QuantizationTests {
  private let quantization = Quantization(scale: 0.5, zeroPoint: -3)

  @Test func `real values are the stored ones' distance from the zero point, scaled`() {
    #expect([-128, -3, 0, 127].map { quantization.real($0) } == [-62.5, 0, 1.5, 65])
    #expect(Quantization(scale: 1, zeroPoint: .min).real(.max) == 0x1p64)
  }

  @Test func `the nearest stored number is taken, away from zero if two are near, within the bounds`() {
    let found = [0, 0.24, 0.25, -0.25, 1000, -1000, .infinity, -.infinity].map {
      quantization.stored($0, within: -128...127)
    }
    #expect(found == [-3, -3, -2, -4, 127, -128, 127, -128])
    #expect(quantization.stored(.nan, within: -128...127) == -3)
    #expect(quantization.stored(.nan, within: 0...255) == 0)
    #expect(Quantization(scale: 1e-30, zeroPoint: .max).stored(1e30, within: .min ... .max) == .max)
  }

  @Test func `all stored numbers of eight bits come back`() {
    for stored in -128...127 {
      #expect(quantization.stored(quantization.real(stored), within: -128...127) == stored)
    }
  }

  @Test func `a specification without quantization reads as before`() throws {
    let spec = ValueSpec(name: "x", kind: .tensor(.int8, shape: [nil, 4]))
    let data = try JSONEncoder().encode(spec)
    #expect(!String(decoding: data, as: UTF8.self).contains("quantization"))
    #expect(try JSONDecoder().decode(ValueSpec.self, from: data) == spec)
    let quantized = ValueSpec(name: "x", kind: spec.kind, quantization: quantization)
    #expect(try JSONDecoder().decode(ValueSpec.self, from: JSONEncoder().encode(quantized)) == quantized)
  }
}
