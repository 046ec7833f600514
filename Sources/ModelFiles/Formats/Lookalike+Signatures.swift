// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension Lookalike {
  /// What the first bytes say; `nil` if they say nothing.
  static func known(_ head: [UInt8]) -> Lookalike? {
    if let match = signatures.first(where: { head.starts(with: $0.bytes) }) { return match.lookalike }
    if head.starts(with: [0x50, 0x4b, 0x03, 0x04]) { return archive(head) }
    if head.count > 262, head[257..<262].elementsEqual("ustar".utf8) {
      return Lookalike("a tar archive", "Unpack it and name the model's file in it.")
    }
    if head.count > 9, head[8] == UInt8(ascii: "{"), head[4..<8].allSatisfy({ $0 == 0 }) {
      return Lookalike(
        "a safetensors file: weights without a network", "Export the whole model to ONNX from where it was trained.")
    }
    return nil
  }

  private static let signatures: [(bytes: [UInt8], lookalike: Lookalike)] = [
    (
      [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a],
      Lookalike(
        "an HDF5 file, such as Keras writes",
        "Load it with Keras and convert it with tf.lite.TFLiteConverter or model.export(format=\"onnx\").")
    ),
    // Pickle of protocol 2 to 5, with which PyTorch before 1.6 and torch.save(_use_new_zipfile_serialization=False) write.
    ([0x80, 0x02], pickle), ([0x80, 0x03], pickle), ([0x80, 0x04], pickle), ([0x80, 0x05], pickle),
    (Array("ftrt".utf8), plan),
    (Array("ptrt".utf8), plan),
    (
      Array("GGUF".utf8),
      Lookalike("a GGUF file, the format of llama.cpp", "Use a program of llama.cpp's, or export the model to ONNX.")
    ),
    (
      [0x7f, 0x45, 0x4c, 0x46],
      Lookalike("a program or shared library", "Name the model that it was compiled from.")
    ),
    ([0x1f, 0x8b], Lookalike("a file packed with gzip", "Unpack it with gunzip.")),
    ([0x28, 0xb5, 0x2f, 0xfd], Lookalike("a file packed with zstd", "Unpack it with unzstd.")),
    ([0xfd, 0x37, 0x7a, 0x58, 0x5a], Lookalike("a file packed with xz", "Unpack it with unxz.")),
    ([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59], Lookalike("a NumPy array", "Name the model's file.")),
    ([0x89, 0x50, 0x4e, 0x47], Lookalike("a PNG picture", "Name the model's file.")),
    ([0xff, 0xd8, 0xff], Lookalike("a JPEG picture", "Name the model's file.")),
    (Array("%PDF".utf8), Lookalike("a PDF document", "Name the model's file.")),
  ]

  /// What only the suffix tells.
  static let bySuffix: [String: Lookalike] = [
    "pb": Lookalike("a TensorFlow graph", "Convert it with tf2onnx or openvino.convert_model."),
    "mlmodel": Lookalike("a Core ML model", "Export the original model to ONNX."),
    "pdmodel": Lookalike("a PaddlePaddle model", "Convert it with paddle2onnx or openvino.convert_model."),
    "caffemodel": Lookalike("a Caffe model", "Convert it to ONNX."),
    "rknn": Lookalike("a model compiled for Rockchip's processors", "Name the model that it was compiled from."),
    "hef": Lookalike("a model compiled for Hailo's processors", "Name the model that it was compiled from."),
    "blob": Lookalike("a compiled model", "Name the model that it was compiled from."),
    "engine": plan, "plan": plan, "trt": plan,
    "param": Lookalike("an ncnn model", "Export the original model to ONNX."),
    "mnn": Lookalike("an MNN model", "Export the original model to ONNX."),
  ]

  private static let plan = Lookalike(
    "a TensorRT plan, which runs only on the GPU that it was built for", "Name the ONNX file from which it was built.")

  private static let pickle = Lookalike(
    "a Python pickle, such as PyTorch's older checkpoints", "Load it with PyTorch and export it with torch.onnx.export."
  )

  /// ZIP archives are told apart by the names of the first files in them.
  private static func archive(_ head: [UInt8]) -> Lookalike {
    let text = String(decoding: head, as: UTF8.self)
    if text.contains("/data.pkl") || text.contains("/constants.pkl") || text.contains("/.format_version") {
      return Lookalike(
        "a PyTorch checkpoint", "Load it with PyTorch and export it with torch.onnx.export: it may hold weights alone.")
    }
    if text.contains("model.weights.h5") || (text.contains("config.json") && text.contains("metadata.json")) {
      return Lookalike(
        "a Keras model",
        "Load it with Keras and convert it with tf.lite.TFLiteConverter or model.export(format=\"onnx\").")
    }
    if text.contains(".npy") { return Lookalike("a NumPy archive", "Name the model's file.") }
    return Lookalike("a ZIP archive", "Unpack it and name the model's file in it.")
  }
}
