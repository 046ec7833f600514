// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Galley
import Glibc
import Tensors
import Testing
import WorkerProtocol

/// Blocks of a worker that isn't to be trusted.
struct TensorBlockTests {
  private func file(_ bytes: [UInt8]) throws -> String {
    let path = FileManager.default.temporaryDirectory.appending(path: "block-\(UUID().uuidString)").path()
    try Data(bytes).write(to: URL(filePath: path))
    return path
  }

  private func block(_ path: String, _ byteCount: Int, _ shape: [Int], offset: Int = 0) -> TensorBlock {
    TensorBlock(
      memory: .init(path: path, byteCount: byteCount),
      tensors: [.init(name: "x", elementType: .uint8, shape: shape, offset: offset)])
  }

  private func refusal(_ block: TensorBlock) -> String? {
    do throws(GalleyError) {
      _ = try block.read()
      return nil
    } catch {
      return error.exitCode == .badData ? error.why : "\(error)"
    }
  }

  @Test func whatLiesThereIsRead() throws {
    let bytes = (0..<200).map { UInt8($0) }
    let path = try file(bytes)
    defer { unlink(path) }
    let read = try block(path, 200, [4, 18], offset: 128).read()
    #expect(read.map(\.name) == ["x"] && read[0].value.bytes == Array(bytes[128...]))
    #expect(try block("", 0, [0, 7]).read()[0].value.shape == [0, 7])
    let memory = try SharedMemory()
    try memory.reserve(10)
    memory.write([1, 2, 3], at: 0)
    #expect(try block(memory.path, memory.byteCount, [3]).read()[0].value.bytes == [1, 2, 3])
  }

  @Test(arguments: [1 << 12, 1 << 40, 1 << 62, Int.max])
  func aClaimBeyondWhatThereIsIsRefused(_ count: Int) throws {
    let path = try file([1, 2, 3])
    defer { unlink(path) }
    #expect(refusal(block(path, count, [3])) == "the memory has 3 bytes, and the block claims \(count)")
    #expect(refusal(block(path, count, [count / 2])) == "the memory has 3 bytes, and the block claims \(count)")
    #expect(refusal(block("/dev/zero", count, [3]))?.contains("is no memory") == true)
  }

  @Test func aPipeDoesNotHoldTheReader() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "pipe-\(UUID().uuidString)").path()
    #expect(mkfifo(path, 0o600) == 0)
    defer { unlink(path) }
    #expect(refusal(block(path, 3, [3]))?.contains("is no memory") == true)
  }

  /// Any numbers give tensors within the memory, or an error.
  @Test func noNumbersEndTheProcess() throws {
    let path = try file((0..<777).map { UInt8($0 % 251) })
    defer { unlink(path) }
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    func next() -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state
    }
    func number() -> Int {
      switch next() % 5 {
      case 0: Int(next() % 16)
      case 1: Int(next() % 900)
      case 2: Int(truncatingIfNeeded: next())
      case 3: [Int.max, Int.min, 1 << 60, 1 << 62, -1, 0][Int(next() % 6)]
      default: 64 * Int(next() % 13)
      }
    }
    var reads = 0
    for _ in 0..<20_000 {
      let types = ElementType.allCases
      let places = (0..<next() % 3).map { _ in
        TensorBlock.Place(
          name: "x", elementType: types[Int(next() % UInt64(types.count))],
          shape: (0..<next() % 4).map { _ in number() },
          offset: number())
      }
      let block = TensorBlock(memory: .init(path: path, byteCount: number()), tensors: places)
      guard let read = try? block.read() else { continue }
      reads += 1
      #expect(read.allSatisfy { $0.value.bytes.count <= 777 })
    }
    #expect(reads > 0)
  }
}
