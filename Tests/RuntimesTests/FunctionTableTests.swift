// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import CRuntimes
import Synchronization
import Testing

/// A library that offers a table with one slot empty; the functions in the other slots are never called.
private enum FakeLibrary {
  /// The slot that is empty; the tests that use it run one after the other.
  static let emptySlot = Mutex(0)
  nonisolated(unsafe) static let table = UnsafeMutableRawPointer.allocate(
    byteCount: MemoryLayout<OrtApi>.size, alignment: 16)
  nonisolated(unsafe) static let base = UnsafeMutablePointer<OrtApiBase>.allocate(capacity: 1)

  static let entry: @convention(c) () -> UnsafeMutableRawPointer? = {
    base.initialize(
      to: OrtApiBase(
        GetApi: { version in
          guard version == 17 else { return nil }
          let empty = FakeLibrary.emptySlot.withLock { $0 }
          if empty == -2 { return nil }
          for slot in 0..<MemoryLayout<OrtApi>.size / 8 {
            FakeLibrary.table.storeBytes(of: slot == empty ? 0 : 1, toByteOffset: slot * 8, as: Int.self)
          }
          return UnsafePointer(FakeLibrary.table.assumingMemoryBound(to: OrtApi.self))
        }, GetVersionString: { FakeLibrary.version }))
    return UnsafeMutableRawPointer(base)
  }

  nonisolated(unsafe) static let version: UnsafePointer<CChar> = {
    let text = UnsafeMutablePointer<CChar>.allocate(capacity: 4)
    for (index, byte) in "9.9\0".utf8.enumerated() { text[index] = CChar(byte) }
    return UnsafePointer(text)
  }()

  static func ask(emptySlot slot: Int) -> GalleyOrtTable {
    emptySlot.withLock { $0 = slot }
    return galley_ort_table(unsafeBitCast(entry, to: UnsafeMutableRawPointer.self))
  }
}

@Suite("ONNX Runtime's function table", .serialized)
struct FunctionTableTests {
  @Test(arguments: [1, 7, 9, 63, 133, 140, 252]) func `is refused if a slot that is called is empty`(slot: Int) {
    let table = FakeLibrary.ask(emptySlot: slot)
    #expect(table.api == nil && Int(table.first_missing_slot) == slot)
  }

  @Test(arguments: [0, 12, 139, -1]) func `is taken whatever the other slots hold`(slot: Int) {
    let table = FakeLibrary.ask(emptySlot: slot)
    #expect(table.api != nil && table.first_missing_slot == -1)
    #expect(table.version.map { String(cString: $0) } == "9.9")
  }

  @Test func `is missing in a library that is too old, whose version is still told`() {
    let table = FakeLibrary.ask(emptySlot: -2)
    #expect(table.api == nil && table.first_missing_slot == -1 && table.version != nil)
  }
}
