// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Archives
import Checkpoints
import Foundation
import Galley
import Statistics
import Tensors
import Testing

/// Damaged and hostile checkpoints give one error; nothing crashes, and no memory is taken that the file doesn't have.
@Suite struct DamagedCheckpointTests {
  /// Changes, cuts, removes or repeats bytes.
  private func mutate(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    for _ in 0...generator.number(below: 3) {
      guard !bytes.isEmpty else { return bytes }
      let place = generator.number(below: bytes.count)
      let end = min(bytes.count, place + 1 + generator.number(below: 16))
      switch generator.number(below: 8) {
      case 0: bytes.removeSubrange(place...)
      case 1: bytes.removeSubrange(place..<end)
      case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
      case 3: for index in place..<end { bytes[index] = 0xFF }
      case 4: for index in place..<end { bytes[index] = 0 }
      default: bytes[place] ^= UInt8(1 << generator.number(below: 8))
      }
    }
    return bytes
  }

  /// Opens a file and reads all of it; says what became of it.
  private func outcome(_ bytes: [UInt8]) -> GalleyError? {
    do throws(GalleyError) {
      let checkpoint = try TorchCheckpoint(Data(bytes), named: "file.pth")
      let total = try checkpoint.tensors().reduce(0) { $0 + $1.tensor.bytes.count }
      #expect(total <= 16 * bytes.count + 64 << 20)
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: ["zip", "legacy"], [UInt64(1), 2, 3])
  func `mutated files are read or refused`(form: String, seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let original = try Fixture.bytes("small.\(form).pth")
    // The storages are a small part; damage to the pickles is what matters.
    for _ in 0..<240 {
      if let error = outcome(mutate(original, &generator)) {
        #expect(error.place == "file.pth" && !error.why.isEmpty)
        #expect(error.exitCode == .badData)
      }
    }
  }

  @Test(arguments: [UInt64(4), 5, 6])
  func `mutated pickles in whole archives are read or refused`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let archive = try ZipArchive(Data(Fixture.bytes("small.zip.pth")))
    let contents = try archive.members.map { ($0.path, try archive.read($0)) }
    var refused = 0
    for _ in 0..<240 {
      var writer = ZipWriter()
      for (path, bytes) in contents {
        let isPickle = path.hasSuffix("data.pkl")
        try writer.append(path, isPickle ? mutate(bytes, &generator) : bytes, compressed: false)
      }
      if outcome(writer.finished()) != nil { refused += 1 }
    }
    #expect(refused > 100)
  }

  @Test(arguments: ["zip", "legacy"]) func `a file cut at any place is refused`(form: String) throws {
    let original = try Fixture.bytes("small.\(form).pth")
    for length in stride(from: 0, to: original.count - 1, by: 37) {
      #expect(outcome(Array(original[..<length])) != nil, "\(length) bytes")
    }
  }

  // MARK: Pickles that ask for much

  /// An archive with one storage of four bytes and a pickle.
  private func archive(_ pickle: [UInt8]) throws -> [UInt8] {
    var writer = ZipWriter()
    try writer.append("a/data.pkl", pickle, compressed: false)
    try writer.append("a/data/0", [1, 2, 3, 4], compressed: false)
    return writer.finished()
  }

  /// {'w': a float32 tensor of a storage with `count` elements, an offset, a shape and strides}
  private func pickle(count: Int = 1, offset: Int = 0, shape: [Int], strides: [Int]) -> [UInt8] {
    let tuple = { (values: [Int]) in "(" + values.map { "L\($0)L\n" }.joined() + "t" }
    let text = """
      }S'w'
      ctorch._utils
      _rebuild_tensor_v2
      ((S'storage'
      ctorch
      FloatStorage
      S'0'
      S'cpu'
      L\(count)L
      tQL\(offset)L
      \(tuple(shape))\(tuple(strides))I00
      }tRs.
      """
    return Array(text.utf8)
  }

  @Test func `a small tensor is read`() throws {
    let checkpoint = try TorchCheckpoint(Data(archive(pickle(shape: [1], strides: [1]))), named: "x")
    #expect(try checkpoint.tensor("w").bytes == [1, 2, 3, 4])
    let repeated = try TorchCheckpoint(Data(archive(pickle(shape: [3, 2], strides: [0, 0]))), named: "x")
    #expect(try repeated.tensor("w").bytes == [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4])
  }

  @Test(arguments: [
    (1, 0, [2], [1]), (1, 1, [1], [1]), (1, 0, [1 << 40], [0]), (1, 0, [1 << 40, 1 << 40], [0, 0]),
    (1, 0, [2, 2], [1 << 62, 1 << 62]), (1, 0, [-1], [1]), (1, 0, [1], [-1]), (1, -1, [1], [1]), (1, 0, [1], [1, 1]),
    (2, 0, [1], [1]), (1 << 62, 0, [1], [1]), (-1, 0, [1], [1]), (1, 1 << 62, [1], [1]), (1, 0, [1 << 26], [0]),
  ]) func `views beyond their storage are refused`(
    count: Int, offset: Int, shape: [Int], strides: [Int]
  ) throws {
    let bytes = try archive(pickle(count: count, offset: offset, shape: shape, strides: strides))
    let error = try #require(outcome(bytes))
    #expect(error.place == "file.pth")
  }

  @Test func `a pickle that refers to itself without end is refused`() throws {
    // Lists of 200, nested eight deep: 200⁸ paths.
    var bytes: [UInt8] = [0x5D, 0x71, 0]
    for _ in 0..<8 {
      bytes += [0x30, 0x5D, 0x28]
      for _ in 0..<200 { bytes += [0x68, 0] }
      bytes += [0x65, 0x71, 0]
    }
    let error = try #require(outcome(try archive(bytes + [0x2E])))
    #expect(error.why.contains("without end"))
  }

  @Test func `a storage that is missing is named`() throws {
    var writer = ZipWriter()
    try writer.append("a/data.pkl", pickle(shape: [1], strides: [1]))
    #expect(outcome(writer.finished())?.why.contains("storage '0' is missing") == true)
  }

  @Test func `a legacy file that claims huge storages is refused`() throws {
    var bytes = try Fixture.bytes("small.legacy.pth")
    // The first storage follows the last pickle: the number of elements, then the elements.
    let weight = try TorchCheckpoint(Data(bytes), named: "x").tensor("weight").bytes
    let place = try #require(bytes.indices.first { bytes[$0...].starts(with: weight) })
    for index in place - 8..<place { bytes[index] = 0x7F }
    #expect(outcome(bytes)?.why.contains("claims") == true)
  }
}
