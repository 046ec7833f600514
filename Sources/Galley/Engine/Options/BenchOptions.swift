// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// How a model is measured as the backend itself runs it, by `bench`: the same for every backend.
public struct BenchOptions: VerbOptions {
  /// Items in one inference.
  public var batchSize = 1
  /// Threads of one operation.
  public var threads: Int?
  /// Fresh processes.
  public var processes = 5
  /// Turns of each process.
  public var blocks = 20

  /// The defaults.
  public init() {}

  public static let declarations: [OptionDeclaration] = [
    OptionDeclaration("batchSize", .int(minimum: 1, maximum: 4096), default: 1, help: "Items in one inference."),
    .threads,
    OptionDeclaration("processes", .int(minimum: 3, maximum: 50), default: 5, help: "Fresh processes."),
    OptionDeclaration("blocks", .int(minimum: 2, maximum: 1000), default: 20, help: "Turns of each process."),
  ]
}
