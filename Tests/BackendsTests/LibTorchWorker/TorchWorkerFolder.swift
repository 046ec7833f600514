// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Backends
import Foundation
import Galley
import NativeLibraries
import Tensors
import Testing
import WorkerProtocol

/// A folder with prepared digits, and the worker that is built beside the tests.
final class TorchWorkerFolder: Sendable {
  static let program =
    WorkerProcess.ownExecutable().split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
    + "/torch-worker-fixture"
  static let natives =
    ProcessInfo.processInfo.environment[NativeLibraryLocator.variable]
    ?? Digits.package.appending(path: ".native").path()

  let path: String
  var data: String { "\(path)/data.safetensors" }
  let backend = LibTorchBackend(executable: program, arguments: [natives])

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "galley-\(UUID().uuidString)").path()
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try PreparedData(
      subsets: [.train: Self.items(0..<400), .validation: Self.items(400..<500)],
      preprocessing: Preprocessing(scale: 1 / 16)
    ).write(to: data)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  private static func items(_ range: Range<Int>) throws -> LabeledItems {
    let items = try Digits.items(range)
    let pixels = try items.inputs.values(as: Float.self).map { UInt8($0 * 16) }
    return try LabeledItems(
      ids: range.map { "digit-\($0)" }, inputs: Tensor(pixels, shape: [items.count, 8, 8, 1]), classes: items.classes,
      labels: (0...9).map { "\($0)" })
  }

  func request(epochs: Int, seed: UInt64 = 7, name: String = "run") -> TrainRequest {
    TrainRequest(
      data: data, architecture: IngredientChoice("small-convnet", options: ["width": .int(4), "depth": .int(2)]),
      trainer: IngredientChoice("supervised", options: ["epochs": .int(epochs)]), seed: seed, folder: "\(path)/\(name)")
  }

  /// The names of all files besides the data, hidden ones too.
  func outputs() throws -> Set<String> {
    Set(try FileManager.default.subpathsOfDirectory(atPath: path)).subtracting(["data.safetensors", "run"])
  }
}
