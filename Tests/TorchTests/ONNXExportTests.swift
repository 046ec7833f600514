// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import ONNX
import Tensors
import Testing
import Torch

@Suite(.enabled(if: Reference.isAvailable, Reference.absence))
struct ONNXExportTests {
  @Test(arguments: [18, 19, 20, 21])
  func namesAreThoseOfTheModule(opset: Int) throws {
    let (network, state, _) = try ReferenceNetwork.loaded("after")
    let model = try network.exportONNX(
      inputShape: [2, 11, 9], in: Reference.library, options: ONNXExportOptions(opset: opset))
    #expect(model.opset == opset)
    let names = Set(state.entries.map(\.name).filter { !$0.hasSuffix("num_batches_tracked") })
    #expect(Set(model.initializerNames) == names)
    #expect(model.nodes.first?.name == "features.0/Conv")
    #expect(model.nodes.last?.name == "classifier/Gemm")
    #expect(try model.inputs == [TensorSpec(name: "input", elementType: .float32, shape: [nil, 2, 11, 9])])
    #expect(try model.outputs == [TensorSpec(name: "logits", elementType: .float32, shape: [nil, 5])])
    #expect(try model.initializer(named: "hidden.weight") == state["hidden.weight"]?.tensor.toTensor())
  }

  @Test func exportingTwiceGivesTheSameBytesAndChangesNothing() throws {
    let (network, state, _) = try ReferenceNetwork.loaded("after")
    let before = try state.safetensors()
    let models = try (0..<2).map { _ in
      try network.exportONNX(inputShape: [2, 11, 9], in: Reference.library).serialized()
    }
    #expect(models[0] == models[1])
    #expect(try state.safetensors() == before)
  }

  @Test(arguments: [17, 22])
  func otherOperatorSetsAreRefused(opset: Int) throws {
    let (network, _, _) = try ReferenceNetwork.loaded("after")
    let error = #expect(throws: TorchError.self) {
      try network.exportONNX(inputShape: [2, 11, 9], in: Reference.library, options: ONNXExportOptions(opset: opset))
    }
    #expect(error?.code == .notExportable)
  }

  @Test func whatIsComputedOutsideTheTraceIsRefused() throws {
    struct Untraced: Module {
      func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation {
        Activation(try input.tensor.exponential())
      }
    }
    let error = #expect(throws: TorchError.self) {
      try Untraced().exportONNX(inputShape: [2], in: Reference.library)
    }
    #expect(error?.code == .notExportable)
  }

  @Test func aModuleThatComputesNothingIsRefused() throws {
    let error = #expect(throws: TorchError.self) { try Dropout(0.5).exportONNX(inputShape: [2], in: Reference.library) }
    #expect(error?.code == .notExportable)
  }

  @Test func aParameterMayNotHaveTheInputsName() throws {
    let state = ModuleState(library: try Reference.library)
    let layer = try Linear(3, 2, in: state.root)
    #expect(throws: TorchError.self) {
      try layer.exportONNX(inputShape: [3], in: Reference.library, options: ONNXExportOptions(inputName: "weight"))
    }
  }
}

/// A network with the operations that ReferenceNetwork lacks: a residual connection, gates, concatenation, a linear
/// layer over images, one layer used twice, softmax.
struct BranchingNetwork: Module {
  let shared: Conv2d
  let columns: Linear
  let path: String

  init(in scope: Scope) throws {
    shared = try Conv2d(
      3, 3, kernel: Size2(3), geometry: ConvolutionGeometry(padding: Size2(2), dilation: Size2(2)),
      in: scope["shared"])
    columns = try Linear(5, 4, in: scope["columns"])
    path = scope.path
  }

  func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation {
    let once = try shared.forward(input, mode)
    let twice = try shared.forward(once.relu(at: "relu"), mode).adding(input, at: "residual")
    let gated = try twice.multiplying(once.sigmoid(at: "gate"), at: "gate")
    let both = try gated.concatenated(with: [input], along: 1, at: "join")
    let turned = try columns.forward(both, mode).permuted([0, 2, 3, 1], at: "turn")
    return try turned.flattened(at: "flatten").softmax(along: -1, at: "softmax")
  }
}

/// Exported models in the hands of Python's onnx checker and onnxruntime.
@Suite(
  .enabled(if: Reference.isAvailable, Reference.absence),
  .enabled(
    if: FileManager.default.isExecutableFile(atPath: PeerRun.python),
    "\(PeerRun.python) is missing: run Native/peers.sh"))
struct ONNXExportPeerTests {
  @Test(arguments: [18, 21]) func theReferenceNetworkRunsInONNXRuntime(opset: Int) throws {
    let (network, _, fixture) = try ReferenceNetwork.loaded("after")
    try compare(network, fixture.tensor("inputs"), opset)
  }

  @Test(arguments: [18, 21]) func theBranchingNetworkRunsInONNXRuntime(opset: Int) throws {
    let library = try Reference.library
    let network = try BranchingNetwork(in: ModuleState(library: library).root)
    let inputs = try TorchTensor.full(0, shape: [3, 3, 6, 5], in: library)
    try inputs.fillNormally(mean: 0, standardDeviation: 1)
    try compare(network, inputs.toTensor(), opset)
  }

  private func compare(_ network: some Module, _ inputs: Tensor, _ opset: Int) throws {
    let library = try Reference.library
    let model = try network.exportONNX(
      inputShape: Array(inputs.shape.dropFirst()), in: library, options: ONNXExportOptions(opset: opset))
    let outputs = try library.withoutGradients {
      try network(TorchTensor(inputs, in: library), .evaluation).toTensor()
    }
    let verdict = try PeerRun.check(model, inputs, outputs)
    #expect(verdict == "ok", "\(verdict)")
  }
}

/// One run of the Python peers.
enum PeerRun {
  static let python = Reference.package.appending(path: ".peers/bin/python3").path()

  /// Checks the model, runs it on all inputs at once and one by one, and compares; "ok" or what is wrong.
  private static let script = """
    import sys, numpy, onnx, onnxruntime
    from safetensors.numpy import load_file
    folder = sys.argv[1]
    onnx.checker.check_model(onnx.load(folder + "/model.onnx"), full_check=True)
    session = onnxruntime.InferenceSession(folder + "/model.onnx", providers=["CPUExecutionProvider"])
    data = load_file(folder + "/data.safetensors")
    def run(x): return session.run(None, {session.get_inputs()[0].name: x})[0]
    expected = data["outputs"]
    bound = 1e-5 * max(1.0, float(numpy.abs(expected).max()))
    whole = numpy.abs(run(data["inputs"]) - expected).max()
    single = max(numpy.abs(run(data["inputs"][i:i+1]) - expected[i:i+1]).max() for i in range(len(expected)))
    print("ok" if max(whole, single) <= bound else f"differs by {whole}, one by one by {single}")
    """

  static func check(_ model: Model, _ inputs: Tensor, _ outputs: Tensor) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appending(path: "galley-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try model.write(to: folder.appending(path: "model.onnx"))
    try Safetensors(tensors: ["inputs": inputs, "outputs": outputs]).serialized()
      .write(to: folder.appending(path: "data.safetensors"))
    let process = Process()
    process.executableURL = URL(filePath: python)
    process.arguments = ["-c", script, folder.path()]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return String(decoding: output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
