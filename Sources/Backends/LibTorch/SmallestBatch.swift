// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Tensors
internal import Torch

/// The fewest items that a network can be trained with at once: a normalisation over one value has no variance, and
/// some layers want more than one item.
///
/// No table says which networks that concerns, so it is tried: with one item, and twice as many as long as training
/// fails.
public struct SmallestBatch: Sendable, Hashable, Codable {
  /// A size with which the network can't be trained.
  public struct Refusal: Sendable, Hashable, Codable {
    /// Items.
    public var size: Int
    /// Why not, as a clause.
    public var why: String
  }

  /// Items of the smallest batch that works, of those that were tried.
  public var size: Int
  /// The smaller ones.
  public var refused: [Refusal]

  /// The sizes that are tried: powers of two, and the largest that may be.
  static func sizes(upTo largest: Int) -> [Int] {
    var sizes: [Int] = []
    var size = 1
    while size < largest {
      sizes.append(size)
      size *= 2
    }
    return sizes + [max(1, largest)]
  }

  /// Tries until one works.
  /// - Throws: what the try with the largest batch throws, and at once what has nothing to do with the batch: data that
  ///   can't be read, a full disk, cancellation.
  static func find<Result>(
    upTo largest: Int, _ attempt: (Int) throws -> Result
  ) throws -> (Result, SmallestBatch) {
    var refused: [Refusal] = []
    let sizes = sizes(upTo: largest)
    for size in sizes.dropLast() {
      do {
        return (try attempt(size), SmallestBatch(size: size, refused: refused))
      } catch {
        guard let why = reason(error) else { throw error }
        refused.append(Refusal(size: size, why: why))
      }
    }
    let last = sizes.last ?? 1
    return (try attempt(last), SmallestBatch(size: last, refused: refused))
  }

  /// Why a batch is too small; `nil` for an error that a larger one doesn't mend.
  private static func reason(_ error: any Error) -> String? {
    switch error {
    case let error as GalleyError where [.configuration, .software].contains(error.exitCode): error.why
    case let error as TorchError where error.code != .outOfMemory: error.reason
    default: nil
    }
  }

  /// Refuses a network that training has spoiled: its loss may be a number, and its statistics none.
  /// - Throws: `GalleyError` that names the first tensor that isn't finite.
  static func check(_ state: ModuleState) throws {
    for entry in state.entries where try [.float16, .bfloat16, .float32, .float64].contains(entry.tensor.elementType) {
      // Nothing times 0 is a number but what was one.
      guard try state.library.withoutGradients({ try (entry.tensor * 0).sum().item() }).isFinite else {
        throw GalleyError(
          .configuration, "training diverged", at: entry.name, why: "'\(entry.name)' is no longer a number",
          remedy: "Use larger batches.")
      }
    }
  }
}
