// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The picture of a choice in characters.
struct ChoiceTerminal {
  let plot: ChoicePlot
  let width: Int
  let height: Int

  private static let margin = 9

  var text: String {
    let points = plot.all + plot.best + plot.front
    let right = Double(width - Self.margin - 1)
    let horizontal = Axis(covering: [0] + points.map(\.x), from: 0, to: right, within: 0...Double.infinity)
    let vertical = Axis(
      covering: [0] + points.map(\.y), from: Double(height - 1), to: 0, within: 0...Double.infinity)
    var cells = Array(repeating: Array(repeating: Character(" "), count: width - Self.margin), count: height)
    func put(_ symbol: Character, _ point: ChoicePlot.Point) {
      let column = Int(horizontal.position(point.x).rounded())
      let row = Int(vertical.position(point.y).rounded())
      guard cells.indices.contains(row), cells[row].indices.contains(column) else { return }
      cells[row][column] = symbol
    }
    for point in plot.all { put("·", point) }
    for point in plot.best { put("o", point) }
    for point in plot.front { put("#", point) }
    putRanks(horizontal, vertical, &cells)
    return lines(cells, horizontal, vertical).joined(separator: "\n")
  }

  /// Ranks stand right of their points where there is room.
  private func putRanks(_ horizontal: Axis, _ vertical: Axis, _ cells: inout [[Character]]) {
    let ranked = (plot.best.isEmpty ? plot.front : plot.best).sorted { ($0.rank ?? 0) < ($1.rank ?? 0) }
    for point in ranked {
      guard let rank = point.rank else { continue }
      let row = Int(vertical.position(point.y).rounded())
      let column = Int(horizontal.position(point.x).rounded()) + 1
      let digits = Array("\(rank)")
      let places = column..<(column + digits.count)
      guard cells.indices.contains(row), places.upperBound <= cells[row].count,
        cells[row][places].allSatisfy({ $0 == " " || $0 == "·" }),
        places.upperBound == cells[row].count || !cells[row][places.upperBound].isNumber
      else { continue }
      cells[row].replaceSubrange(places, with: digits)
    }
  }

  private func lines(_ cells: [[Character]], _ horizontal: Axis, _ vertical: Axis) -> [String] {
    var labels: [Int: String] = [:]
    for tick in vertical.ticks { labels[Int(vertical.position(tick).rounded())] = vertical.label(of: tick) }
    var lines = [plot.vertical.title]
    for (row, content) in cells.enumerated() {
      let label = labels[row] ?? ""
      let pad = String(repeating: " ", count: max(0, Self.margin - 2 - label.count))
      let body = String(content)
      lines.append(trimmed("\(pad)\(label) \(labels[row] == nil ? "│" : "┤")\(body)"))
    }
    lines.append(
      String(repeating: " ", count: Self.margin - 1) + "└" + String(repeating: "─", count: width - Self.margin))
    var scale = Array(repeating: Character(" "), count: width + 8)
    var end = 0
    for tick in horizontal.ticks {
      let label = Array(horizontal.label(of: tick))
      let start = max(0, Self.margin + Int(horizontal.position(tick).rounded()) - label.count / 2)
      guard start >= end, start + label.count <= scale.count else { continue }
      scale.replaceSubrange(start..<(start + label.count), with: label)
      end = start + label.count + 1
    }
    lines.append(trimmed(String(scale)))
    lines.append(String(repeating: " ", count: Self.margin) + plot.horizontal.title)
    let best = plot.best.isEmpty ? "" : "  o fuzzy Pareto (top \(plot.best.count))"
    lines.append("· all rows (\(plot.all.count))\(best)  # exact Pareto (\(plot.front.count))")
    return lines
  }

  private func trimmed(_ line: String) -> String {
    line.lastIndex { $0 != " " }.map { String(line[...$0]) } ?? ""
  }
}
