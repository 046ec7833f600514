// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

// A model of one's own, written in Swift as an adapter, that learns from a data set of the platform, predicts, and is
// judged. The items' subsets are told by their metadata, as imports write them.
//
//     galley dataset import Examples/digits/data --into digits && galley dataset split digits
//     swift run -c release own-adapter ~/.galley digits

import Adapters
import Foundation
import Galley
import Platform

/// Items of one subset.
func subset(_ name: String) -> Filters {
  Filters(.items, .test(field: "metadata.subset", .equal, .string(name)))
}

let words = Array(CommandLine.arguments.dropFirst())
guard words.count == 2 else {
  print("usage: own-adapter HOME DATASET")
  exit(64)
}
do {
  let store = try PlatformStore.open(
    PlatformPlace(home: words[0], environment: ProcessInfo.processInfo.environment))
  var description = ModelChange()
  description.dataset = words[1]
  description.subsets = ["train": subset("train"), "validation": subset("validation"), "test": subset("test")]
  let entity = try store.createModel("softmax on \(words[1])", description)

  let settings = AdapterSettings { event in
    guard case .epoch(let epoch) = event, epoch.finished % 20 == 0 else { return }
    print("epoch \(epoch.finished): loss \(String(format: "%.3f", epoch.metrics["loss"] ?? 0))")
  }
  let model = AdaptedModel(entity.id, in: store, adapter: SoftmaxAdapter(), settings: settings)
  let training = try await model.trainModel()
  print("learnt from \(training.items["train"] ?? 0) items: \(training.model.labels.joined(separator: " "))")

  let evaluation = try await model.evaluateModel()
  let counts = evaluation.predictions?.counts ?? ResultCounts()
  print("predicted \(counts.ok) items, \(counts.failed) failed")
  for name in ["accuracy", "ap", "hits", "mislabelled"] {
    print("\(name): \(String(format: "%.3f", evaluation.figures[name] ?? 0))")
  }
} catch let error as GalleyError {
  FileHandle.standardError.write(Data("\(error)\n".utf8))
  exit(error.exitCode.rawValue)
}
