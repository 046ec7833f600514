// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

extension LibTorchBackend {
  /// About how many trained values a network has: for torchvision's, the counts that its documentation states for 1,000
  /// classes; for small ones of widths that can be chosen, those of their largest layers.
  public func parameterCount(of architecture: IngredientChoice) -> Int? {
    func whole(_ option: String, _ usual: Int) -> Int {
      guard case .int(let number)? = architecture.options[option] else { return usual }
      return number
    }
    switch architecture.name.split(separator: ".").last.map(String.init) ?? architecture.name {
    case "mobilenet-v2": return 3_504_872
    case "mobilenet-v3-small": return 2_542_856
    case "mobilenet-v3-large": return 5_483_032
    case "resnet-18": return 11_689_512
    case "resnet-50": return 25_557_032
    case "efficientnet-b0": return 5_288_548
    case "small-convnet":
      // Each stage has two kernels of 3 × 3: from half its channels to all, and from all to all.
      let (width, depth) = (min(512, max(1, whole("width", 16))), min(6, max(1, whole("depth", 3))))
      return (0..<depth).reduce(0) { sum, stage in
        let channels = width << stage
        return sum + 9 * channels * (channels / 2 + channels)
      }
    default: return nil
    }
  }
}
