// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Runtimes

extension RuntimeBackend.Kind {
  /// The runtime's name for people.
  var title: String {
    switch self {
    case .onnxRuntime: "ONNX Runtime"
    case .openVINO: "OpenVINO"
    }
  }

  /// SPDX identifier of the library's licence.
  var licence: String {
    switch self {
    case .onnxRuntime: "MIT"
    case .openVINO: "Apache-2.0"
    }
  }

  /// The runtime's card.
  var card: Card {
    switch self {
    case .onnxRuntime: ONNXRuntime.card
    case .openVINO: OpenVINORuntime.card
    }
  }

  /// The formats that the backend takes.
  var formats: [ModelFormat] {
    switch self {
    case .onnxRuntime: [.onnx]
    case .openVINO: [.openvino, .onnx]
    }
  }

  /// The format that the runtime was made for.
  var ownFormat: ModelFormat {
    switch self {
    case .onnxRuntime: .onnx
    case .openVINO: .openvino
    }
  }

  /// How another device is chosen.
  var deviceAdvice: String {
    switch self {
    case .onnxRuntime: "Give onnxruntime.provider the value cuda where the library has it."
    case .openVINO: "Give openvino.device the name of a device that OpenVINO finds."
    }
  }

  /// Whether the library is here.
  func availability() -> Availability {
    switch self {
    case .onnxRuntime: ONNXRuntime.availability()
    case .openVINO: OpenVINORuntime.availability()
    }
  }

  /// The runtime with complete options.
  func makeRuntime(_ choice: IngredientChoice) throws -> any Runtime {
    switch self {
    case .onnxRuntime: try ONNXRuntime(choice.options(of: ONNXRuntime.self))
    case .openVINO: try OpenVINORuntime(choice.options(of: OpenVINORuntime.self))
    }
  }

  /// The library's version by its name.
  func tools() throws(GalleyError) -> [String: String] {
    guard case .available(let version, _) = availability() else { return [:] }
    return [rawValue: version]
  }
}
