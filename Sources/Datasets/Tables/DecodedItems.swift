// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
public import Galley
public import Images
internal import Tensors

/// Decodes all items of a data set on every core and brings them to one size.
public struct DecodedItems: Sendable {
  private let fit: ImageFit
  private let format: PixelFormat

  /// Decodes to one size and one kind of pixels.
  public init(fit: ImageFit, format: PixelFormat) {
    self.fit = fit
    self.format = format
  }

  private struct Decoded: Sendable {
    var pixels: [UInt8]
    var digest: Digest
  }

  /// The items that can be decoded, in their order; the others are among the failures.
  /// - Parameter classes: the class of each item.
  /// - Throws: `GalleyError` if an archive can't be read, or the items together would take more than a quarter of this
  ///   machine's memory, which they do more than once while they are prepared.
  public func decode(_ dataset: AnnotatedDataset, classes: [Int]) throws -> DescribedItems {
    try checkMemory(dataset.items.count)
    let images = try ItemImages(dataset.items.lazy.map(\.source))
    let (items, fit, options) = (dataset.items, fit, DecodingOptions(format: format))
    let threads = ProcessInfo.processInfo.activeProcessorCount
    let loader = ItemLoader(count: items.count, limits: LoaderLimits(threads: threads)) { index in
      let item = items[index]
      let bytes = try images.bytes(of: item.source)
      let image: Image
      do throws(ImageError) {
        image = try images.image(item.source, bytes, fit: fit, options: options, name: item.id)
      } catch {
        throw GalleyError(image: error, "can't decode the item '\(item.id)'")
      }
      return LoadedItem(Decoded(pixels: image.bytes, digest: Digest(of: Data(bytes))), byteCount: image.bytes.count)
    }
    let size = fit.result
    var pixels: [UInt8] = []
    pixels.reserveCapacity(items.count * size.width * size.height * format.channels)
    var (kept, digests, failures): ([Int], [Digest], [ItemFailure]) = ([], [], [])
    while let outcome = loader.nextBlocking() {
      switch outcome.result {
      case .success(let decoded):
        pixels += decoded.pixels
        digests.append(decoded.digest)
        kept.append(outcome.index)
      case .failure(let error):
        let id = items[outcome.index].id
        failures.append(
          ItemFailure(
            id: id,
            error: error as? GalleyError ?? GalleyError(.badData, "can't decode the item '\(id)'", why: "\(error)")))
      }
    }
    var rest = dataset
    rest.items = kept.map { items[$0] }
    let inputs = try Tensor(pixels, shape: [kept.count, size.height, size.width, format.channels])
    return try DescribedItems(
      items: LabeledItems(
        ids: rest.items.map(\.id), inputs: inputs, classes: kept.map { classes[$0] }, labels: dataset.labels),
      dataset: rest, digests: digests, failures: failures)
  }

  private func checkMemory(_ count: Int) throws(GalleyError) {
    let item = fit.result.width * fit.result.height * format.channels
    let (bytes, overflow) = item.multipliedReportingOverflow(by: count)
    let room = Int(clamping: ProcessInfo.processInfo.physicalMemory / 4)
    guard overflow || bytes > room else { return }
    throw GalleyError(
      .unavailable, "can't hold the items in memory",
      why: "\(count) items of \(fit.result) pixels and \(format.channels) channels take \(bytes >> 20) MiB, and "
        + "\(room >> 20) MiB are allowed",
      remedy: "Give a smaller height and width, or take fewer items: data.filter.")
  }
}
