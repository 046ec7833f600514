// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CTorchShim

/// Where tensors lie and operations run: the processor, or a CUDA graphics processor. In text `cpu`, `cuda`, `cuda:1`.
public struct TorchDevice: Sendable, Hashable, Codable, LosslessStringConvertible {
  /// A kind of device.
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    /// The processor.
    case cpu
    /// A graphics processor of NVIDIA's, where LibTorch was built for it.
    case cuda
  }

  /// The kind.
  public let kind: Kind
  /// Which of several; 0 for the processor.
  public let index: Int

  /// The processor.
  public static let cpu = TorchDevice(.cpu, 0)

  /// A CUDA device.
  /// - Parameter index: Which of several, from 0.
  public static func cuda(_ index: Int = 0) -> TorchDevice { TorchDevice(.cuda, index) }

  private init(_ kind: Kind, _ index: Int) {
    self.kind = kind
    self.index = index
  }

  /// A device by its name: `cpu`, `cuda`, `cuda:1`; nil for anything else.
  public init?(_ description: String) {
    let parts = description.split(separator: ":", omittingEmptySubsequences: false)
    guard let kind = parts.first.flatMap({ Kind(rawValue: String($0)) }) else { return nil }
    switch (kind, parts.count) {
    case (_, 1): self.init(kind, 0)
    case (.cuda, 2):
      guard let index = Int(parts[1]), (0...127).contains(index) else { return nil }
      self.init(kind, index)
    default: return nil
    }
  }

  /// The name: `cpu`, `cuda:0`.
  public var description: String { kind == .cpu ? kind.rawValue : "\(kind.rawValue):\(index)" }

  /// Reads a name.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let device = TorchDevice(name) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "'\(name)' is no device; use cpu, cuda or cuda:<number>")
    }
    self = device
  }

  /// Writes the name.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  var torch: galley_torch_device { .init(kind: kind.torch, index: Int32(index)) }

  init?(torch: galley_torch_device) {
    guard let kind = Kind.allCases.first(where: { $0.torch == torch.kind }) else { return nil }
    self.init(kind, Int(torch.index))
  }
}

extension TorchDevice.Kind {
  var torch: Int32 { self == .cpu ? Int32(GALLEY_TORCH_CPU) : Int32(GALLEY_TORCH_CUDA) }
}

extension TorchLibrary {
  /// Number of devices of a kind: 1 processor, and as many CUDA devices as this LibTorch can use.
  public func deviceCount(_ kind: TorchDevice.Kind) throws(TorchError) -> Int {
    var count: Int32 = 0
    try check(api.device_count(kind.torch, &count), "counting devices")
    return Int(count)
  }

  /// Whether a device can be used.
  public func isAvailable(_ device: TorchDevice) throws(TorchError) -> Bool {
    try device.index < deviceCount(device.kind)
  }

  /// Bytes of tensors on a device, now and at most so far; nil for the processor, where LibTorch doesn't count them.
  public func memory(of device: TorchDevice) throws(TorchError) -> (current: Int, peak: Int)? {
    var (current, peak): (Int64, Int64) = (0, 0)
    try check(api.device_memory(device.torch, &current, &peak), "reading the memory of \(device)")
    return current < 0 ? nil : (Int(current), Int(peak))
  }
}
