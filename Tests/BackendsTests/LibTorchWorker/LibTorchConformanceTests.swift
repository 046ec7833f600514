// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import BackendConformance
import Backends
import Foundation
import Galley
import Testing

@Suite("LibTorch keeps the contract of backends", .enabled(if: Digits.isAvailable, Digits.absence))
struct LibTorchConformanceTests {
  @Test(arguments: BackendCase.allCases)
  func `it`(behaviour: BackendCase) async throws {
    let backend = LibTorchBackend(executable: TorchWorkerFolder.program, arguments: [TorchWorkerFolder.natives])
    try await behaviour.check(
      BackendSubject(backend) { data in
        var options = TrainOptions()
        (options.epochs, options.augmentation, options.loggers) = (2, .none, [])
        let folder = "\(data.folder)/trained"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let result = try await backend.run(
          VerbRequest(
            .train(options),
            model: .architecture(IngredientChoice("small-convnet", options: ["width": 4, "depth": 2])),
            data: data.listing, task: .classification, preprocessing: BackendData.preprocessing,
            labels: BackendData.labels, folder: folder), events: EventSink { _ in })
        return .checkpoint(try #require(result.files["checkpoint"]).path)
      })
  }
}
