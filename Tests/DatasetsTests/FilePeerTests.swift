// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Datasets
import Foundation
import Galley
import Tensors
import Testing

/// Headers of images and arrays as Pillow and NumPy write them.
@Suite(.enabled(if: DatasetPeer.hasTorchvision, "Pillow is missing in .peers"))
struct FilePeerTests {
  private struct Answer: Decodable {
    struct Array: Decodable {
      var shape: [Int]
      var hex: String
      var type: String
    }
    var images: [[Value]]
    var arrays: [String: Array]
  }

  private enum Value: Decodable, CustomStringConvertible {
    case text(String)
    case number(Int)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      self = try (try? .number(container.decode(Int.self))) ?? .text(container.decode(String.self))
    }

    var description: String {
      switch self {
      case .text(let text): text
      case .number(let number): "\(number)"
      }
    }
  }

  @Test func headersAndArraysAreReadAsTheirWritersDo() throws {
    let folder = try TemporaryFolder()
    let answer: Answer = try DatasetPeer.ask("image_headers_peer.py", [folder.path])
    #expect(answer.images.count > 180)
    for image in answer.images {
      let name = image[0].description
      let data = try Data(contentsOf: URL(filePath: "\(folder.path)/\(name)"))
      let header = try ImageHeader(data)
      let read = [
        name, header.format.rawValue, "\(header.size.width)", "\(header.size.height)", "\(header.orientation)",
      ]
      #expect(read == image.map(\.description))
      #expect(try ImageHeader(data.prefix(ImageHeader.headLength)) == header)
    }
    for (name, expected) in answer.arrays {
      let bytes = [UInt8](try Data(contentsOf: URL(filePath: "\(folder.path)/\(name).npy")))
      let tensor = try #require(NPY(bytes).tensor, "\(name)")
      #expect(tensor.shape == expected.shape)
      #expect(tensor.elementType.rawValue == expected.type)
      #expect(Data(tensor.bytes).map { String(format: "%02x", $0) }.joined() == expected.hex, "\(name)")
      if name.hasSuffix("littleC") || name == "scalar" { #expect(try NPY.serialized(tensor) == bytes, "\(name)") }
    }
    let text = [UInt8](try Data(contentsOf: URL(filePath: "\(folder.path)/text.npy")))
    #expect(try NPY(text).texts == ["a", "größe", ""])
    #expect(NPY.serialized(["a", "größe", ""]) == text)
  }
}
