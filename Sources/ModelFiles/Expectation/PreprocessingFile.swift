// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// A preprocessing that a person names: a word, or a JSON file of strict keys.
enum PreprocessingFile {
  /// The words that name a preprocessing.
  static let words = ["imagenet", "0-1", "none"]

  static let keys = ["layout", "scale", "values", "mean", "deviation", "colors", "fit"]

  /// Adds what a word or a file says.
  static func claims(
    _ word: String, _ source: Origin.Source, _ detail: String, into claims: inout ExpectationClaims
  ) throws(GalleyError) {
    switch word {
    case "imagenet":
      claims.normalization = Claim(.imageNet, source, detail)
      claims.colorOrder = Claim(.rgb, source, detail)
    case "0-1": claims.normalization = Claim(.unit, source, detail)
    case "none": claims.normalization = Claim(Normalization.none, source, detail)
    default:
      guard FileContents.isFile(word) else {
        let guess = NearestName.match(word, in: words).map { "; did you mean \($0)?" } ?? ""
        throw GalleyError(
          .missingInput, "can't use the preprocessing '\(word)'", why: "there is no such file\(guess)",
          remedy: "Name a JSON file, or one of \(words.joined(separator: ", ")).")
      }
      try add(JSONDocument.read(word, "the preprocessing"), source, detail, into: &claims)
    }
  }

  /// Adds what a group of keys says.
  static func add(
    _ document: JSONDocument, _ source: Origin.Source, _ detail: String, into claims: inout ExpectationClaims
  ) throws(GalleyError) {
    try document.allow(keys)
    let origin = Origin(source, detail)
    if let layout = try layout(document) { claims.layout = Claim(layout, origin) }
    if let normalization = try normalization(document) { claims.normalization = Claim(normalization, origin) }
    if let order = try document.word("colors", ColorOrder.self) { claims.colorOrder = Claim(order, origin) }
    guard let fit = try document.group("fit") else { return }
    try fit.allow(["size", "crop", "rule", "kernel", "antialias", "padding"])
    guard let size = try size("size", fit) else { throw fit.refusal("size", "it is missing") }
    let crop = try Self.size("crop", fit)
    claims.size = Claim(crop ?? size, origin)
    claims.resizing = Claim(try resizing(fit, size: crop == nil || crop == size ? nil : size), origin)
  }

  private static func layout(_ document: JSONDocument) throws(GalleyError) -> Preprocessing.Layout? {
    guard let text = try document.text("layout") else { return nil }
    guard let layout = Preprocessing.Layout(rawValue: text.lowercased()) else {
      throw document.refusal("layout", "'\(text)' is not one of nchw, nhwc")
    }
    return layout
  }

  /// Means and deviations are nothing without their unit, which a person has to name.
  private static func normalization(_ document: JSONDocument) throws(GalleyError) -> Normalization? {
    let mean = try document.numbers("mean")
    let deviation = try document.numbers("deviation")
    guard let scale = try scale(document) else {
      guard mean == nil, deviation == nil else {
        throw document.refusal(
          mean == nil ? "deviation" : "mean",
          "its unit is missing: say \"values\": \"0-1\" if pixels are divided by 255 first, \"values\": \"0-255\" if not"
        )
      }
      return nil
    }
    for (key, numbers) in [("mean", mean), ("deviation", deviation)] {
      guard let numbers else { continue }
      guard [1, 3, 4].contains(numbers.count) else {
        throw document.refusal(key, "\(numbers.count) numbers are neither one nor one for each channel")
      }
      if scale == 1 / 255, let large = numbers.first(where: { abs($0) > 5 }) {
        throw document.refusal(
          key, "\(large) can't be meant for values from 0 to 1; did you mean \"values\": \"0-255\"?")
      }
    }
    if let mean, let deviation, mean.count != deviation.count, mean.count > 1, deviation.count > 1 {
      throw document.refusal("mean", "it has \(mean.count) numbers, and deviation has \(deviation.count)")
    }
    if deviation?.contains(where: { $0 <= 0 }) ?? false {
      throw document.refusal("deviation", "it must be greater than 0")
    }
    return Normalization(scale: scale, mean: mean ?? [0], deviation: deviation ?? [1])
  }

  private static func scale(_ document: JSONDocument) throws(GalleyError) -> Float? {
    let range = try document.text("values")
    let scale = try document.numbers("scale")
    if range != nil, scale != nil {
      throw document.refusal("scale", "\"values\" says it already; keep one of the two")
    }
    switch range {
    case nil: break
    case "0-1"?: return 1 / 255
    case "0-255"?: return 1
    case let other?: throw document.refusal("values", "'\(other)' is not one of 0-1, 0-255")
    }
    guard let scale else { return nil }
    guard scale.count == 1, let factor = scale.first, factor > 0 else {
      throw document.refusal("scale", "one number greater than 0 is needed")
    }
    return factor
  }

  private static func size(_ key: String, _ document: JSONDocument) throws(GalleyError) -> ImageSize? {
    guard document.has(key) else { return nil }
    if case .list? = document.values[key] {
      let numbers = try document.numbers(key) ?? []
      guard numbers.count == 2, numbers.allSatisfy({ $0 >= 1 && $0 <= 65_535 && $0 == $0.rounded() }) else {
        throw document.refusal(key, "[height, width] in pixels is needed")
      }
      return ImageSize(height: Int(numbers[0]), width: Int(numbers[1]))
    }
    guard let group = try document.group(key) else { return nil }
    try group.allow(["height", "width"])
    guard let height = try group.whole("height", 1...65_535), let width = try group.whole("width", 1...65_535) else {
      throw document.refusal(key, "it needs both height and width, in pixels")
    }
    return ImageSize(height: height, width: width)
  }

  private static func resizing(_ fit: JSONDocument, size: ImageSize?) throws(GalleyError) -> Resizing {
    let rule = try fit.word("rule", Resizing.Rule.self) ?? .stretch
    let fills = rule == .contain || rule == .containAtTopLeft
    if fit.has("padding"), !fills {
      throw fit.refusal("padding", "nothing is filled by the rule \(rule.rawValue)")
    }
    if size != nil, fills { throw fit.refusal("crop", "an image that lies inside the size is not cropped") }
    return Resizing(
      rule: rule, size: size, kernel: try fit.word("kernel", Resizing.Kernel.self),
      antialias: try fit.flag("antialias"), padding: try padding(fit))
  }

  private static func padding(_ fit: JSONDocument) throws(GalleyError) -> [UInt8]? {
    guard let numbers = try fit.numbers("padding") else { return nil }
    let values = numbers.compactMap { UInt8(exactly: $0) }
    guard values.count == numbers.count, [1, 3, 4].contains(values.count) else {
      throw fit.refusal("padding", "whole numbers from 0 to 255 are needed, one or one for each channel")
    }
    return values
  }
}
