// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import ONNX
import Tensors
import Testing

@Suite struct TensorConversionTests {
  @Test(arguments: ElementType.allCases) func everyElementTypeSurvives(_ type: ElementType) throws {
    let tensor = try Tensor(elementType: type, shape: [2, 1], bytes: Array(0..<UInt8(2 * type.bitCount / 8)))
    #expect(try Onnx_TensorProto(tensor, name: "t").tensor(named: "t") == tensor)
  }

  @Test func typedFieldsAreReadLikeRawData() throws {
    var proto = Onnx_TensorProto()
    proto.dims = [2]
    proto.dataType = ElementType.int8.onnxDataType
    proto.int32Data = [-128, 127]
    #expect(try proto.tensor(named: "t").values(as: Int8.self) == [-128, 127])
    proto.int32Data = [0, 200]
    #expect(throws: ONNXError.self) { try proto.tensor(named: "t") }
    proto.dataType = ElementType.float16.onnxDataType
    proto.int32Data = [0x3C00, 0x8000]
    #expect(try proto.tensor(named: "t").bytes == [0, 0x3C, 0, 0x80])
    proto.dataType = ElementType.uint32.onnxDataType
    proto.int32Data = []
    proto.uint64Data = [1, 4_294_967_295]
    #expect(try proto.tensor(named: "t").values(as: UInt32.self) == [1, .max])
  }

  @Test(arguments: ["weights.bin", "../weights.bin", "/etc/passwd", "a/../../b", ""])
  func dataOutsideTheFileAreRefused(_ location: String) throws {
    var proto = Onnx_TensorProto(try Tensor([1] as [Float], shape: [1]), name: "w")
    proto.clearRawData()
    proto.dataLocation = .external
    var entry = Onnx_StringStringEntryProto()
    entry.key = "location"
    entry.value = location
    proto.externalData = [entry]
    let error = try #require(throws: ONNXError.self) { try proto.tensor(named: "w") }
    #expect(error.location == "tensor 'w'")
    #expect(error.code == (location == "weights.bin" ? .unsupported : .invalidModel))
  }

  @Test func aLengthThatIsNotTheShapesIsRefused() throws {
    var proto = Onnx_TensorProto(try Tensor([1, 2] as [Float], shape: [2]), name: "w")
    for dims in [[3], [-2], [Int64.max, 4], [1 << 40, 1 << 40]] {
      proto.dims = dims.map { Int64($0) }
      #expect(throws: ONNXError.self) { try proto.tensor(named: "w") }
    }
  }
}
