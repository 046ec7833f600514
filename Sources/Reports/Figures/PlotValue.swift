// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A JSON value for Plotly. Colours are tokens such as `@s0` and `@ink`, which the page's script replaces by the
/// style sheet's colours.
enum PlotValue: Sendable, Hashable, Encodable {
  case string(String)
  case number(Double)
  case bool(Bool)
  case list([PlotValue])
  case object([String: PlotValue])

  /// Text from outside, such as a label. Plotly reads a little markup in texts, so that is escaped; it knows the
  /// entities of `&`, `<` and `>`, but not those of quotes.
  static func text(_ text: String) -> PlotValue { .string(escaped(text)) }

  /// Lines of text from outside.
  static func lines(_ lines: [String]) -> PlotValue { .string(lines.map(escaped).joined(separator: "<br>")) }

  private static func escaped(_ text: String) -> String {
    Markup.escaped(text).replacing("&quot;", with: "\"").replacing("&#39;", with: "'")
  }

  /// Numbers; those that JSON can't hold are left out of the figure as text that Plotly shows as a gap.
  static func numbers(_ values: [Double]) -> PlotValue {
    .list(values.map { $0.isFinite ? .number($0) : .string("") })
  }

  /// The object with the other's keys added.
  func adding(_ other: [String: PlotValue]) -> PlotValue {
    guard case .object(let mine) = self else { return self }
    return .object(mine.merging(other) { $1 })
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .string(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .bool(let value): try container.encode(value)
    case .list(let values): try container.encode(values)
    case .object(let values): try container.encode(values)
    }
  }
}

extension PlotValue: ExpressibleByStringLiteral, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  init(stringLiteral value: String) { self = .string(value) }
  init(floatLiteral value: Double) { self = .number(value) }
  init(integerLiteral value: Int) { self = .number(Double(value)) }
  init(booleanLiteral value: Bool) { self = .bool(value) }
  init(arrayLiteral elements: PlotValue...) { self = .list(elements) }
  init(dictionaryLiteral elements: (String, PlotValue)...) {
    self = .object(Dictionary(elements) { $1 })
  }
}

/// What Plotly draws in place of a static figure.
struct Plot: Sendable, Hashable, Encodable {
  /// The traces.
  let data: [PlotValue]
  /// Axes and everything around the traces.
  let layout: PlotValue

  /// An axis with its title, and the stretch and marks of the static picture's axis.
  static func axis(_ title: String, like axis: Axis, extra: [String: PlotValue] = [:]) -> PlotValue {
    let range = [axis.lower, axis.upper].map { axis.isLogarithmic ? logarithm($0) : $0 }
    let base: PlotValue = [
      "title": ["text": .text(title), "standoff": 12], "gridcolor": "@rule", "linecolor": "@strong-rule",
      "zeroline": false, "automargin": true, "ticks": "outside", "tickcolor": "@strong-rule",
      "type": axis.isLogarithmic ? "log" : "linear", "hoverformat": ".4~r", "range": .numbers(range),
    ]
    let marks: [String: PlotValue] =
      axis.isLogarithmic
      ? ["tickvals": .numbers(axis.ticks), "ticktext": .list(axis.ticks.map { .text(axis.label(of: $0)) })] : [:]
    return base.adding(marks).adding(extra)
  }

  /// What all figures share.
  static func layout(height: Int, _ parts: [String: PlotValue]) -> PlotValue {
    let base: PlotValue = [
      "height": .number(Double(height)), "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
      "font": ["family": "system-ui, -apple-system, Segoe UI, Roboto, sans-serif", "size": 13, "color": "@ink"],
      "margin": ["l": 56, "r": 20, "t": 16, "b": 48], "hoverlabel": ["align": "left"], "showlegend": false,
      "legend": ["orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"],
    ]
    return base.adding(parts)
  }
}

/// A figure of the report: the static picture and, where that helps, its live counterpart.
struct ReportFigure: Sendable {
  /// Identifier in the page and name of the picture's file.
  let name: String
  /// What the figure shows, in one sentence, for those who don't see it.
  let title: String
  /// How to read it.
  let caption: String
  /// The picture.
  let drawing: Drawing
  /// What Plotly draws.
  let plot: Plot?
}
