// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import Files
internal import FoundationEssentials
internal import Galley

/// What the bytes of a data set's items say before any pixel is decoded.
struct InspectedItems {
  /// SHA-256 of each item's bytes as they are stored, by id; items that can't be read have none.
  private(set) var digests: [String: Digest] = [:]
  /// The size of each image as it is shown, by id.
  private(set) var sizes: [String: PixelSize] = [:]
  /// Items that can't be read or are no images, with the reason, in the order of the items.
  private(set) var problems: [(id: String, why: String)] = []

  /// Reads every item once.
  init(_ items: [DatasetItem]) {
    var bytes = ItemBytes()
    for item in items {
      if case .pixels(let block) = item.source {
        digests[item.id] = Digest(of: Data(block.interleaved))
        sizes[item.id] = block.size
        continue
      }
      do throws(GalleyError) {
        guard let data = try bytes.read(item.source) else { continue }
        digests[item.id] = Digest(of: data)
        do throws(ImageHeaderProblem) {
          sizes[item.id] = try ImageHeader(data).shownSize
        } catch {
          problems.append((item.id, error.why))
        }
      } catch {
        problems.append((item.id, error.why))
      }
    }
  }

  /// A sentence about what can't be read; `nil` if all can.
  var warning: String? {
    guard let first = problems.first else { return nil }
    let rest = problems.count > 1 ? ", and \(problems.count - 1) more items" : ""
    return "'\(first.id)' can't be used: \(first.why)\(rest); such items fail by themselves and stop nothing."
  }
}

/// How large the images of a data set are, in pixels.
struct SizeStatistics: Sendable, Hashable {
  /// Images whose size is known.
  let count: Int
  /// The middle of the shorter sides.
  let median: Int
  /// A twentieth of the shorter sides is smaller, a twentieth larger.
  let low: Int
  let high: Int
  /// The one size that all have; `nil` if they differ.
  let common: PixelSize?

  /// - Returns: `nil` if no size is known.
  init?(_ sizes: [PixelSize]) {
    let sides = sizes.map { min($0.width, $0.height) }.sorted()
    guard let first = sizes.first, !sides.isEmpty else { return nil }
    count = sides.count
    median = sides[(sides.count - 1) / 2]
    low = sides[(sides.count - 1) / 20]
    high = sides[sides.count - 1 - (sides.count - 1) / 20]
    common = sizes.allSatisfy { $0 == first } ? first : nil
  }
}
