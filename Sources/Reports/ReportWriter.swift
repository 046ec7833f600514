// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
public import Galley
internal import NativeLibraries

/// Writes the report of a run: a page, the same as Markdown with pictures, and all numbers as JSON.
public struct ReportWriter: Sendable {
  /// Where Plotly's script lies; `nil` if it isn't installed.
  private let plotly: String?

  /// A writer.
  /// - Parameter plotly: path of `plotly.min.js`; without it the page shows static pictures and says so.
  public init(plotly: String?) {
    self.plotly = plotly
  }

  /// Writes `report.html`, `report.md`, `report.json` and `figures/*.svg` into `folder`.
  ///
  /// A folder that isn't there yet, or that holds nothing but an earlier report, changes as a whole, in one step; in a
  /// folder that holds other things each file is replaced by itself.
  /// - Returns: paths of the files that were written, the page first.
  /// - Throws: `GalleyError` if the report can't be written; what was there stays.
  @discardableResult
  public func write(_ report: RunReport, to folder: String) throws(GalleyError) -> [String] {
    let files = try files(of: report)
    do {
      try ReportFolder(path: folder).replace(with: files)
    } catch {
      throw GalleyError(writing: error, "can't write the report")
    }
    return files.map { "\(folder)/\($0.name)" }
  }

  /// Reads the report that an earlier run left, for instance to write it again with Plotly.
  /// - Parameter path: path of a `report.json`.
  /// - Throws: `GalleyError` if the file is missing, isn't a report, or was written by a newer Galley.
  public static func read(_ path: String) throws(GalleyError) -> RunReport {
    let data: Data
    do {
      data = try Data(contentsOf: URL(filePath: path))
    } catch {
      throw GalleyError(
        .missingInput, "can't read the report", at: path, why: FileError(.read, path).reason,
        remedy: "Name the report.json of a finished run.")
    }
    return try RunReport.read(data, from: path)
  }

  /// Where Plotly's script is installed; `nil` if it isn't.
  public static func plotlyPath() -> String? {
    try? NativeLibraryLocator().locate(.plotly).path
  }

  private func files(of report: RunReport) throws(GalleyError) -> [ReportFile] {
    let script = try plotly.map { (path) throws(GalleyError) in try Self.script(at: path) }
    do {
      let texts = [("report.html", try Self.page(report, plotly: script)), ("report.md", Self.markdown(report))]
      let pictures = Self.pictures(report).map { ("figures/\($0.name).svg", $0.svg) }
      return (texts + pictures).map { ReportFile(name: $0.0, data: Data($0.1.utf8)) }
        + [ReportFile(name: "report.json", data: try Self.numbers(report))]
    } catch {
      throw GalleyError(.software, "can't write the report", why: "\(error)")
    }
  }

  /// The text of Plotly's script.
  static func script(at path: String) throws(GalleyError) -> String {
    do {
      return String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    } catch {
      throw GalleyError(
        .missingInput, "can't read Plotly's script", at: path, why: FileError(.read, path).reason,
        remedy: "Run the bootstrap again, or write the report without Plotly.")
    }
  }
}

/// A file of a report.
struct ReportFile: Sendable {
  /// Path within the report's folder.
  let name: String
  /// Its bytes.
  let data: Data
}
