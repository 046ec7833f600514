// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The runtimes that a measuring process can be started for.
public enum TargetRuntimes {
  /// Their names.
  public static let names = ["litert", "onnxruntime", "openvino"]
}
