// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Images

/// Pascal VOC's segmentation: in `SegmentationObject` a picture for each image whose values are the numbers of the
/// objects in the XML file, from 1 on, and in `SegmentationClass` one whose values are the classes. 0 is background, 255
/// the border between objects, which belongs to nothing.
///
/// Pictures have VOC's palette: the development kit's `VOCcolormap`, by which a colour is turned back into its number.
/// A file `labelmap.txt`, as CVAT and Datumaro write it, names the colours of classes otherwise.
struct VOCSegmentation: Sendable {
  /// One object.
  struct Entry: Sendable {
    /// Its place among the XML file's objects, from 0 on.
    var object: Int?
    var label: Int?
    var mask: RunLengthMask
    var file: String
  }

  /// What one image's pictures say.
  struct Masks: Sendable {
    var entries: [Entry] = []
    var findings: [DatasetFinding] = []
  }

  /// The classes of VOC 2007 to 2012 in the order of their numbers, from 1 on.
  private static let names = [
    "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable", "dog",
    "horse",
    "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
  ]
  private static let border = 255

  /// Pictures by the image's name without ending.
  private let objects: [String: String]
  private let classes: [String: String]
  /// The class of each colour of `SegmentationClass`.
  private let classNames: [UInt32: String]
  /// Classes that only a segmentation has, if no image has objects of them; they follow the data set's own.
  let newLabels: [String]

  /// Finds the pictures; `nil` if there are none.
  init?(_ tree: FileTree) {
    func files(_ folder: String) -> [String: String] {
      let paths = tree.paths.filter { $0.hasPrefix("\(folder)/") || $0.contains("/\(folder)/") }
      return Dictionary(paths.map { (PathParts($0).stem, $0) }) { first, _ in first }
    }
    objects = files("SegmentationObject")
    classes = files("SegmentationClass")
    guard !objects.isEmpty || !classes.isEmpty else { return nil }
    classNames = Self.labelMap(tree) ?? Self.standard
    newLabels = objects.isEmpty ? Set(classNames.values).sorted() : []
  }

  /// The masks of one image.
  func masks(of item: DatasetItem, in tree: FileTree, labels: [String]) -> Masks {
    var result = Masks()
    let stem = PathParts(item.id).stem
    let classes = classes[stem].flatMap { Self.picture($0, in: tree, &result) }
    guard let file = objects[stem] else {
      // Without numbers of objects, all pixels of a class are one annotation.
      if let file = self.classes[stem], let classes { addClasses(classes, file, labels, &result) }
      return result
    }
    guard let picture = Self.picture(file, in: tree, &result) else { return result }
    for (color, mask) in Self.masks(picture) {
      guard let number = Self.numbers[color] else {
        result.findings.append(Self.unknown(color, file, item.id))
        continue
      }
      guard number != 0, number != Self.border else { continue }
      let name = classes.flatMap { Self.commonest($0, within: mask) }.flatMap { classNames[$0] }
      result.entries.append(
        Entry(object: number - 1, label: name.flatMap(labels.firstIndex), mask: mask, file: file))
    }
    return result
  }

  private func addClasses(_ picture: Picture, _ file: String, _ labels: [String], _ result: inout Masks) {
    let all = labels + newLabels.filter { !labels.contains($0) }
    for (color, mask) in Self.masks(picture) {
      guard color != 0, Self.numbers[color] != Self.border else { continue }
      guard let name = classNames[color] else {
        if Self.numbers[color] != 0 { result.findings.append(Self.unknown(color, file, nil)) }
        continue
      }
      result.entries.append(Entry(object: nil, label: all.firstIndex(of: name), mask: mask, file: file))
    }
  }

  private static func unknown(_ color: UInt32, _ file: String, _ item: String?) -> DatasetFinding {
    let parts = [color >> 16 & 255, color >> 8 & 255, color & 255].map(String.init).joined(separator: ", ")
    return DatasetFinding(
      .warning, .malformed, at: file, "the colour (\(parts)) is none of the palette; its pixels belong to nothing",
      item: item)
  }

