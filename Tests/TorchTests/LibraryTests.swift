// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import CTorchShim
import Foundation
import NativeLibraries
import Testing
import Torch

@Suite(.enabled(if: Reference.isAvailable, Reference.absence))
struct SeedTests {
  @Test func equalSeedsGiveEqualNumbersWhileOthersDraw() async throws {
    let draws = try await withThrowingTaskGroup(of: (UInt64, [Float]).self) { group in
      for task in 0..<12 {
        let seed = UInt64(task % 3)
        group.addTask { (seed, try Self.draw(seed)) }
      }
      return try await group.reduce(into: [(UInt64, [Float])]()) { $0.append($1) }
    }
    for seed in UInt64(0)..<3 { #expect(Set(draws.filter { $0.0 == seed }.map(\.1)).count == 1) }
    #expect(Set(draws.map(\.1)).count == 3)
  }

  private static func draw(_ seed: UInt64) throws -> [Float] {
    let library = try Reference.library
    return try library.withSeed(seed) {
      let tensor = try TorchTensor.full(0, shape: [100], in: library)
      try tensor.fillUniformly(0..<1)
      return try tensor.values()
    }
  }

  @Test func whoDrawsWithoutASeedDoesNotDisturbWhoHasOne() async throws {
    let library = try Reference.library
    try await withThrowingTaskGroup(of: [[Float]]?.self) { group in
      group.addTask {
        let tensor = try TorchTensor.full(0, shape: [1], in: library)
        for _ in 0..<1000 {
          try tensor.fillNormally(mean: 0, standardDeviation: 1)
          _ = try tensor.droppedOut(probability: 0.5, isTraining: true)
          usleep(100)
        }
        return nil
      }
      group.addTask {
        try (0..<5).map { _ in
          try library.withSeed(5) {
            try (0..<20).map { _ -> Float in
              let tensor = try TorchTensor.full(0, shape: [1], in: library)
              usleep(1000)
              try tensor.fillUniformly(0..<1)
              return try tensor.values()[0]
            }
          }
        }
      }
      for try await case let rows? in group { #expect(Set(rows).count == 1) }
    }
  }

  @Test func theGeneratorIsFreeAfterAnError() throws {
    struct Interruption: Error {}
    let library = try Reference.library
    #expect(throws: Interruption.self) { try library.withSeed(1) { throw Interruption() } }
    #expect(try library.withSeed(1) { 7 } == 7)
  }
}

/// Tables that a foreign or older library might give.
@Suite struct TableTests {
  private typealias EntryPoint =
    @convention(c) (UInt32, UnsafeMutablePointer<UnsafePointer<galley_torch_api>?>) -> Int32

  private func copy(_ entryPoint: EntryPoint) -> Int32 {
    let table = UnsafeMutablePointer<galley_torch_api>.allocate(capacity: 1)
    defer { table.deallocate() }
    return galley_torch_copy_api(unsafeBitCast(entryPoint, to: UnsafeMutableRawPointer.self), table)
  }

  /// A table of zeros that claims a size, never freed: it stands for a library's constant.
  private static func table(claiming byteCount: Int) -> UnsafePointer<galley_torch_api> {
    let size = MemoryLayout<galley_torch_api>.size
    let raw = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
    raw.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    raw.storeBytes(of: byteCount, as: Int.self)
    return UnsafePointer(raw.assumingMemoryBound(to: galley_torch_api.self))
  }

  @Test func anotherVersionIsRefused() {
    #expect(copy { _, _ in Int32(GALLEY_TORCH_WRONG_ABI) } == Int32(GALLEY_TORCH_WRONG_ABI))
  }

  @Test func aMissingTableIsRefused() { #expect(copy { _, _ in 0 } == Int32(GALLEY_TORCH_WRONG_ABI)) }

  @Test func aTableOfAnotherSizeIsRefused() {
    let status = copy { _, out in
      out.pointee = TableTests.table(claiming: 8)
      return 0
    }
    #expect(status == Int32(GALLEY_TORCH_WRONG_ABI))
  }

  @Test func aTableWithHolesIsRefused() {
    let status = copy { _, out in
      out.pointee = TableTests.table(claiming: MemoryLayout<galley_torch_api>.size)
      return 0
    }
    #expect(status == Int32(GALLEY_TORCH_WRONG_ABI))
  }

  @Test func aLibraryThatIsNoShimIsRefused() throws {
    let foreign = try DynamicLibrary.open("libc.so.6")
    let error = #expect(throws: TorchError.self) { try TorchLibrary(foreign) }
    #expect(error?.code == .wrongABI)
    #expect(error?.reason.contains("galley_torch_get_api") == true)
  }
}
