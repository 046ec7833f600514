// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// Something that a person wants to do with a recipe, and that is made sure of before there is need.
public enum ClaimedTask: String, Sendable, Hashable, Codable, CaseIterable {
  /// Fit the model to the training items.
  case train
  /// Judge it on the validation items.
  case validate
  /// Judge it on the test items.
  case test
  /// Answer for single items with the finished model.
  case predict
  /// Write the model as a file that runtimes execute.
  case export
  /// Make the model file smaller or faster.
  case optimize
  /// Measure speed and quality on the target, with a report.
  case bench

  /// How far a recipe has to run for the task.
  public var goal: StageGoal {
    switch self {
    // A training validates after each epoch.
    case .train, .validate: .train
    case .export: .export
    case .optimize: .optimize
    // Only the last stage delivers the model that answers.
    case .test, .predict, .bench: .report
    }
  }

  /// The slots of a recipe whose ingredients the task uses, in the order of use.
  public var slotPaths: [String] { goal.slotPaths }

  /// Reads the name of a task.
  /// - Throws: `GalleyError` if there is none of that name; it says which there are.
  public init(named name: String) throws(GalleyError) {
    guard let task = Self(rawValue: name) else {
      let known = Self.allCases.map(\.rawValue).joined(separator: ", ")
      throw GalleyError(
        .usage, "can't claim the task '\(name)'", why: "there is no such task", remedy: "Name one of \(known).")
    }
    self = task
  }
}
