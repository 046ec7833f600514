// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials

/// A page of small pictures, which needs nothing else and asks no host for anything.
public struct ContactSheet: Sendable {
  /// One picture.
  public struct Entry: Sendable {
    /// What stands under the picture.
    public var title: String
    /// What stands under the title, such as the classes.
    public var caption: String
    /// The picture as a JPEG file; `nil` if there is none.
    public var jpeg: [UInt8]?

    /// Creates an entry.
    public init(title: String, caption: String, jpeg: [UInt8]?) {
      self.title = title
      self.caption = caption
      self.jpeg = jpeg
    }
  }

  /// The heading.
  public var title: String
  /// What is said above the pictures.
  public var summary: String
  /// The pictures.
  public var entries: [Entry]

  /// Creates a sheet.
  public init(title: String, summary: String, entries: [Entry]) {
    self.title = title
    self.summary = summary
    self.entries = entries
  }

  /// The whole page.
  public var source: String {
    // It has no script, and pictures in it only.
    PageShell(
      title: title, policy: "default-src 'none'; style-src 'unsafe-inline'; img-src data:", style: Self.style
    ).source(
      """
      <header><h1>\(title)</h1><p class="support">\(summary)</p></header>
      <main><ul class="sheet">
      \(entries.map(Self.markup).joined(separator: "\n"))
      </ul></main>
      """)
  }

  private static let style = """
    .sheet { list-style: none; padding: 0; display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)) }
    .sheet li { max-width: none } .sheet img { width: 100%; height: auto; border-radius: 6px; display: block }
    .sheet b { font-weight: 600; overflow-wrap: anywhere } .sheet small { color: var(--soft) }
    """

  private static func markup(_ entry: Entry) -> Markup {
    let picture: Markup =
      entry.jpeg.map { jpeg in
        "<img alt=\"\(entry.title)\" src=\"data:image/jpeg;base64,\(Data(jpeg).base64EncodedString())\">"
      } ?? .empty
    return "<li>\(picture)<b>\(entry.title)</b><br><small>\(entry.caption)</small></li>"
  }
}
