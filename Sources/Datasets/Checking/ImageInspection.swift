// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Images

/// What the images' files themselves say, each read once.
struct ImageInspection {
  /// What is known of one item's image.
  struct Result: Sendable {
    var header: ImageHeader?
    /// Why the image can't be read.
    var problem: String?
    /// The file isn't there.
    var isMissing = false
    var digest: Digest?
    var hash: PerceptualHash?
  }

  /// For each item, in their order.
  private(set) var results: [Result] = []

  /// Reads and decodes on every core; each file is read once.
  init(_ dataset: AnnotatedDataset, settings: DatasetDoctor.Settings, thumbnail: DatasetDoctor.Thumbnail?) {
    let items = dataset.items
    let bytes: ItemImages
    do throws(GalleyError) {
      bytes = try ItemImages(items.lazy.map(\.source))
    } catch {
      results = items.map { _ in Result(problem: error.why) }
      return
    }
    let isWhole = settings.readsFiles
    let limits = LoaderLimits(threads: ProcessInfo.processInfo.activeProcessorCount, items: 256)
    let loader = ItemLoader(count: items.count, limits: limits) { index in
      LoadedItem(Self.inspect(items[index], isWhole, bytes, thumbnail), byteCount: MemoryLayout<Result>.size)
    }
    results.reserveCapacity(items.count)
    while let outcome = loader.nextBlocking() {
      results.append((try? outcome.result.get()) ?? Result(problem: "it can't be read"))
    }
  }

  private static func inspect(
    _ item: DatasetItem, _ isWhole: Bool, _ images: ItemImages, _ thumbnail: DatasetDoctor.Thumbnail?
  ) -> Result {
    var result = Result()
    var encoded: [UInt8]?
    if case .pixels(let block) = item.source {
      result.digest = isWhole ? Digest(of: Data(block.interleaved)) : nil
    } else if case .missing = item.source {
      result.isMissing = true
    } else {
      do throws(GalleyError) {
        let data: Data
        if !isWhole, case .file(let path) = item.source, let file = OpenFile(path: path) {
          data = file.head(ImageHeader.headLength)
        } else {
          let bytes = try images.bytes(of: item.source)
          (data, encoded) = (Data(bytes), bytes)
        }
        if isWhole { result.digest = Digest(of: data) }
        do throws(ImageHeaderProblem) { result.header = try ImageHeader(data) } catch { result.problem = error.why }
      } catch {
        result.problem = error.why
      }
    }
    guard result.problem == nil, let thumbnail else { return result }
    do {
      result.hash = try thumbnail(item, encoded).flatMap { PerceptualHash($0) }
    } catch let error as GalleyError {
      result.problem = error.why
    } catch {
      result.problem = "\(error)"
    }
    return result
  }

  /// The sizes and how often each occurs, the most common first.
  var sizeCounts: [(Galley.PixelSize, Int)] {
    let sizes = results.compactMap { $0.header?.size }
    return Dictionary(sizes.map { ($0, 1) }, uniquingKeysWith: +)
      .sorted { ($0.value, $1.key.width, $1.key.height) > ($1.value, $0.key.width, $0.key.height) }
      .map { ($0.key, $0.value) }
  }
}

extension ImageHeader {
  /// Whether a file of this name has the format that its name says.
  func fits(_ path: String) -> Bool {
    format.extensions.contains(PathParts(path).ending) || !ImageHeader.isImageName(path)
  }
}
