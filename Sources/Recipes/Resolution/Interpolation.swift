// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Text with `${path}` in it; `$${` stands for `${` itself.
struct Interpolation: Sendable, Hashable {
  enum Piece: Sendable, Hashable {
    case text(String)
    case path(String)
  }

  let pieces: [Piece]

  /// Reads a text.
  /// - Returns: `nil` if a `${` isn't closed or holds no path.
  init?(_ text: String) {
    var pieces: [Piece] = []
    var plain = ""
    var rest = text[...]
    while let character = rest.first {
      if rest.hasPrefix("$${") {
        plain += "${"
        rest = rest.dropFirst(3)
      } else if rest.hasPrefix("${") {
        guard let end = rest.firstIndex(of: "}") else { return nil }
        let path = rest[rest.index(rest.startIndex, offsetBy: 2)..<end]
        guard !path.isEmpty, !path.contains("$"), !path.contains("{"), !path.contains(" ") else { return nil }
        if !plain.isEmpty { pieces.append(.text(plain)) }
        plain = ""
        pieces.append(.path(String(path)))
        rest = rest[rest.index(after: end)...]
      } else {
        plain.append(character)
        rest = rest.dropFirst()
      }
    }
    if !plain.isEmpty { pieces.append(.text(plain)) }
    self.pieces = pieces
  }
}
