// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CTorchShim

/// What happens to operations that have no deterministic implementation; `true` and `false` stand for on and off.
///
/// On the processor all operations of this room have one.
public enum Determinism: String, Sendable, Hashable, Codable, CaseIterable, ExpressibleByBooleanLiteral {
  /// They run.
  case off
  /// They run, and LibTorch writes a warning to standard error.
  case warn
  /// They fail.
  case on

  /// On or off.
  public init(booleanLiteral value: Bool) { self = value ? .on : .off }

  var torch: galley_torch_determinism {
    switch self {
    case .off: galley_torch_determinism(GALLEY_TORCH_DETERMINISM_OFF)
    case .warn: galley_torch_determinism(GALLEY_TORCH_DETERMINISM_WARN)
    case .on: galley_torch_determinism(GALLEY_TORCH_DETERMINISM_ON)
    }
  }

  init(torch: galley_torch_determinism) {
    self = Self.allCases.first { $0.torch == torch } ?? .off
  }
}
