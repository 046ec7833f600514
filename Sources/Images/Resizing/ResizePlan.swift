// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A part of an image in pixels; edges may lie between pixels.
public struct PixelBox: Sendable, Hashable, Codable {
  public var left: Float
  public var top: Float
  public var right: Float
  public var bottom: Float

  /// Creates a box from its edges.
  public init(left: Float, top: Float, right: Float, bottom: Float) {
    self.left = left
    self.top = top
    self.right = right
    self.bottom = bottom
  }
}

/// Pixels of an image's sides.
public struct PixelSize: Sendable, Hashable, Codable, CustomStringConvertible {
  public var width: Int
  public var height: Int

  /// Creates a size.
  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  public var description: String { "\(width) × \(height)" }
}

/// Resizing from one size to another, made ready: first in width, then in height, or the other way round where Pillow 13
/// does so, since the order shows in the last bit.
///
/// If width comes first, the rows of the source may be given piece by piece, from top to bottom, so that a large image
/// need not be in memory.
struct ResizePlan: Sendable {
  let source: PixelSize
  let target: PixelSize
  let channels: Int
  /// Whether columns are resized before rows: if the height shrinks by more than twice as many pixels as the width.
  let isHeightFirst: Bool
  private let horizontal: HorizontalPass?
  private let vertical: VerticalPass?
  /// The rows of the source that the result needs.
  let rows: Range<Int>

  /// - Parameters:
  ///   - box: the part of the source that is resized; `nil`: all of it.
  ///   - window: the columns and rows of the resized image that are wanted; `nil`: all of them.
  /// - Throws: `ImageError` if a size is not positive or the box lies outside.
  init(
    _ source: PixelSize, channels: Int, to size: PixelSize, box: PixelBox? = nil,
    window: (columns: Range<Int>, rows: Range<Int>)? = nil, kernel: ResizeKernel, antialias: Bool,
    arithmetic: ResizeArithmetic = .pillow
  ) throws(ImageError) {
    let arithmetic = antialias ? arithmetic : .torch
    let box = try Self.checked(box, in: source, to: size)
    let columns = window?.columns ?? 0..<size.width
    let lines = window?.rows ?? 0..<size.height
    self.source = source
    self.channels = channels
    target = PixelSize(width: columns.count, height: lines.count)
    let isHeightFirst =
      arithmetic == .pillow && source.height > size.height
      && source.height - size.height > (source.width - size.width) * 2
    self.isHeightFirst = isHeightFirst
    let isWhole = { (low: Float, high: Float, sides: Int, wanted: Int) in
      low == 0 && high == Float(sides) && sides == wanted
    }
    horizontal =
      isWhole(box.left, box.right, source.width, size.width) && columns.count == size.width
      ? nil
      : HorizontalPass(
        table: WeightTable(
          source: source.width, box: box.left...box.right, target: size.width, window: columns, kernel: kernel,
          antialias: antialias, arithmetic: arithmetic), channels: channels, sourceWidth: source.width)
    vertical =
      isWhole(box.top, box.bottom, source.height, size.height) && lines.count == size.height
      ? nil
      : VerticalPass(
        table: WeightTable(
          source: source.height, box: box.top...box.bottom, target: size.height, window: lines, kernel: kernel,
          antialias: antialias, arithmetic: arithmetic),
        width: (isHeightFirst ? source.width : columns.count) * channels)
    rows = vertical?.table.reach ?? 0..<source.height
  }

  /// Whether the result is the source.
  var changesNothing: Bool { horizontal == nil && vertical == nil }

  /// Bytes of a row between the passes.
  var middleRowByteCount: Int { target.width * channels }
  var middleByteCount: Int { rows.count * middleRowByteCount }
  var targetByteCount: Int { target.height * middleRowByteCount }

  /// The first pass, for some rows.
  /// - Parameters:
  ///   - first: the row of the source that `lines` begins with.
  ///   - scratch: as `HorizontalPass` says.
  ///   - middle: room for `middleByteCount` bytes.
  func narrow(
    _ lines: UnsafePointer<UInt8>, first: Int, count: Int, scratch: UnsafeMutablePointer<Int16>,
    into middle: UnsafeMutablePointer<UInt8>
  ) {
    let wanted = rows.clamped(to: first..<first + count)
    guard !wanted.isEmpty else { return }
    let start = lines + (wanted.lowerBound - first) * source.width * channels
    let place = middle + (wanted.lowerBound - rows.lowerBound) * middleRowByteCount
    if let horizontal {
      horizontal.resize(start, rows: wanted.count, scratch: scratch, into: place)
    } else {
      place.update(from: start, count: wanted.count * middleRowByteCount)
    }
  }

  /// The second pass.
  func shorten(_ middle: UnsafePointer<UInt8>, into output: UnsafeMutablePointer<UInt8>) {
    if let vertical {
      vertical.resize(middle, first: rows.lowerBound, rows: rows.count, into: output)
    } else {
      output.update(from: middle, count: targetByteCount)
    }
  }

  /// Both passes over a whole image, with memory of their own.
  func resize(_ image: UnsafePointer<UInt8>, into output: UnsafeMutablePointer<UInt8>) {
    guard let horizontal else {
      return shorten(image + rows.lowerBound * source.width * channels, into: output)
    }
    guard !isHeightFirst else { return resizeHeightFirst(image, horizontal, into: output) }
    withScratch { scratch, middle in
      narrow(image, first: 0, count: source.height, scratch: scratch, into: middle)
      shorten(middle, into: output)
    }
  }

  private func resizeHeightFirst(
    _ image: UnsafePointer<UInt8>, _ horizontal: HorizontalPass, into output: UnsafeMutablePointer<UInt8>
  ) {
    let width = source.width * channels
    let middle = UnsafeMutablePointer<UInt8>.allocate(capacity: width * target.height)
    defer { middle.deallocate() }
    vertical?.resize(image + rows.lowerBound * width, first: rows.lowerBound, rows: rows.count, into: middle)
    withScratch { scratch, _ in
      horizontal.resize(
        vertical == nil ? image : UnsafePointer(middle), rows: target.height, scratch: scratch, into: output)
    }
  }

  /// Lends the memory that the pass in width needs, and that between the passes.
  func withScratch<Result, Failure>(
    _ body: (UnsafeMutablePointer<Int16>, UnsafeMutablePointer<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let count = horizontal?.scratchCount ?? 1
    let scratch = UnsafeMutablePointer<Int16>.allocate(capacity: count)
    scratch.initialize(repeating: 0, count: count)
    let middle = UnsafeMutablePointer<UInt8>.allocate(capacity: isHeightFirst ? 1 : max(middleByteCount, 1))
    defer {
      scratch.deallocate()
      middle.deallocate()
    }
    return try body(scratch, middle)
  }

  private static func checked(
    _ box: PixelBox?, in source: PixelSize, to size: PixelSize
  ) throws(ImageError) -> PixelBox {
    guard size.width > 0, size.height > 0, size.width <= 1 << 20, size.height <= 1 << 20 else {
      throw ImageError(.invalidSize, "an image can't be resized to \(size) pixels")
    }
    let whole = PixelBox(left: 0, top: 0, right: Float(source.width), bottom: Float(source.height))
    let box = box ?? whole
    guard box.left >= 0, box.top >= 0, box.right <= whole.right, box.bottom <= whole.bottom, box.left < box.right,
      box.top < box.bottom
    else {
      throw ImageError(
        .invalidArgument,
        "the box \(box.left), \(box.top), \(box.right), \(box.bottom) is not inside an image of "
          + "\(source) pixels")
    }
    return box
  }
}