  /// A picture's colours, row after row.
  private struct Picture {
    let size: Galley.PixelSize
    let colors: [UInt32]
    /// The colours that there are, ascending.
    let known: [UInt32]
  }

  private static func picture(_ file: String, in tree: FileTree, _ result: inout Masks) -> Picture? {
    do {
      let image = try Image(decoding: Array(try tree.read(file)), options: DecodingOptions(appliesOrientation: false))
      let colors = colors(image)
      let known = Set(colors).sorted()
      // A photograph would be a mask and a finding for each of its colours.
      guard known.count <= palette.count else {
        throw ImageError(.unsupported, "it has \(known.count) colours, and a palette has \(palette.count)", at: file)
      }
      return Picture(size: .init(width: image.width, height: image.height), colors: colors, known: known)
    } catch {
      let why = (error as? GalleyError)?.why ?? (error as? ImageError)?.reason ?? "\(error)"
      result.findings.append(DatasetFinding(.error, .unreadableFile, at: file, "the masks can't be read: \(why)"))
      return nil
    }
  }

  /// The colour of each pixel; of a gray picture, the colour that its value has in the palette.
  private static func colors(_ image: Image) -> [UInt32] {
    if image.format == .gray { return image.bytes.map { palette[Int($0)] } }
    let step = image.channels
    return (0..<image.width * image.height).map { pixel in
      let place = pixel * step
      return UInt32(image.bytes[place]) << 16 | UInt32(image.bytes[place + 1]) << 8 | UInt32(image.bytes[place + 2])
    }
  }

  /// A mask for each colour, in the order of the colours.
  private static func masks(_ picture: Picture) -> [(UInt32, RunLengthMask)] {
    picture.known.compactMap { color in
      RunLengthMask(size: picture.size, pixels: picture.colors.map { $0 == color ? 1 : 0 }).map { (color, $0) }
    }
  }

  /// The colour that most of a mask's pixels have, background and border left out.
  private static func commonest(_ picture: Picture, within mask: RunLengthMask) -> UInt32? {
    guard mask.size == picture.size else { return nil }
    var counts: [UInt32: Int] = [:]
    for (color, isObject) in zip(picture.colors, mask.pixels) where isObject != 0 {
      if color != 0, numbers[color] != border { counts[color, default: 0] += 1 }
    }
    return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
  }

  /// VOC's palette: the bits of a number, three at a time, are the bits of red, green and blue from the highest on.
  private static let palette: [UInt32] = (0..<256).map { number in
    var (red, green, blue): (UInt32, UInt32, UInt32) = (0, 0, 0)
    for step in 0..<8 {
      let bits = UInt32(number) >> (3 * UInt32(step))
      red |= (bits & 1) << (7 - UInt32(step))
      green |= (bits >> 1 & 1) << (7 - UInt32(step))
      blue |= (bits >> 2 & 1) << (7 - UInt32(step))
    }
    return red << 16 | green << 8 | blue
  }

  private static let numbers: [UInt32: Int] = Dictionary(palette.enumerated().map { ($1, $0) }) { first, _ in first }

  private static let standard = Dictionary(uniqueKeysWithValues: names.enumerated().map { (palette[$0 + 1], $1) })

  /// `name:red,green,blue:parts:actions` in each line; `#` begins a comment.
  private static func labelMap(_ tree: FileTree) -> [UInt32: String]? {
    guard let path = tree.paths.first(where: { PathParts($0).name == "labelmap.txt" }), let text = try? tree.text(path)
    else { return nil }
    var names: [UInt32: String] = [:]
    for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
      let fields = line.split(separator: ":", omittingEmptySubsequences: false)
      guard fields.count >= 2 else { continue }
      let color = fields[1].split(separator: ",").compactMap { UInt32(String($0).trimmed) }
      guard color.count == 3, color.allSatisfy({ $0 < 256 }), color != [0, 0, 0] else { continue }
      names[color[0] << 16 | color[1] << 8 | color[2]] = String(fields[0])
    }
    return names
  }
}
