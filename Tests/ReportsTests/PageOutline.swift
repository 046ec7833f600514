// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import FoundationXML

/// What is in a page, read by an XML parser, which refuses elements that aren't closed where they must be.
final class PageOutline: NSObject, XMLParserDelegate {
  private(set) var elements: [String] = []
  private(set) var identifiers: [String] = []
  private(set) var links: [String] = []
  private(set) var references: [String] = []
  private(set) var sources: [String] = []
  private(set) var headings: [String] = []
  private(set) var captions: [String] = []
  private(set) var namelessPictures = 0
  private var text = ""

  struct NotWellFormed: Error { let reason: String }

  /// Reads the body of a page, up to its first script.
  convenience init(_ page: String) throws {
    guard let start = page.range(of: "<body>") else { throw NotWellFormed(reason: "no body") }
    let rest = page[start.lowerBound...]
    let end = rest.range(of: "<script")?.lowerBound ?? rest.range(of: "</body>")?.lowerBound ?? rest.endIndex
    try self.init(xml: rest[..<end] + "</body>")
  }

  init(xml: String) throws {
    super.init()
    let parser = XMLParser(data: Data(xml.utf8))
    parser.delegate = self
    guard parser.parse() else {
      throw NotWellFormed(
        reason: "line \(parser.lineNumber): \(parser.parserError.map { "\($0)" } ?? "unknown")")
    }
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    elements.append(name)
    text = ""
    if let value = attributes["id"] { identifiers.append(value) }
    if let value = attributes["href"] { links.append(value) }
    if let value = attributes["aria-labelledby"] { references.append(value) }
    for key in ["src", "srcset", "data", "poster", "xlink:href", "action"] {
      if let value = attributes[key] { sources.append(value) }
    }
    let isNamed = attributes["aria-label"] ?? attributes["aria-labelledby"] ?? attributes["aria-hidden"]
    if name == "svg", isNamed == nil { namelessPictures += 1 }
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    if name == "h2" { headings.append(text) }
    if name == "caption" || name == "span" { captions.append(text) }
  }
}
