// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// How far a recipe is run. Each goal includes those before it.
public enum StageGoal: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
  /// The data is read and divided.
  case prepare
  /// The network is trained, or the model file taken over.
  case train
  /// The network is a model file that is certified to compute the same; a model file that was taken over is one
  /// already.
  case export
  /// The model file is smaller or faster.
  case optimize
  /// The model is measured on the test items.
  case measure
  /// The report is written and the models are delivered.
  case report

  /// The goals in the order in which they are reached.
  public static func < (left: Self, right: Self) -> Bool { left.position < right.position }

  private var position: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

extension StageGoal {
  /// The slots of a task whose ingredients are used on the way to this goal, in the order of use. A recipe has no
  /// trainer and no export where its model is a file.
  public var slotPaths: [String] {
    Self.allCases.filter { $0 <= self }.flatMap(\.ownSlotPaths).reduce(into: []) { paths, path in
      if !paths.contains(path) { paths.append(path) }
    }
  }

  /// The slots whose ingredients are used for the goal itself, beyond those before it.
  public var ownSlotPaths: [String] {
    switch self {
    case .prepare: ["data", "split"]
    case .train: ["model.architecture", "trainer"]
    case .export: ["export"]
    case .optimize: ["optimizer"]
    case .measure: ["runtime", "measurement"]
    case .report: []
    }
  }

  /// The recipe's choices that are used on the way to this goal, those in slots of ingredients too, in the order of
  /// the paths.
  public func slots(of recipe: Recipe) -> [(path: String, slot: FilledSlot)] {
    let paths = Set(slotPaths)
    return recipe.allSlots.filter { path, _ in paths.contains { path == $0 || path.hasPrefix("\($0).") } }
  }

  /// What the recipe's choices on the way to this goal need beyond this program, each once.
  public func artifacts(of recipe: Recipe) -> [ArtifactRequirement] {
    slots(of: recipe).flatMap(\.slot.artifacts).reduce(into: []) { all, artifact in
      if !all.contains(artifact) { all.append(artifact) }
    }
  }

  /// Names of the native libraries that are used on the way to this goal, in alphabetical order: those of the cards,
  /// and the runtime that observes activations where the optimizer wants some.
  public func tools(of recipe: Recipe) -> [String] {
    Set(Self.allCases.filter { $0 <= self }.flatMap { $0.ownTools(of: recipe) }).sorted()
  }

  /// Names of the native libraries that are used for the goal itself, in alphabetical order.
  public func ownTools(of recipe: Recipe) -> [String] {
    let paths = ownSlotPaths
    let slots = recipe.allSlots.filter { path, _ in paths.contains { path == $0 || path.hasPrefix("\($0).") } }
    var tools = Set(slots.flatMap(\.slot.card.tools))
    // Activations are observed by the one runtime that gives every intermediate value.
    if self == .optimize, let optimizer = recipe.slots["optimizer"], optimizer.card.name != "none" {
      tools.insert("onnxruntime")
    }
    return tools.sorted()
  }
}
