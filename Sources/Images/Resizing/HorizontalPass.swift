// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Resizes rows in width, eight at a time.
///
/// Eight rows are first turned so that the eight samples of one column lie side by side; then one vector operation
/// serves eight rows, whatever the number of channels.
struct HorizontalPass: Sendable {
  static let lanes = 8

  let table: WeightTable
  let channels: Int
  let sourceWidth: Int

  var rowByteCount: Int { table.count * channels }

  /// Values that the turned rows need: a column of eight for each sample, and one pixel more, which weights of 0 may
  /// touch.
  var scratchCount: Int { (sourceWidth * channels + channels + Self.lanes) * Self.lanes }

  /// Resizes `rows` rows.
  /// - Parameters:
  ///   - source: `rows` rows of `sourceWidth × channels` bytes.
  ///   - scratch: room for `scratchCount` values, set before its first use.
  ///   - target: room for `rows` rows of ``rowByteCount`` bytes.
  func resize(
    _ source: UnsafePointer<UInt8>, rows: Int, scratch: UnsafeMutablePointer<Int16>,
    into target: UnsafeMutablePointer<UInt8>
  ) {
    for first in stride(from: 0, to: rows, by: Self.lanes) {
      let count = min(Self.lanes, rows - first)
      turn(source + first * sourceWidth * channels, rows: count, into: scratch)
      sum(scratch, rows: count, into: target + first * rowByteCount)
    }
  }

  private func sum(
    _ columns: UnsafePointer<Int16>, rows: Int, into target: UnsafeMutablePointer<UInt8>
  ) {
    let (channels, pairs, width) = (channels, table.pairs, rowByteCount)
    table.high.withUnsafeBufferPointer { high in
      table.low.withUnsafeBufferPointer { low in
        table.starts.withUnsafeBufferPointer { starts in
          for pixel in 0..<starts.count {
            let weights = pixel * pairs
            for channel in 0..<channels {
              let start = UnsafeRawPointer(columns + (starts[pixel] * channels + channel) * Self.lanes)
              let used = (table.lengths[pixel] + 1) / 2
              let bytes = Self.sum(
                start, step: channels * Self.lanes * 2, high: high, low: low, from: weights, count: used)
              let place = target + pixel * channels + channel
              for row in 0..<rows { place[row * width] = bytes[row] }
            }
          }
        }
      }
    }
  }

  @inline(__always)
  private static func sum(
    _ start: UnsafeRawPointer, step: Int, high: UnsafeBufferPointer<Int32>, low: UnsafeBufferPointer<Int32>,
    from weights: Int, count: Int
  ) -> SIMD8<UInt8> {
    var sum = WeightedSum()
    var column = start
    for pair in weights..<weights &+ count {
      sum.add(
        column.load(as: SIMD8<Int16>.self), (column + step).load(as: SIMD8<Int16>.self), high: high[pair],
        low: low[pair])
      column += 2 &* step
    }
    return sum.bytes
  }

  /// Writes the rows' columns; rows that are missing are copies of the last.
  private func turn(
    _ source: UnsafePointer<UInt8>, rows: Int, into columns: UnsafeMutablePointer<Int16>
  ) {
    let width = sourceWidth * channels
    let target = UnsafeMutableRawPointer(columns)
    let row = { (index: Int) in UnsafeRawPointer(source + min(index, rows - 1) * width) }
    let lines = (row(0), row(1), row(2), row(3), row(4), row(5), row(6), row(7))
    let whole = width & ~7
    for place in stride(from: 0, to: whole, by: 8) {
      let block = ByteBlock(lines, at: place).turned
      let line = target + place * 16
      line.storeBytes(of: block.0, as: SIMD8<Int16>.self)
      (line + 16).storeBytes(of: block.1, as: SIMD8<Int16>.self)
      (line + 32).storeBytes(of: block.2, as: SIMD8<Int16>.self)
      (line + 48).storeBytes(of: block.3, as: SIMD8<Int16>.self)
      (line + 64).storeBytes(of: block.4, as: SIMD8<Int16>.self)
      (line + 80).storeBytes(of: block.5, as: SIMD8<Int16>.self)
      (line + 96).storeBytes(of: block.6, as: SIMD8<Int16>.self)
      (line + 112).storeBytes(of: block.7, as: SIMD8<Int16>.self)
    }
    for place in whole..<width {
      for lane in 0..<8 { columns[place * 8 + lane] = Int16(source[min(lane, rows - 1) * width + place]) }
    }
  }
}

/// Eight bytes of eight rows.
private struct ByteBlock {
  typealias Line = SIMD8<Int16>
  typealias Lines = (Line, Line, Line, Line, Line, Line, Line, Line)
  typealias Rows = (
    UnsafeRawPointer, UnsafeRawPointer, UnsafeRawPointer, UnsafeRawPointer, UnsafeRawPointer, UnsafeRawPointer,
    UnsafeRawPointer, UnsafeRawPointer
  )
  private let rows: Lines

  @inline(__always)
  init(_ rows: Rows, at place: Int) {
    func line(_ row: UnsafeRawPointer) -> Line {
      Line(truncatingIfNeeded: (row + place).loadUnaligned(as: SIMD8<UInt8>.self))
    }
    self.rows = (
      line(rows.0), line(rows.1), line(rows.2), line(rows.3), line(rows.4), line(rows.5), line(rows.6), line(rows.7)
    )
  }

  /// The eight columns, by three rounds of interleaving.
  @inline(__always)
  var turned: Lines {
    let first = Self.round(rows)
    let second = Self.round(first)
    return Self.round(second)
  }

  /// Interleaves line i with line i + 4.
  @inline(__always)
  private static func round(_ lines: Lines) -> Lines {
    let (a, b) = zip(lines.0, lines.4)
    let (c, d) = zip(lines.1, lines.5)
    let (e, f) = zip(lines.2, lines.6)
    let (g, h) = zip(lines.3, lines.7)
    return (a, b, c, d, e, f, g, h)
  }

  @inline(__always)
  private static func zip(_ even: Line, _ odd: Line) -> (Line, Line) {
    var (front, back) = (Line(), Line())
    front.evenHalf = even.lowHalf
    front.oddHalf = odd.lowHalf
    back.evenHalf = even.highHalf
    back.oddHalf = odd.highHalf
    return (front, back)
  }
}
