// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Images

/// A model's inputs in the items' order, loaded ahead by threads within bounds, or when they are asked for.
struct InputStream {
  private let loader: ItemLoader<[Float]>
  private let count: Int
  private var next = 0

  /// - Parameters:
  ///   - workers: Threads that load; 0 loads in the thread that asks.
  ///   - batch: Items that are needed at once.
  init(_ inputs: InputLoader, count: Int, workers: Int, batch: Int) {
    self.count = count
    let limits = LoaderLimits(threads: workers, items: max(2 * batch, 2 * workers), bytes: 512 << 20)
    loader = ItemLoader(count: count, limits: limits) { index in
      let values = try inputs.load(index)
      return LoadedItem(values, byteCount: values.count * MemoryLayout<Float>.stride)
    }
  }

  /// The next input, or why it has none; `nil` after the last.
  mutating func take() -> Result<[Float], ItemFault>? {
    guard next < count else { return nil }
    next += 1
    guard let outcome = loader.nextBlocking() else {
      return .failure(ItemFault(.load, "the system has no thread left to load it"))
    }
    return outcome.result.mapError { $0 as? ItemFault ?? ItemFault(.load, $0) }
  }

  /// Ends loading.
  func stop() {
    loader.stop()
    loader.waitUntilEnded()
  }
}
