// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import ONNX
import Testing

@Suite struct AdviceTests {
  private func reason(_ change: (inout Onnx_ModelProto) -> Void) throws -> String {
    var model = try Samples.network()
    change(&model.proto)
    return try #require(throws: ONNXError.self) { try model.check() }.reason
  }

  @Test func misspeltOperatorsAreToldTheNearest() throws {
    #expect(try reason { $0.graph.node[2].opType = "Reluu" }.hasSuffix("the nearest is Relu"))
    #expect(try reason { $0.graph.node[0].opType = "conv" }.hasSuffix("the nearest is Conv"))
    #expect(try !reason { $0.graph.node[2].opType = "Zzzzzzzzzz" }.contains("nearest"))
    #expect(try !reason { $0.graph.node[2].opType = String(repeating: "R", count: 100_000) }.contains("nearest"))
  }

  @Test func operatorsOfTheFutureAreToldTheirSet() throws {
    #expect(try reason { $0.graph.node[2].opType = "Gelu" }.contains("came with operator set 20"))
    #expect(try reason { $0.opsetImport[0].version = 1000 }.contains("newer than"))
  }

  @Test func unknownDomainsAreToldTheImportedOnes() throws {
    #expect(try reason { $0.graph.node[2].domain = "com.example" }.hasSuffix("there is 'ai.onnx'"))
  }

  @Test func cyclesAndWrongOrderAreToldApart() throws {
    #expect(try reason { $0.graph.node[0].input[0] = "p" }.contains("the graph has a cycle"))
    #expect(try reason { $0.graph.node[0].input[0] = "c" }.contains("the graph has a cycle"))
    #expect(try reason { $0.graph.node.swapAt(0, 1) }.contains("out of order"))
  }
}
