// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Something that Galley opens at run time and does not carry inside itself: a library or a resource file.
///
/// `name` is its name in `Native/native.lock` and in `.native/installed.json`.
public struct NativeLibrary: Sendable, Hashable {
  /// The name in the lock, `onnxruntime` for example.
  public let name: String
  /// The name for people, `ONNX Runtime` for example.
  public let displayName: String
  /// The names its main file may have, the preferred one first.
  public let fileNames: [String]
  /// The only version that will do, as `installed.json` states it; nil if any will. Installed folders may hold several.
  public let version: String?
  /// Whether the dynamic linker may be asked for it by `fileNames`; false for files that are not code.
  public let isLoadable: Bool
  /// How to get it, as the end of a sentence.
  let remedy: String

  /// Describes one library or resource.
  public init(
    name: String, displayName: String, fileNames: [String], version: String? = nil, isLoadable: Bool = true,
    remedy: String? = nil
  ) {
    self.name = name
    self.displayName = displayName
    self.fileNames = fileNames
    self.version = version
    self.isLoadable = isLoadable
    self.remedy = remedy ?? "run 'make setup', or 'python3 Native/bootstrap.py --only \(name)'"
  }

  /// The same library, of one version only.
  public func ofVersion(_ version: String) -> NativeLibrary {
    NativeLibrary(
      name: name, displayName: displayName, fileNames: fileNames, version: version, isLoadable: isLoadable,
      remedy: remedy)
  }

  /// ONNX Runtime, reached through the function table that `OrtGetApiBase` gives.
  public static let onnxRuntime = NativeLibrary(
    name: "onnxruntime", displayName: "ONNX Runtime", fileNames: ["libonnxruntime.so.1", "libonnxruntime.so"])

  /// OpenVINO, reached through the functions of its C interface; its other libraries and plugins lie beside it.
  public static let openVINO = NativeLibrary(
    name: "openvino", displayName: "OpenVINO", fileNames: ["libopenvino_c.so", "libopenvino_c.so.2641"])

  /// LiteRT, reached through the functions of its C interface by name.
  public static let liteRT = NativeLibrary(name: "litert", displayName: "LiteRT", fileNames: ["libLiteRt.so"])

  /// Galley's own shim over LibTorch, which brings LibTorch with it.
  public static let galleyTorch = NativeLibrary(
    name: "galley-torch", displayName: "LibTorch (Galley's shim)", fileNames: ["libgalley_torch.so"])

  /// Plotly's script, which reports embed.
  public static let plotly = NativeLibrary(
    name: "plotly", displayName: "Plotly", fileNames: ["plotly.min.js"], isLoadable: false)

  /// libvips, which decodes and encodes images; the system's, unless a bundle brought one.
  public static let vips = NativeLibrary(
    name: "vips", displayName: "libvips", fileNames: ["libvips.so.42"],
    remedy: "run 'apt-get install libvips42' or Native/system-packages.sh, or import a bundle that brings it")

  /// All that Galley knows of, in the order in which `galley doctor` shows them.
  public static let all: [NativeLibrary] = [onnxRuntime, openVINO, liteRT, galleyTorch, vips, plotly]
}
