// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Whose last bit a resized image has. The two differ by 1 of 255 as a rule, and by more where bicubic overshoots are cut
/// off between the passes in another order.
public enum ResizeArithmetic: String, Sendable, Hashable, Codable, CaseIterable {
  /// Pillow's: weights of 22 bits; columns first where the height shrinks more.
  case pillow
  /// PyTorch's on uint8, which torchvision's `v2.Resize` uses for tensors: weights of as many bits as fit into 16, rows
  /// first. Without antialiasing it is the only one, since Pillow has no such mode.
  case torch

  /// The bits of weights after the point. PyTorch takes as many as keep the largest weight below 2¹⁵
  /// (`_compute_index_ranges_int16_weights`).
  func precision(largestWeight: Double) -> Int32 {
    guard self == .torch else { return WeightTable.precision }
    var precision: Int32 = 0
    while precision < WeightTable.precision, Int(0.5 + largestWeight * Double(1 << (precision + 1))) < 1 << 15 {
      precision += 1
    }
    return precision
  }
}
