// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// What lists say of an architecture beside its card.
public struct ArchitectureFacts: Sendable, Hashable, Codable {
  /// Trained values with 1000 classes and the default options, as torchvision 0.28 counts them; `nil` for networks whose
  /// options decide it.
  public var parameters: Int?
  /// Where it was published, or what it was made for.
  public var source: String

  /// The facts of an architecture of this room; `nil` for others.
  public static func of(_ name: String) -> ArchitectureFacts? { all[name] }

  private static let all: [String: ArchitectureFacts] = [
    MobileNetV2.card.name: .init(parameters: 3_504_872, source: "Sandler et al., 2018, arXiv:1801.04381"),
    MobileNetV3Small.card.name: .init(parameters: 2_542_856, source: "Howard et al., 2019, arXiv:1905.02244"),
    MobileNetV3Large.card.name: .init(parameters: 5_483_032, source: "Howard et al., 2019, arXiv:1905.02244"),
    ResNet18.card.name: .init(parameters: 11_689_512, source: "He et al., 2015, arXiv:1512.03385"),
    ResNet50.card.name: .init(parameters: 25_557_032, source: "He et al., 2015, arXiv:1512.03385"),
    EfficientNetB0.card.name: .init(parameters: 5_288_548, source: "Tan and Le, 2019, arXiv:1905.11946"),
    SmallConvNet.card.name: .init(source: "plain convolutions, for low-resolution images"),
    SmallResNet.card.name: .init(source: "He et al., 2015, arXiv:1512.03385, section 4.2"),
    SmallSeparableNet.card.name: .init(source: "after Howard et al., 2017, arXiv:1704.04861, section 3.1"),
    MLP.card.name: .init(source: "fully connected layers, for tables"),
    SeriesConvNet.card.name: .init(source: "Wang et al., 2017, arXiv:1611.06455"),
  ]
}
