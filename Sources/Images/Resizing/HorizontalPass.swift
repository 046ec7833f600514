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
  var scratchCount: Int { (sourceWidth * channels + channels + Self.lanes + Self.blockWidth) * Self.lanes }

  /// Bytes of a row that are turned at a time.
  private static let blockWidth = 512

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
    let wide = columns + (scratchCount - Self.lanes * Self.blockWidth)
    for start in stride(from: 0, to: width, by: Self.blockWidth) {
      let count = min(Self.blockWidth, width - start)
      for lane in 0..<Self.lanes {
        let row = source + min(lane, rows - 1) * width + start
        let line = wide + lane * Self.blockWidth
        for place in 0..<count { line[place] = Int16(row[place]) }
      }
      // What lies behind the last byte is turned too; there is room for it.
      for place in stride(from: 0, to: count, by: Self.lanes) {
        ColumnBlock(UnsafeRawPointer(wide + place), step: Self.blockWidth * 2)
          .store(UnsafeMutableRawPointer(columns + (start + place) * Self.lanes))
      }
    }
  }
}

/// Eight values of eight rows.
private struct ColumnBlock {
  typealias Line = SIMD8<Int16>
  typealias Lines = (Line, Line, Line, Line, Line, Line, Line, Line)
  private let columns: Lines

  /// Turns the block by three rounds of interleaving line i with line i + 4.
  @inline(__always)
  init(_ row: UnsafeRawPointer, step: Int) {
    func line(_ index: Int) -> Line { (row + index &* step).loadUnaligned(as: Line.self) }
    let rows = (line(0), line(1), line(2), line(3), line(4), line(5), line(6), line(7))
    columns = Self.round(Self.round(Self.round(rows)))
  }

  @inline(__always)
  func store(_ target: UnsafeMutableRawPointer) {
    target.storeBytes(of: columns.0, as: Line.self)
    (target + 16).storeBytes(of: columns.1, as: Line.self)
    (target + 32).storeBytes(of: columns.2, as: Line.self)
    (target + 48).storeBytes(of: columns.3, as: Line.self)
    (target + 64).storeBytes(of: columns.4, as: Line.self)
    (target + 80).storeBytes(of: columns.5, as: Line.self)
    (target + 96).storeBytes(of: columns.6, as: Line.self)
    (target + 112).storeBytes(of: columns.7, as: Line.self)
  }

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
