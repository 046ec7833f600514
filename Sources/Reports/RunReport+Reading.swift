// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials
public import Galley

extension RunReport {
  /// Reads the report of an earlier run: a `report.json`, or the report alone as the pantry keeps it.
  /// - Parameters:
  ///   - data: the JSON.
  ///   - place: where it comes from, for messages.
  /// - Throws: `GalleyError` if it isn't a report, or was written by a newer Galley.
  public static func read(_ data: Data, from place: String) throws(GalleyError) -> RunReport {
    do {
      return try ReportNumbers.decode(data)
    } catch let error as DecodingError {
      throw GalleyError(
        .badData, "can't read the report", at: place, why: ReportNumbers.explain(error),
        remedy: "Name the report.json of a finished run.")
    } catch {
      throw GalleyError(.badData, "can't read the report", at: place, why: "\(error)")
    }
  }
}
