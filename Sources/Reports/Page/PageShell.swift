// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What every page has around its body.
struct PageShell {
  /// Forbids every request: what a page needs is in it.
  static let policy =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:; "
    + "base-uri 'none'; form-action 'none'"

  /// The page's title.
  let title: String
  /// The version of Galley that made it, if the page tells.
  var generator: String?
  /// What the page may fetch and run.
  var policy = PageShell.policy
  /// Rules beside those of all pages.
  var style: String?

  /// The whole page.
  func source(_ body: Markup) -> String {
    let maker = generator.map { "<meta name=\"generator\" content=\"Galley \($0)\">\n" as Markup } ?? .empty
    let rules = [StyleSheet.text, style].compactMap { $0 }.joined(separator: "\n")
    let page: Markup = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      \(maker)<meta name="color-scheme" content="light dark">
      <meta http-equiv="Content-Security-Policy" content="\(policy)">
      <title>\(title)</title>
      <style>
      \(Markup(trusted: rules))
      </style>
      </head>
      <body>
      \(body)
      </body>
      </html>

      """
    return page.source
  }
}
