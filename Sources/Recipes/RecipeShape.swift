// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// The slots of a task's recipes: what a recipe chooses, and from which part of the catalogue.
public struct RecipeShape: Sendable, Hashable {
  /// One choice.
  public struct Slot: Sendable, Hashable {
    /// Dotted path in the recipe: `model.architecture`.
    public var path: String
    /// The part of the catalogue that may fill the slot.
    public var accepts: String
    /// The ingredient taken when a recipe says nothing; `nil` if it must say one.
    public var defaultIngredient: String?

    /// Creates a slot.
    public init(_ path: String, accepts: String, default defaultIngredient: String? = nil) {
      self.path = path
      self.accepts = accepts
      self.defaultIngredient = defaultIngredient
    }
  }

  /// The task: `classification`.
  public var task: String
  /// The slots, in the order of the work.
  public var slots: [Slot]

  /// Creates a shape.
  public init(task: String, slots: [Slot]) {
    self.task = task
    self.slots = slots
  }

  /// Train a classifier, export, optimize and measure it.
  public static let classification = RecipeShape(
    task: "classification",
    slots: [
      Slot("data", accepts: "data.classification"),
      Slot("split", accepts: "split", default: "stratified"),
      Slot("model.architecture", accepts: "model.classification"),
      Slot("trainer", accepts: "trainer", default: "supervised"),
      Slot("export", accepts: "export", default: "onnx"),
      Slot("optimizer", accepts: "optimizer", default: "none"),
      Slot("runtime", accepts: "runtime", default: "onnxruntime"),
      Slot("measurement", accepts: "measurement", default: "interleaved"),
    ])
}
