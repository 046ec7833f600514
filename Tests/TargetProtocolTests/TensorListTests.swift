// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Statistics
import TargetProtocol
import Tensors
import Testing

struct TensorListTests {
  @Test func tensorsOfEveryTypeReadBack() throws {
    var tensors = try ElementType.allCases.map { type in
      let count = try Tensor.byteCount(type, [2, 3])
      return try Tensor(elementType: type, shape: [2, 3], bytes: (0..<count).map { UInt8($0) })
    }
    tensors.append(try Tensor([Float(1)], shape: []))
    tensors.append(try Tensor([UInt8](), shape: [0, 4]))
    #expect(try TensorList.decode(TensorList.encode(tensors)) == tensors)
    #expect(try TensorList.decode(TensorList.encode([])).isEmpty)
  }

  @Test func theBytesAreThoseOfTheDocument() throws {
    let bytes = try TensorList.encode([try Tensor([Float(1), 2], shape: [1, 2])])
    #expect(Array(bytes) == [1, 0, 0, 0, 11, 2, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0x80, 0x3F, 0, 0, 0, 0x40])
  }

  @Test func encodedTensorsAreTheListsBytes() throws {
    let tensors = [try Tensor([Float(1), 2], shape: [1, 2]), try Tensor([UInt8](), shape: [0, 4])]
    let encoded = try EncodedTensors(tensors)
    #expect(try encoded.bytes == TensorList.encode(tensors))
    #expect(try encoded.tensors() == tensors)
    // A slice's indices begin elsewhere.
    let slice = (Data([9, 9, 9]) + encoded.bytes).dropFirst(3)
    #expect(try EncodedTensors(slice).tensors() == tensors)
    #expect(throws: ProtocolViolation.self) { try EncodedTensors(encoded.bytes.dropLast()) }
    #expect(throws: ProtocolViolation.self) { try EncodedTensors(encoded.bytes + [0]) }
  }

  @Test func damagedListsAreRefused() throws {
    let bytes = try TensorList.encode([try Tensor([Float(1), 2], shape: [1, 2])])
    for count in 0..<bytes.count {
      #expect(throws: ProtocolViolation.self) { try TensorList.decode(bytes.prefix(count)) }
    }
    #expect(throws: ProtocolViolation.self) { try TensorList.decode(bytes + [0]) }
    var random = SeededGenerator(seed: 3)
    for _ in 0..<5000 {
      var mutated = bytes
      for _ in 0..<3 { mutated[random.number(below: bytes.count)] = UInt8(truncatingIfNeeded: random.next()) }
      // What is taken as it is, is what can be read.
      #expect((try? TensorList.decode(mutated)) != nil || (try? EncodedTensors(mutated)) == nil)
    }
    // Sixteen dimensions of 4 GiB each.
    let huge = Data([1, 0, 0, 0, 11, 16, 0, 0]) + Data(repeating: 0xFF, count: 64)
    #expect(throws: ProtocolViolation.self) { try TensorList.decode(huge) }
  }
}
