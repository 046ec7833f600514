// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import FoundationEssentials
public import Galley
internal import Images

extension AnnotatedDataset {
  /// SHA-256 of each item's bytes as they are stored, in the order of the items; computed on every core.
  /// - Throws: `GalleyError` that names the first item that can't be read.
  public func contentDigests() throws -> [Digest] {
    let images = try ItemImages(items.lazy.map(\.source))
    let items = items
    let limits = LoaderLimits(threads: ProcessInfo.processInfo.activeProcessorCount, items: 64)
    let loader = ItemLoader(count: items.count, limits: limits) { index in
      LoadedItem(Digest(of: Data(try images.bytes(of: items[index].source))), byteCount: 64)
    }
    var digests: [Digest] = []
    while let outcome = loader.nextBlocking() { digests.append(try outcome.result.get()) }
    return digests
  }
}
