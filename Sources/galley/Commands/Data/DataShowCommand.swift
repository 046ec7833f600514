// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Datasets
internal import Files
internal import Foundation
internal import Galley
internal import Reports

/// Draws a data set's items with their annotations on a page.
struct DataShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Draw items with their annotations on a page, so that a person can look.",
    discussion: """
      Exit codes: 0 all shown · 2 some items can't be decoded; they are on the page with the reason.
      """)

  @OptionGroup var argument: DatasetArgument

  @Option(name: .shortAndLong, help: "The page.", completion: .file(extensions: ["html"]))
  var output = "dataset.html"

  @Option(name: .long, help: "Most items, spread evenly over the data set.")
  var limit = 60

  @Option(name: .long, help: "Only items for which this holds, such as \"'car' in labels\".")
  var filter: String?

  @OptionGroup var options: OutputOptions

  mutating func validate() throws {
    guard limit >= 1 else { throw ValidationError("--limit must be 1 or more.") }
  }

  /// The result for programs.
  private struct Document: Encodable {
    var page: String
    var shown: Int
    var failed: [String]
  }

  func run() async throws {
    let console = Console(options)
    let dataset = try await argument.read(console).dataset
    let items = try filtered(dataset)
    let step = max(1, items.count / limit)
    let chosen = stride(from: 0, to: items.count, by: step).prefix(limit).map { items[$0] }
    var thumbnails = AnnotatedThumbnail(labels: dataset.labels)
    var failed: [String] = []
    let entries = chosen.map { item in
      do throws(GalleyError) {
        return ContactSheet.Entry(
          title: item.id, caption: Self.caption(item, dataset), jpeg: try thumbnails.jpeg(of: item))
      } catch {
        failed.append(item.id)
        return ContactSheet.Entry(title: item.id, caption: error.why, jpeg: nil)
      }
    }
    let sheet = ContactSheet(
      title: argument.path, summary: "\(entries.count) of \(items.count) items, \(dataset.labels.count) classes",
      entries: entries)
    do throws(FileError) {
      try AtomicFile.write(Data(sheet.source.utf8), to: output)
    } catch {
      throw GalleyError(writing: error, "can't write the page")
    }
    try console.result(json: Document(page: output, shown: entries.count - failed.count, failed: failed))
    console.result(
      "\(entries.count) items are on \(output)" + (failed.isEmpty ? "" : "; \(failed.count) can't be shown"))
    if !failed.isEmpty { throw SilentExit(code: .partial) }
  }

  private func filtered(_ dataset: AnnotatedDataset) throws -> [DatasetItem] {
    guard let filter else { return dataset.items }
    return try ItemFilter(filter).apply(to: dataset).items
  }

  private static func caption(_ item: DatasetItem, _ dataset: AnnotatedDataset) -> String {
    let labels = item.labels.compactMap { dataset.labels.indices.contains($0) ? dataset.labels[$0] : nil }
    return ([item.subset].compactMap { $0 } + labels).joined(separator: " · ")
  }
}
