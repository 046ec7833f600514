// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Tensors
internal import Torch

/// Where and how precisely a run computes.
struct TrainingDevice {
  let device: TorchDevice
  private let library: TorchLibrary
  private let precision: TrainOptions.PrecisionName

  init(_ options: TrainOptions, in library: TorchLibrary) throws {
    self.library = library
    device = options.device == .cuda ? .cuda() : .cpu
    precision = options.precision
  }

  /// Refuses what this machine's LibTorch can't do.
  /// - Throws: `GalleyError` that names the option.
  static func check(_ options: TrainOptions, in library: TorchLibrary) throws {
    _ = try find(options.device, in: library)
    if options.precision == .fp16, options.device != .cuda {
      throw GalleyError(
        .configuration, "can't train in fp16", at: "precision",
        why: "the processor computes float16 without the range that training needs",
        remedy: "Choose bf16 or fp32, or a CUDA device.")
    }
  }

  /// The device that a name means here.
  /// - Throws: `GalleyError` if there is none.
  static func find(_ name: DeviceName, in library: TorchLibrary) throws -> TorchDevice {
    let hasCUDA = try library.deviceCount(.cuda) > 0
    switch name {
    case .auto: return hasCUDA ? .cuda() : .cpu
    case .cpu: return .cpu
    case .cuda:
      guard hasCUDA else {
        throw GalleyError(
          .unavailable, "can't compute on cuda", at: "device", why: "this LibTorch has no CUDA device here",
          remedy: "Choose cpu, or install a LibTorch with CUDA.")
      }
      return .cuda()
    }
  }

  /// Runs a forward pass in the chosen precision.
  func forward(_ body: () throws -> TorchTensor) throws -> TorchTensor {
    switch precision {
    case .fp32: try body()
    case .bf16: try library.withAutocast(.bfloat16, on: device.kind, body)
    case .fp16: try library.withAutocast(.float16, on: device.kind, body)
    }
  }

  /// Brings parameters and buffers to the device.
  func take(_ state: ModuleState) throws {
    guard device != .cpu else { return }
    try state.move(to: device)
  }
}
