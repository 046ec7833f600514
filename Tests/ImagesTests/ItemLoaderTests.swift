// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Images
import Synchronization
import Testing

@Suite struct ItemLoaderTests {
  private struct Broken: Error, Equatable { var index: Int }

  private func loader(
    _ count: Int, _ limits: LoaderLimits = LoaderLimits(), size: @escaping @Sendable (Int) -> Int = { _ in 100 }
  ) -> ItemLoader<Int> {
    ItemLoader(count: count, limits: limits) { index in
      // Some items take longer than those after them.
      var spin = index % 7 * 20_000
      while spin > 0 { spin -= 1 }
      if index % 10 == 3 { throw Broken(index: index) }
      return LoadedItem(index * index, byteCount: size(index))
    }
  }

  @Test(arguments: [0, 1, 2, 5, 16])
  func `items come in order, failures in their places, at any number of threads`(threads: Int) async {
    let loader = loader(200, LoaderLimits(threads: threads, items: 9))
    var expected = 0
    for await item in loader {
      #expect(item.index == expected)
      if expected % 10 == 3 {
        #expect(throws: Broken(index: expected)) { try item.result.get() }
      } else {
        #expect((try? item.result.get()) == expected * expected)
      }
      expected += 1
    }
    #expect(expected == 200)
    loader.waitUntilEnded()
    #expect(loader.statistics.taken == 200 && loader.statistics.failed == 20)
    #expect(loader.statistics.peakItems <= 9 && loader.statistics.bytes == 0)
  }

  @Test func `a reader without tasks gets the same`() {
    let loader = loader(57, LoaderLimits(threads: 3))
    var indices: [Int] = []
    while let item = loader.nextBlocking() { indices.append(item.index) }
    #expect(indices == Array(0..<57))
    #expect(loader.nextBlocking()?.index == nil)
  }

  @Test func `without threads a reader that blocks loads each item itself, one at a time`() {
    let reader = ObjectIdentifier(Thread.current)
    let loader = ItemLoader(count: 20, limits: LoaderLimits(threads: 0)) { index in
      #expect(ObjectIdentifier(Thread.current) == reader)
      if index == 7 { throw Broken(index: index) }
      return LoadedItem(index, byteCount: 100)
    }
    var indices: [Int] = []
    while let item = loader.nextBlocking() {
      indices.append(item.index)
      #expect(loader.statistics.bytes == 0)
      if item.index == 14 { break }
    }
    #expect(indices == Array(0..<15))
    #expect(loader.statistics.peakItems == 1 && loader.statistics.failed == 1)
    loader.stop()
    #expect(loader.nextBlocking()?.index == nil)
    loader.waitUntilEnded()
  }

  @Test func `memory stays within its bound, and one large item still passes`() async {
    let limits = LoaderLimits(threads: 4, items: 100, bytes: 1000)
    let even = loader(100, limits)
    while await even.next() != nil {}
    // Before the first size is known, each thread may have begun one item.
    #expect(even.statistics.peakBytes <= 1000)
    let large = loader(20, limits) { $0 == 5 ? 50_000 : 10 }
    var count = 0
    while await large.next() != nil { count += 1 }
    #expect(count == 20)
  }

  @Test func `nothing is loaded before it is asked for, and nothing after it is stopped`() async {
    let loads = Mutex(0)
    let loader = ItemLoader(count: 1000, limits: LoaderLimits(threads: 2, items: 4)) { index in
      loads.withLock { $0 += 1 }
      return LoadedItem(index, byteCount: 1)
    }
    #expect(loads.withLock { $0 } == 0)
    for _ in 0..<10 { _ = await loader.next() }
    loader.stop()
    loader.waitUntilEnded()
    #expect(loads.withLock { $0 } <= 14)
    #expect(await loader.next()?.index == nil)
  }

  @Test func `a cancelled reader ends the loading`() async {
    let gate = Mutex(false)
    let loader = ItemLoader(count: 5, limits: LoaderLimits(threads: 1)) { index in
      while !gate.withLock({ $0 }) {}
      return LoadedItem(index, byteCount: 1)
    }
    let task = Task { await loader.next()?.index }
    task.cancel()
    #expect(await task.value == nil)
    gate.withLock { $0 = true }
    loader.waitUntilEnded()
  }

  @Test func `an empty loader ends at once`() async {
    #expect(await loader(0).next()?.index == nil)
  }
}
