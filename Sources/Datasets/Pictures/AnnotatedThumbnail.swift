// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
internal import Images

/// Small pictures of items with their annotations drawn, for people to look at; archives are opened once.
public struct AnnotatedThumbnail {
  private let labels: [String]
  private let fit: ImageFit
  private var bytes = ItemBytes()

  /// Draws items of a data set.
  /// - Parameters:
  ///   - labels: The classes' names.
  ///   - side: Height and width of a picture, in pixels; images are put inside.
  public init(labels: [String], side: Int = 224) {
    self.labels = labels
    fit = ImageFit(size: Images.PixelSize(width: side, height: side), rule: .contain, padding: [32])
  }

  /// An item's picture as a JPEG file.
  /// - Throws: `GalleyError` if the item can't be read or decoded.
  public mutating func jpeg(of item: DatasetItem) throws(GalleyError) -> [UInt8] {
    let encoded = try encoded(item)
    do throws(ImageError) {
      let image = try image(of: item, encoded).converted(to: .rgb)
      let placement = try fit.placement(of: Images.PixelSize(width: image.width, height: image.height))
      var canvas = Images.Canvas(try image.fitted(fit))
      for annotation in item.annotations { try draw(annotation, placement, on: &canvas) }
      return try canvas.image.encoded(as: .jpeg(quality: 85))
    } catch {
      throw GalleyError(image: error, "can't show the item '\(item.id)'")
    }
  }

  private mutating func encoded(_ item: DatasetItem) throws(GalleyError) -> [UInt8] {
    try bytes.read(item.source).map { Array($0) } ?? []
  }

  private func image(of item: DatasetItem, _ encoded: [UInt8]) throws(ImageError) -> Image {
    if case .pixels(let block) = item.source, let format = PixelFormat(channels: block.channels) {
      return try Image(
        width: block.size.width, height: block.size.height, format: format, bytes: block.interleaved)
    }
    // Annotations are given in the image as it is stored.
    return try Image(decoding: encoded, options: DecodingOptions(appliesOrientation: false), name: item.id)
  }

  private func draw(
    _ annotation: Annotation, _ placement: ImagePlacement, on canvas: inout Images.Canvas
  ) throws(ImageError) {
    let ink = Images.Canvas.Ink.forClass(annotation.label ?? 0)
    func point(_ x: Double, _ y: Double) -> Point {
      let place = placement.forward(x: x, y: y)
      return Point(x: place.x, y: place.y)
    }
    if let mask = annotation.mask { try draw(mask, ink, on: &canvas) }
    for polygon in annotation.polygons {
      canvas.draw(polygon.map { point($0.x, $0.y) }, fill: ink.opacity(70), outline: ink)
    }
    if let corners = annotation.rotatedBox?.corners {
      canvas.draw(corners.map { point($0.x, $0.y) }, outline: ink, thickness: 2)
    }
    for keypoint in annotation.keypoints where keypoint.visibility != .absent {
      canvas.draw(point(keypoint.point.x, keypoint.point.y), ink)
    }
    guard let box = annotation.box ?? annotation.bounds else { return }
    let (start, end) = (point(box.x, box.y), point(box.right, box.bottom))
    let label = annotation.label.flatMap { labels.indices.contains($0) ? labels[$0] : nil } ?? ""
    canvas.draw(
      Images.Box(left: start.x, top: start.y, right: end.x, bottom: end.y), label: label, score: annotation.score, ink,
      thickness: 1)
  }

  private func draw(_ mask: RunLengthMask, _ ink: Images.Canvas.Ink, on canvas: inout Images.Canvas) throws(ImageError)
  {
    var fit = fit
    fit.kernel = .nearest
    fit.padding = [0]
    let image = try Image(
      width: mask.size.width, height: mask.size.height, format: .gray, bytes: mask.pixels.map { $0 == 0 ? 0 : 255 })
    try canvas.draw(mask: try image.fitted(fit), ink.opacity(90))
  }
}
