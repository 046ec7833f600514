// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Tensors
import Testing

@Suite struct TensorTests {
  @Test func holdsValuesAndGivesThemBack() throws {
    let tensor = try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
    #expect(tensor.count == 6)
    #expect(try tensor.values(as: Float.self) == [1, 2, 3, 4, 5, 6])
    #expect(try tensor.rows(1..<2).values(as: Float.self) == [4, 5, 6])
    #expect(try tensor.gathering(rows: [1, 0, 1]).shape == [3, 3])
    #expect(throws: TensorError.self) { try tensor.values(as: Int32.self) }
  }

  @Test(arguments: [[-1], [2, 2], [Int.max, Int.max], [0, Int.max, Int.max]])
  func refusesShapesThatDontFit(shape: [Int]) {
    #expect(throws: TensorError.self) { try Tensor([1, 2, 3] as [Float], shape: shape) }
  }

  @Test(arguments: [-1..<1, 0..<3, 2..<3])
  func refusesRowsOutside(range: Range<Int>) throws {
    let tensor = try Tensor([1, 2] as [Int64], shape: [2])
    #expect(throws: TensorError.self) { try tensor.rows(range) }
  }

  @Test func emptyTensorsAreFine() throws {
    let tensor = try Tensor([] as [Float], shape: [0, 4])
    #expect(try tensor.rows(0..<0).shape == [0, 4])
  }
}

@Suite struct SafetensorsTests {
  private func sample() throws -> Safetensors {
    Safetensors(
      tensors: [
        "weights": try Tensor([1, -2, 3.5] as [Float], shape: [3]), "ids": try Tensor([7] as [Int64], shape: []),
        "empty": try Tensor([] as [UInt8], shape: [0, 2]),
      ], metadata: ["note": "größer / kleiner"])
  }

  @Test func roundTrips() throws {
    let data = try sample().serialized()
    #expect(try Safetensors(data) == sample())
    #expect(try Safetensors(data).serialized() == data)
    #expect(data.prefix(8).reduce(0) { $0 + Int($1) } > 0)
  }

  @Test func readsASliceOfALargerBuffer() throws {
    let data = Data([1, 2, 3]) + (try sample().serialized())
    #expect(try Safetensors(data.dropFirst(3)) == sample())
  }

  @Test func namesATensorThatIsMissing() throws {
    let error = #expect(throws: TensorError.self) { try sample().tensor("bias") }
    #expect(error?.description.contains("ids") == true)
  }

  @Test func neverCrashesOnForeignBytes() throws {
    let data = try sample().serialized()
    for length in 0..<data.count { #expect(throws: TensorError.self) { try Safetensors(data.prefix(length)) } }
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      var bytes = data
      for _ in 0..<3 { bytes[Int.random(in: 0..<data.count, using: &generator)] = UInt8.random(in: 0...255) }
      _ = try? Safetensors(bytes)
    }
  }
}
