// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Pickles

/// The images of one file of CIFAR: 32×32 pixels, three planes of 1024 bytes.
struct CIFARBatch {
  /// The class of each image.
  var labels: [Int] = []
  /// The superclass of each image, in CIFAR-100.
  var coarse: [Int] = []
  /// The file name of each image, where it is known.
  var names: [String] = []
  /// The buffer that holds the pixels.
  var pixels: [UInt8] = []
  /// Where the first image's pixels begin, and how far it is to the next.
  var offset = 0
  var stride = 3072

  /// Reads a binary file: for each image one byte (CIFAR-100: two) of class, then its pixels.
  init(binary bytes: [UInt8], _ file: String, labelBytes: Int) throws(GalleyError) {
    stride = 3072 + labelBytes
    guard !bytes.isEmpty, bytes.count % stride == 0 else {
      throw GalleyError(
        .badData, "can't read CIFAR", at: file, why: "its \(bytes.count) bytes are no multiple of \(stride)")
    }
    pixels = bytes
    offset = labelBytes
    for start in Swift.stride(from: 0, to: bytes.count, by: stride) {
      labels.append(Int(bytes[start + labelBytes - 1]))
      if labelBytes == 2 { coarse.append(Int(bytes[start])) }
    }
  }

  /// Reads a file for Python.
  init(pickle bytes: [UInt8], _ file: String) throws(GalleyError) {
    let root: PickleValue
    do throws(PickleProblem) { root = try PickleReader.read(bytes, knowing: .arrays).value } catch {
      throw GalleyError(
        .badData, "can't read CIFAR", at: file, why: "byte \(error.offset) of the pickle: \(error.message)")
    }
    guard let labels = (root["labels"] ?? root["fine_labels"])?.elements?.compactMap(\.int),
      case .array(let array)? = root["data"]
    else { throw GalleyError(.badData, "can't read CIFAR", at: file, why: "it has no data or no labels") }
    guard array.shape == [labels.count, 3072], ["u1", "|u1"].contains(array.type), !array.isFortran,
      array.bytes.count == labels.count * 3072
    else {
      throw GalleyError(
        .badData, "can't read CIFAR", at: file,
        why:
          "data has the type '\(array.type)' and the shape \(array.shape), but \(labels.count) labels need u1 and [\(labels.count), 3072]"
      )
    }
    self.labels = labels
    coarse = root["coarse_labels"]?.elements?.compactMap(\.int) ?? []
    names = root["filenames"]?.elements?.compactMap(\.text) ?? []
    pixels = Array(array.bytes)
  }
}
