// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import HTTPTypes
internal import Platform

/// What an import brought, as callers see it: places are those in what they sent, and of very much that was rejected
/// only the first is named.
struct ImportAnswer: Encodable, Sendable {
  /// How much that was rejected is named.
  static let namedLimit = 1000

  private(set) var itemsAdded = 0
  private(set) var itemsKnown = 0
  private(set) var annotations = 0
  private(set) var predictions = 0
  private(set) var rejected: [ImportReport.Rejected] = []
  /// How much was rejected in all.
  private(set) var rejectedCount = 0

  /// Adds what an import brought.
  mutating func add(_ report: ImportReport, _ names: SentNames = SentNames()) {
    itemsAdded += report.itemsAdded
    itemsKnown += report.itemsKnown
    annotations += report.annotations
    predictions += report.predictions
    for problem in report.rejected.prefix(Self.namedLimit - rejected.count) {
      rejected.append(.init(place: names.told(problem.place), reason: names.told(problem.reason)))
    }
    rejectedCount += report.rejected.count
  }

  mutating func reject(_ place: String, _ reason: String) {
    rejectedCount += 1
    if rejected.count < Self.namedLimit { rejected.append(.init(place: place, reason: reason)) }
  }
}

/// Says in messages what a caller has sent, or gets, instead of where it lies here for the moment.
struct SentNames: Sendable {
  private var substitutes: [(path: String, name: String)] = []

  /// - Parameters:
  ///   - folder: A folder whose files are called as they are in an archive.
  ///   - upload: The file that took the body.
  init(folder: String? = nil, upload: UploadedFile? = nil) {
    if let folder { substitutes += [("\(folder)/", ""), (folder, "archive")] }
    if let upload { substitutes += [("\(upload.path)/", ""), (upload.path, UploadedFile.name)] }
  }

  func told(_ text: String) -> String {
    substitutes.reduce(text) { $0.replacing($1.path, with: $1.name) }
  }

  /// An error that says what was sent.
  func told(_ error: GalleyError) -> GalleyError {
    GalleyError(
      error.exitCode, told(error.what), at: error.place.map(told), why: told(error.why),
      remedy: error.remedy.map(told))
  }

  /// The refusal of what was sent, if it is that which is wrong.
  func refusal(_ error: GalleyError) -> any Error {
    guard [.badData, .usage, .missingInput].contains(error.exitCode) else { return told(error) }
    var told = told(error)
    (told.exitCode, told.place) = (.badData, UploadedFile.name)
    return RequestFailure(.unprocessableContent, told)
  }
}
