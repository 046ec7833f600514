// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// One behaviour that every runtime owes. A runtime's tests run them all; what is expected stands in `check`, which throws
/// if it isn't met:
///
/// ```swift
/// @Test(arguments: ConformanceCase.allCases)
/// func `keeps the contract`(conformance: ConformanceCase) throws { try conformance.check(subject) }
/// ```
public enum ConformanceCase: String, Sendable, CaseIterable, CustomStringConvertible {
  case passesElementTypesThrough = "passes every element type through, bit for bit"
  case refusesOtherElementTypes = "refuses the element types that it doesn't have"
  case describesInputsAndOutputs = "describes inputs and outputs"
  case takesSeveralInputs = "takes several inputs and gives several outputs, in order"
  case takesScalars = "takes tensors without dimensions"
  case takesDynamicShapes = "takes another shape in each session and each run"
  case takesZeroSize = "takes tensors without elements"
  case givesDataDependentShapes = "gives outputs whose shape depends on the data"
  case takesTexts = "takes and gives texts"
  case takesSequences = "takes and gives sequences, empty ones too"
  case takesOptionals = "takes and gives optionals"
  case takesMaps = "takes and gives maps"
  case readsExternalWeights = "reads weights from a file beside the model"
  case refusesWrongShapes = "refuses wrong shapes, naming both"
  case refusesWrongInputs = "refuses a wrong number or kind of inputs, and places that don't exist"
  case runsAsynchronously = "gives the same when it is started and waited for"
  case repeatsItself = "gives the same bytes in every run and every session"
  case keepsTheModelAlive = "keeps the model as long as a session lives"
  case stopsTheRunUnderWay = "stops the run under way, from another thread, and only that one"
  case runsTwoModelsAtOnce = "runs two models at once"
  case servesSeveralThreads = "serves sessions of one model on several threads"
  case doesNotGrowWhileRunning = "does not grow while it runs"
  case doesNotGrowWhileOpening = "does not grow while models and sessions are opened and closed"
  case profiles = "tells how long each operator takes"
  case refusesMissingFiles = "refuses missing files, naming the path"
  case refusesCorruptFiles = "refuses corrupt files, naming the path"
  case refusesOtherFormats = "refuses formats that it doesn't execute"

  public var description: String { rawValue }

  /// Holds the runtime against this behaviour.
  /// - Throws: `ConformanceFailure` that says what differs, or the runtime's own error.
  public func check(_ subject: ConformanceSubject) throws {
    switch self {
    case .passesElementTypesThrough: try ElementTypeChecks(subject).passThrough()
    case .refusesOtherElementTypes: try ElementTypeChecks(subject).refusals()
    case .describesInputsAndOutputs: try ShapeChecks(subject).descriptions()
    case .takesSeveralInputs: try ShapeChecks(subject).severalInputs()
    case .takesScalars: try ShapeChecks(subject).scalars()
    case .takesDynamicShapes: try ShapeChecks(subject).dynamicShapes()
    case .takesZeroSize: try ShapeChecks(subject).zeroSize()
    case .givesDataDependentShapes: try ShapeChecks(subject).dataDependentShapes()
    case .takesTexts: try ValueChecks(subject).texts()
    case .takesSequences: try ValueChecks(subject).sequences()
    case .takesOptionals: try ValueChecks(subject).optionals()
    case .takesMaps: try ValueChecks(subject).maps()
    case .readsExternalWeights: try FileChecks(subject).externalWeights()
    case .refusesWrongShapes: try RefusalChecks(subject).wrongShapes()
    case .refusesWrongInputs: try RefusalChecks(subject).wrongInputs()
    case .runsAsynchronously: try SessionChecks(subject).asynchronous()
    case .repeatsItself: try SessionChecks(subject).repetition()
    case .keepsTheModelAlive: try SessionChecks(subject).lifetime()
    case .stopsTheRunUnderWay: try ThreadChecks(subject).cancellation()
    case .runsTwoModelsAtOnce: try ThreadChecks(subject).twoModels()
    case .servesSeveralThreads: try ThreadChecks(subject).severalThreads()
    case .doesNotGrowWhileRunning: try MemoryChecks(subject).running()
    case .doesNotGrowWhileOpening: try MemoryChecks(subject).opening()
    case .profiles: try ProfileChecks(subject).profile()
    case .refusesMissingFiles: try FileChecks(subject).missing()
    case .refusesCorruptFiles: try FileChecks(subject).corrupt()
    case .refusesOtherFormats: try FileChecks(subject).otherFormats()
    }
  }
}
