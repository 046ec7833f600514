// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Checkpoints

/// The classes that a checkpoint of PyTorch's names beside its weights. There is no standard for it, so the keys that
/// people use are looked for.
enum ClassNames {
  /// Keys of a list of names, or of a dictionary from numbers to names.
  private static let lists: Set = ["classes", "labels", "class_names", "names", "idx_to_class", "CLASSES"]
  /// Keys of a dictionary from names to numbers, as torchvision's `ImageFolder` has one.
  private static let numbers: Set = ["class_to_idx"]

  /// The names in the order of the outputs; `nil` if the file has none, or those that it has differ.
  static func find(in scalars: [(path: String, value: TorchCheckpoint.Scalar)]) -> [String]? {
    var found: [Substring: [Int: String]] = [:]
    for (path, value) in scalars {
      // A class's name may have dots of its own: only the keys before it are parted.
      let steps = path.split(separator: ".", omittingEmptySubsequences: false)
      for (place, key) in steps.enumerated().prefix(2) where place + 1 < steps.count {
        let rest = steps[(place + 1)...].joined(separator: ".")
        if lists.contains(String(key)), let number = Int(rest), case .text(let name) = value {
          found[key, default: [:]][number] = name
        } else if numbers.contains(String(key)), case .int(let number) = value {
          found[key, default: [:]][number] = rest
        }
      }
    }
    let complete = found.values.compactMap { names in
      let ordered = (0..<names.count).compactMap { names[$0] }
      return ordered.count == names.count ? ordered : nil
    }
    guard let first = complete.first, complete.allSatisfy({ $0 == first }) else { return nil }
    return first
  }
}
