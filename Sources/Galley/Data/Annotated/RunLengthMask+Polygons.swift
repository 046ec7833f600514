// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Masks from outlines, as pycocotools makes them: the outline is walked on a grid five times as fine, and a pixel
/// belongs to the object if its centre lies within.
extension RunLengthMask {
  /// The union of the areas within outlines.
  /// - Parameters:
  ///   - polygons: outlines in pixels; corners far outside the image are moved nearer.
  ///   - size: the image's.
  /// - Returns: `nil` if the size is not one that a mask may have.
  public init?(polygons: [[PixelPoint]], size: PixelSize) {
    guard size.width >= 0, size.height >= 0, let empty = RunLengthMask(empty: size) else { return nil }
    self = polygons.reduce(empty) { mask, polygon in
      let crossings = PolygonCrossings(of: polygon, in: size).places
      return mask.union(RunLengthMask(size: size, crossings: crossings) ?? empty) ?? mask
    }
  }

  private init?(empty size: PixelSize) {
    self.init(size: size, counts: [UInt32(clamping: size.width * size.height)])
  }

  /// A mask that changes between background and object at each of these places, which count down the columns.
  private init?(size: PixelSize, crossings: [Int]) {
    var counts: [UInt32] = []
    var previous = 0
    var place = 0
    let ends = crossings.sorted() + [size.width * size.height]
    while place < ends.count {
      let length = UInt32(clamping: ends[place] - previous)
      previous = ends[place]
      place += 1
      if length > 0 || counts.isEmpty {
        counts.append(length)
      } else if place < ends.count {
        // Two changes at one place cancel each other.
        counts[counts.count - 1] += UInt32(clamping: ends[place] - previous)
        previous = ends[place]
        place += 1
      }
    }
    self.init(size: size, counts: counts)
  }

  /// The pixels that belong to either mask; `nil` if their sizes differ.
  public func union(_ other: RunLengthMask) -> RunLengthMask? {
    guard size == other.size else { return nil }
    var counts: [UInt32] = []
    var isObject = false
    var run: UInt32 = 0
    var (left, right) = (RunCursor(self.counts), RunCursor(other.counts))
    while let step = Self.smaller(left.remaining, right.remaining) {
      let value = left.isObject || right.isObject
      if value != isObject {
        counts.append(run)
        (run, isObject) = (0, value)
      }
      run += step
      left.advance(step)
      right.advance(step)
    }
    counts.append(run)
    return RunLengthMask(size: size, counts: counts)
  }

  private static func smaller(_ left: UInt32?, _ right: UInt32?) -> UInt32? {
    guard let left, let right else { return nil }
    return min(left, right)
  }
}

/// Goes through the runs of a mask.
private struct RunCursor {
  private let counts: [UInt32]
  private var index = 0
  private var left: UInt32 = 0

  var isObject: Bool { index % 2 == 1 }
  /// What is left of the run; `nil` at the end of the mask.
  var remaining: UInt32? { index < counts.count ? left : nil }

  init(_ counts: [UInt32]) {
    self.counts = counts
    left = counts.first ?? 0
    skipEmpty()
  }

  mutating func advance(_ step: UInt32) {
    left -= step
    skipEmpty()
  }

  private mutating func skipEmpty() {
    while left == 0, index < counts.count {
      index += 1
      if index < counts.count { left = counts[index] }
    }
  }
}

/// Where an outline crosses the centres of pixel columns.
private struct PolygonCrossings {
  /// The crossings, counted down the columns.
  var places: [Int] = []
  /// Steps of the fine grid in one pixel.
  private static let scale = 5.0

  init(of polygon: [PixelPoint], in size: PixelSize) {
    let corners = polygon.map { (Self.grid($0.x), Self.grid($0.y)) }
    guard let first = corners.first else { return }
    var walk: [(x: Int, y: Int)] = []
    for (from, to) in zip(corners, corners.dropFirst() + [first]) { Self.appendEdge(from, to, to: &walk) }
    for (previous, current) in zip(walk, walk.dropFirst()) where previous.x != current.x {
      appendCrossing(previous, current, in: size)
    }
  }

  private static func grid(_ value: Double) -> Int {
    guard value.isFinite else { return 0 }
    return Int(scale * min(max(value, -100_000), 100_000) + 0.5)
  }

  /// The points of an edge on the fine grid, one for each step along its longer axis.
  private static func appendEdge(_ from: (Int, Int), _ to: (Int, Int), to walk: inout [(x: Int, y: Int)]) {
    let (dx, dy) = (abs(to.0 - from.0), abs(to.1 - from.1))
    let isFlat = dx >= dy
    // The points are computed from the lower end, so that both directions give the same.
    let isReversed = isFlat ? from.0 > to.0 : from.1 > to.1
    let (low, high) = isReversed ? (to, from) : (from, to)
    let length = max(dx, dy)
    let rise = isFlat ? high.1 - low.1 : high.0 - low.0
    let slope = length == 0 ? 0 : Double(rise) / Double(length)
    for step in 0...length {
      let along = isReversed ? length - step : step
      let across = Int(Double(isFlat ? low.1 : low.0) + slope * Double(along) + 0.5)
      walk.append(isFlat ? (low.0 + along, across) : (across, low.1 + along))
    }
  }

  private mutating func appendCrossing(_ previous: (x: Int, y: Int), _ current: (x: Int, y: Int), in size: PixelSize) {
    let column = (Double(current.x < previous.x ? current.x : current.x - 1) + 0.5) / Self.scale - 0.5
    guard column == column.rounded(.down), column >= 0, column <= Double(size.width - 1) else { return }
    let row = (Double(min(current.y, previous.y)) + 0.5) / Self.scale - 0.5
    places.append(Int(column) * size.height + Int(min(max(row, 0), Double(size.height)).rounded(.up)))
  }
}
