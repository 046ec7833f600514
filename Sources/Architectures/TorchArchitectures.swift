// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// The networks of this room.
public enum TorchArchitectures {
  /// All of them, by name.
  public static let standard = Registry<any TorchArchitecture>([
    .init(SmallConvNet.self) { $0 }, .init(SmallResNet.self) { $0 }, .init(SmallSeparableNet.self) { $0 },
    .init(MobileNetV2.self) { $0 }, .init(MobileNetV3Small.self) { $0 }, .init(MobileNetV3Large.self) { $0 },
    .init(ResNet18.self) { $0 }, .init(ResNet50.self) { $0 }, .init(EfficientNetB0.self) { $0 },
    .init(MLP.self) { $0 }, .init(SeriesConvNet.self) { $0 },
  ])
}
