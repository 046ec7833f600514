// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// One behaviour that every backend owes whose model answers items. A backend's tests run them all; what is expected stands
/// in `check`, which throws if it isn't met:
///
/// ```swift
/// @Test(arguments: BackendCase.allCases)
/// func `keeps the contract`(behaviour: BackendCase) async throws { try await behaviour.check(subject) }
/// ```
public enum BackendCase: String, Sendable, CaseIterable, CustomStringConvertible {
  case describesItself = "says what it is, what it can, and why it can't do the rest"
  case answersEveryItem = "gives one answer for each item, by its id, in the items' order"
  case answersPreparedItems = "gives prepared items the answers that it gives their files"
  case judgesAsItAnswers = "judges by the answers that it gives"
  case judgesMultiLabel = "chooses every class above the threshold for multi-label classification"
  case countsClassesByName = "judges data whose classes are in another order"
  case repeatsItself = "gives the same bytes again, with any number of loading threads"
  case answersAlikeInAnyBatch = "gives the same answers in batches of any size"
  case losesOnlyBadItems = "loses a bad item and no other"
  case writesTables = "writes tables that keep every character of labels and ids"
  case tellsItsProgress = "tells how many items there are, and what becomes of each"
  case leavesWholeFiles = "leaves the files that it names, with their digests, and no others"
  case stopsWhenAsked = "stops when its task is cancelled, and marks what it skipped"
  case refusesEmptySubsets = "refuses a subset without items"
  case refusesUnknownClasses = "refuses items of classes that the model doesn't know, by name"
  case refusesWrongScores = "answers nothing if there are not as many scores as labels"
  case refusesChangedData = "refuses data that is not what was meant"
  case refusesOptions = "refuses options that it can't honour, with the reason"
  case exportsWithProof = "exports a package with a proof, if it exports"

  public var description: String { rawValue }

  /// Holds the backend against this behaviour.
  /// - Throws: `BackendFailure` that says what differs, or the backend's own error.
  public func check(_ subject: BackendSubject) async throws {
    let bench = try await BackendTrial(subject)
    switch self {
    case .describesItself: try bench.description()
    case .answersEveryItem: try await bench.everyItem()
    case .answersPreparedItems: try await bench.preparedItems()
    case .judgesAsItAnswers: try await bench.judging()
    case .judgesMultiLabel: try await bench.multiLabel()
    case .countsClassesByName: try await bench.otherOrder()
    case .repeatsItself: try await bench.repetition()
    case .answersAlikeInAnyBatch: try await bench.batches()
    case .losesOnlyBadItems: try await bench.badItems()
    case .writesTables: try await bench.tables()
    case .tellsItsProgress: try await bench.progress()
    case .leavesWholeFiles: try await bench.wholeFiles()
    case .stopsWhenAsked: try await bench.cancellation()
    case .refusesEmptySubsets: try await bench.emptySubset()
    case .refusesUnknownClasses: try await bench.unknownClass()
    case .refusesWrongScores: try await bench.wrongScores()
    case .refusesChangedData: try await bench.changedData()
    case .refusesOptions: try await bench.options()
    case .exportsWithProof: try await bench.export()
    }
  }
}
