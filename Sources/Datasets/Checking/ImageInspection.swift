// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley

/// What the images' files themselves say, each read once.
struct ImageInspection {
  /// What is known of one item's image.
  struct Result {
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

  init(_ dataset: AnnotatedDataset, settings: DatasetDoctor.Settings, thumbnail: DatasetDoctor.Thumbnail?) {
    var bytes = ItemBytes()
    results.reserveCapacity(dataset.items.count)
    for item in dataset.items {
      var result = Self.inspect(item, settings.readsFiles, &bytes)
      if result.problem == nil, let thumbnail {
        do {
          result.hash = try thumbnail(item).flatMap { PerceptualHash($0) }
        } catch let error as GalleyError {
          result.problem = error.why
        } catch {
          result.problem = "\(error)"
        }
      }
      results.append(result)
    }
  }

  private static func inspect(_ item: DatasetItem, _ isWhole: Bool, _ bytes: inout ItemBytes) -> Result {
    var result = Result()
    if case .pixels(let block) = item.source {
      result.digest = isWhole ? Digest(of: Data(block.interleaved)) : nil
      return result
    }
    if case .missing = item.source {
      result.isMissing = true
      return result
    }
    do throws(GalleyError) {
      let data: Data
      if !isWhole, case .file(let path) = item.source, let file = OpenFile(path: path) {
        data = file.head(ImageHeader.headLength)
      } else {
        data = try bytes.read(item.source) ?? Data()
      }
      if isWhole { result.digest = Digest(of: data) }
      do throws(ImageHeaderProblem) { result.header = try ImageHeader(data) } catch { result.problem = error.why }
    } catch {
      result.problem = error.why
    }
    return result
  }

  /// The sizes and how often each occurs, the most common first.
  var sizeCounts: [(PixelSize, Int)] {
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
