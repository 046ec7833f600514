// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The colours of pages and pictures, light and dark.
///
/// The series' colours are those of Okabe and Ito, "Color Universal Design" (2008), which readers with any kind of
/// colour vision can tell apart; on a dark ground the darker ones are lightened, in a light one the yellow is left out.
enum Palette {
  /// Number of series that have a colour of their own.
  static let seriesCount = 7

  private static let light: [(String, String)] = [
    ("ground", "#ffffff"), ("panel", "#f6f6f3"), ("ink", "#1c1c1a"), ("soft", "#5d5d58"), ("rule", "#d9d9d3"),
    ("strong-rule", "#8a8a84"), ("mid", "#1c1c1a"), ("link", "#00598c"), ("heat", "#0072b2"), ("miss", "#d55e00"),
    ("warn", "#9a4400"),
    ("s0", "#0072b2"), ("s1", "#d55e00"), ("s2", "#009e73"), ("s3", "#b5548c"), ("s4", "#c48700"),
    ("s5", "#3a9bd9"), ("s6", "#4a4a46"),
  ]

  private static let dark: [(String, String)] = [
    ("ground", "#15171a"), ("panel", "#1d2024"), ("ink", "#e6e5e1"), ("soft", "#a3a29c"), ("rule", "#34373c"),
    ("strong-rule", "#75777c"), ("mid", "#15171a"), ("link", "#7cc4f2"), ("heat", "#56b4e9"), ("miss", "#f08a45"),
    ("warn", "#f2a36b"),
    ("s0", "#56b4e9"), ("s1", "#f08a45"), ("s2", "#2fc79b"), ("s3", "#df93bd"), ("s4", "#e9b44c"),
    ("s5", "#8f9ff0"), ("s6", "#c9c8c3"),
  ]

  /// Custom properties for a style sheet: light everywhere, dark on screens that ask for it, so that prints are light.
  static let properties = """
    :root { color-scheme: light dark; \(declarations(light)) }
    @media screen and (prefers-color-scheme: dark) { :root { \(declarations(dark)) } }
    """

  /// How the classes of a `Drawing` look, for a page that has the properties.
  static let figureRules = """
    .figure { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; \
    font-variant-numeric: tabular-nums }
    .figure .ground { fill: var(--ground); stroke: var(--rule) }
    .figure .ink { fill: var(--ink) }
    .figure .name { paint-order: stroke; stroke: var(--ground); stroke-width: 3px; stroke-linejoin: round }
    .figure .soft { fill: var(--soft) }
    .figure .small { fill: var(--soft); font-size: 10px }
    .figure .cell { fill: var(--ink); font-size: 11px }
    .figure .cell.middle { fill: var(--mid) }
    .figure .cell.deep { fill: var(--ground) }
    .figure .grid { stroke: var(--rule); stroke-width: 1 }
    .figure .axis { stroke: var(--strong-rule); stroke-width: 1 }
    .figure .heat { fill: var(--heat) }
    .figure .miss { fill: var(--miss) }
    .figure .front { fill: none; stroke: var(--strong-rule); stroke-width: 1.5; stroke-dasharray: 5 4 }
    .figure .mark { stroke: var(--ground); stroke-width: 1 }
    \(seriesRules)
    """

  /// Style of a picture that stands alone.
  static let pictureStyle = "\n" + properties + "\n" + figureRules + "\n"

  private static let seriesRules = (0..<seriesCount).map { index in
    """
    .figure .s\(index) { fill: var(--s\(index)) }
    .figure .line.s\(index), .figure .bar.s\(index) { fill: none; stroke: var(--s\(index)); stroke-width: 2 }
    .figure .bar.s\(index) { stroke-width: 1.5 }
    .figure .line.dashed { stroke-dasharray: 2 3 }
    """
  }.joined(separator: "\n")

  private static func declarations(_ colours: [(String, String)]) -> String {
    colours.map { "--\($0.0): \($0.1);" }.joined(separator: " ")
  }
}

/// How a variant looks in every figure: a colour and a shape.
struct Series: Sendable, Hashable {
  /// The variant's position in the report.
  let index: Int

  /// The class that gives the colour.
  var className: String { "s\(index % Palette.seriesCount)" }

  /// The shape of its marks; shapes and colours repeat with different periods.
  var shape: Shape { Shape.allCases[index % Shape.allCases.count] }

  /// Shapes of marks, named as Plotly names them.
  enum Shape: String, CaseIterable, Sendable {
    case circle, square, diamond, cross
    case triangleUp = "triangle-up"
    case triangleDown = "triangle-down"

    /// Corners for a mark of size one around the origin.
    var corners: [(x: Double, y: Double)] {
      switch self {
      case .circle: []
      case .square: [(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]
      case .diamond: [(0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)]
      case .triangleUp: [(0, -1.2), (1.15, 0.9), (-1.15, 0.9)]
      case .triangleDown: [(0, 1.2), (1.15, -0.9), (-1.15, -0.9)]
      case .cross:
        [
          (-0.4, -1.2), (0.4, -1.2), (0.4, -0.4), (1.2, -0.4), (1.2, 0.4), (0.4, 0.4), (0.4, 1.2), (-0.4, 1.2),
          (-0.4, 0.4), (-1.2, 0.4), (-1.2, -0.4), (-0.4, -0.4),
        ]
      }
    }
  }
}
