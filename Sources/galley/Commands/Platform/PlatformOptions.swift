// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Foundation
internal import Galley
internal import Platform

/// Where the platform's store lies: in the folder `platform` of the pantry's.
struct PlatformOptions: ParsableArguments {
  @OptionGroup var place: PantryOptions

  /// Opens the store; what it repairs is said.
  func open(_ console: Console) throws -> PlatformStore {
    let place = PlatformPlace(home: place.root, environment: ProcessInfo.processInfo.environment)
    let store = try PlatformStore.open(place)
    for repair in store.repairs { console.note("repaired: \(repair)") }
    return store
  }
}

/// Which entries are meant.
struct PlatformFilterOptions: ParsableArguments {
  @Option(name: .long, help: "A filter as Dataloop's JSON, or a file with it.", completion: .file(extensions: ["json"]))
  var filter: String?

  @Option(name: [.customShort("w"), .customLong("where")], help: "A condition, like \"name == 'cat.jpg'\".")
  var condition: String?

  /// The filter that is meant: both if both are given.
  func read(_ resource: FilterResource) throws(GalleyError) -> Filters {
    var filters = Filters(resource)
    if let filter { filters = try Self.read(filter, resource, option: "--filter") }
    if let condition { filters.condition = filters.condition.and(try Filters(resource, where: condition).condition) }
    return filters
  }

  /// Reads a filter: the text itself, or that of a file.
  static func read(_ text: String, _ resource: FilterResource, option: String) throws(GalleyError) -> Filters {
    let isJSON = text.drop { $0.isWhitespace }.hasPrefix("{")
    let data = isJSON ? Data(text.utf8) : try contents(text)
    return try Filters(json: data, at: isJSON ? option : text, for: resource)
  }

  var isEmpty: Bool { filter == nil && condition == nil }

  private static func contents(_ file: String) throws(GalleyError) -> Data {
    guard let data = FileManager.default.contents(atPath: file) else {
      throw GalleyError(
        .missingInput, "can't read the filter", at: file, why: "the file is missing or may not be read",
        remedy: #"Name a file, or write the JSON itself: {"filter": {"name": "cat.jpg"}}."#)
    }
    return data
  }
}

/// Which entries are listed, in which order and portion.
struct PlatformListOptions: ParsableArguments {
  @OptionGroup var filter: PlatformFilterOptions

  @Option(help: "A field to sort by; with '-' before it, the largest first.")
  var sort: String?

  @Option(help: "Which page, from 0 on.")
  var page: Int?

  @Option(help: "How many entries a page has: at most \(Filters.maximumPageSize) (default: 50, or what --filter says).")
  var pageSize: Int?

  func read(_ resource: FilterResource) throws(GalleyError) -> Filters {
    var filters = try filter.read(resource)
    if let sort {
      let isDescending = sort.hasPrefix("-")
      filters.sort = [FilterOrder(String(sort.dropFirst(isDescending ? 1 : 0)), isDescending: isDescending)]
    }
    if let page { filters.page = page }
    filters.pageSize = pageSize ?? (filter.filter == nil ? 50 : filters.pageSize)
    return filters
  }
}

/// A JSON object on the command line.
struct ObjectArgument: ExpressibleByArgument {
  let text: String

  init(argument: String) { text = argument }

  /// The object: the text itself, or that of a file.
  func read(_ option: String) throws(GalleyError) -> JSONObject {
    if text.drop(while: \.isWhitespace).hasPrefix("{") { return try JSONObject(parsing: text, at: option) }
    guard let data = FileManager.default.contents(atPath: text) else {
      throw GalleyError(
        .usage, "can't read the JSON", at: option, why: "'\(text)' is neither an object nor a file",
        remedy: #"Write it like {"key": 1}, or name a file."#)
    }
    return try JSONObject(parsing: String(decoding: data, as: UTF8.self), at: text)
  }
}

extension Console {
  /// Shows a page of a list.
  func show<Entry: Encodable & Sendable>(
    _ page: PlatformPage<Entry>, _ what: String, _ render: ([Entry]) -> String
  ) throws {
    try result(json: page)
    guard page.total > 0 else { return result("There are no such \(what).") }
    result(render(page.entries))
    let first = page.page * page.pageSize
    let isWhole = first == 0 && page.entries.count == page.total
    note(
      isWhole
        ? "\n\(page.total) \(what)." : "\n\(first + 1) to \(first + page.entries.count) of \(page.total) \(what).")
  }

  /// Shows what is known of one thing.
  func show(_ document: some Encodable, _ lines: [(String, String?)]) throws {
    try result(json: document)
    let known = lines.compactMap { name, value in value.map { (name, $0) } }
    result(
      known.map { $0.0.padding(toLength: 14, withPad: " ", startingAt: 0) + $0.1 }.joined(separator: "\n"))
  }
}
