// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Galley
import Runtimes
import Statistics
import Tensors
import Testing

/// Damaged copies of a file, the same for the same seed.
private struct Mutations {
  let original: [UInt8]
  var generator: SeededGenerator

  init(_ name: String, seed: UInt64) throws {
    original = try Array(Data(contentsOf: URL(filePath: Fixture.liteRT(name).path)))
    generator = SeededGenerator(seed: seed)
  }

  /// Numbers that reach just beyond what is there, or far beyond it.
  private static let numbers: [UInt32] = [0, 1, 2, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF]

  mutating func next() -> [UInt8] {
    var bytes = original
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      let place = Int.random(in: 0..<bytes.count, using: &generator)
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 1: bytes[place] = UInt8.random(in: 0...255, using: &generator)
      case 2: replaceNumber(&bytes, place & ~3)
      default: bytes[place] = bytes[place] &+ (Bool.random(using: &generator) ? 4 : 252)
      }
    }
    if Int.random(in: 0..<8, using: &generator) == 0 { bytes.removeLast(bytes.count / 3) }
    return bytes
  }

  private mutating func replaceNumber(_ bytes: inout [UInt8], _ place: Int) {
    guard place + 4 <= bytes.count else { return }
    let number = Self.numbers.randomElement(using: &generator) ?? 0
    for byte in 0..<4 { bytes[place + byte] = UInt8(truncatingIfNeeded: number >> UInt32(8 * byte)) }
  }
}

@Suite("Damaged .tflite files")
struct LiteRTMutationTests {
  static let names = [
    "affine", "counter", "dupname", "op_add_i8", "op_mean_i8", "pass-through", "quantized", "small_f32_dynrank",
    "small_f32_nosig", "text-grid", "two-signatures",
  ]

  private func refusal(_ bytes: some Collection<UInt8>) -> GalleyError? {
    do {
      try Array(bytes).withUnsafeBytes { try LiteRTRuntime.check($0, at: "m.tflite") }
      return nil
    } catch {
      return error as? GalleyError
    }
  }

  @Test(arguments: names) func `are refused at every length`(name: String) throws {
    let whole = try Mutations(name, seed: 0).original
    #expect((refusal(whole) == nil) == (name != "dupname"))
    let lengths = whole.count < 1000 ? Array(0..<whole.count) : Array(stride(from: 0, to: whole.count, by: 37))
    for length in lengths {
      guard let refusal = refusal(whole.prefix(length)) else {
        // The last bytes of a file may be padding that nothing refers to.
        #expect(whole.count - length < 8)
        continue
      }
      #expect(refusal.exitCode == .badData && refusal.place == "m.tflite" && !refusal.why.isEmpty)
    }
  }

  /// C code takes such names for the same, on which LiteRT ends the process.
  @Test func `are refused if a name goes on after a zero byte`() throws {
    var bytes = try Mutations("two-signatures", seed: 0).original
    let place = try #require(bytes.indices.first { bytes[$0...].starts(with: Array("right".utf8)) })
    bytes[place + 1] = 0
    #expect(refusal(bytes)?.why == "a text in it doesn't end where it should")
  }

  @Test(arguments: [Float.nan, .infinity, -1]) func `are refused if a scale is no positive number`(scale: Float) throws
  {
    var bytes = try Mutations("quantized", seed: 0).original
    let half = withUnsafeBytes(of: Float(0.5)) { Array($0) }
    let place = try #require(bytes.indices.first { bytes[$0...].starts(with: half) })
    bytes.replaceSubrange(place..<place + 4, with: withUnsafeBytes(of: scale) { Array($0) })
    #expect(refusal(bytes)?.why == "tensor 'x' has a scale that is negative or no number")
  }

  @Test(arguments: names) func `are checked without a crash`(name: String) throws {
    var mutations = try Mutations(name, seed: 11)
    for _ in 0..<2000 {
      if let refusal = refusal(mutations.next()) { #expect(refusal.place == "m.tflite" && !refusal.why.isEmpty) }
    }
  }

  /// LiteRT itself on what the check lets through. It may crash the process on such files, so this runs by hand:
  /// `GALLEY_LITERT_FUZZ=seed:from:count`; the number of the last file is kept in `GALLEY_LITERT_FUZZ_LOG`.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["GALLEY_LITERT_FUZZ"] != nil))
  func `that pass the check don't crash LiteRT`() throws {
    let environment = ProcessInfo.processInfo.environment
    let numbers = (environment["GALLEY_LITERT_FUZZ"] ?? "").split(separator: ":").compactMap { Int($0) }
    let log = environment["GALLEY_LITERT_FUZZ_LOG"] ?? "/tmp/galley-litert-fuzz"
    let runtime = try LiteRTRuntime(.init())
    for name in Self.names {
      var mutations = try Mutations(name, seed: UInt64(numbers[0]))
      for index in 0..<numbers[1] + numbers[2] {
        let bytes = mutations.next()
        guard index >= numbers[1], refusal(bytes) == nil else { continue }
        try Data("\(name) \(index)".utf8).write(to: URL(filePath: log + ".log"))
        try Data(bytes).write(to: URL(filePath: log + ".tflite"))
        run(runtime, log + ".tflite")
      }
    }
  }

  private func run(_ runtime: LiteRTRuntime, _ path: String) {
    do {
      let model = try runtime.compile(ModelFile(at: path, format: .tflite))
      let inputs = try model.inputs.map { spec -> ModelValue in
        switch spec.kind {
        case .tensor(let type, let shape): .tensor(try Tensor(zeros: type, shape: (shape ?? []).map { $0 ?? 1 }))
        default: .strings(try StringTensor(["a", "b", "c", "d"], shape: [2, 2]))
        }
      }
      _ = try model.run(inputs)
    } catch {
      #expect(error is GalleyError)
    }
  }
}
