// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Adapters
import Foundation
import Glibc
import Galley
import Platform
import Synchronization
import Testing

@Suite struct PythonTrainingTests {
  /// The mean shade of each class.
  private static let text = """
    import json, os
    import galley

    class Means(galley.ModelAdapter):
        options = {"epochs": galley.Option(2, "Passes over the data.", minimum=1)}

        def load(self, folder):
            self.means = {}
            path = os.path.join(folder, "means.json")
            if os.path.exists(path):
                with open(path) as file:
                    self.means = json.load(file)

        def shade(self, image):
            data = image.tobytes() if hasattr(image, "tobytes") else bytes(image.data)
            return sum(data) / len(data)

        def train(self, data, output):
            if self.configuration.get("fail"):
                raise RuntimeError("out of luck")
            sums = {}
            for item in galley.training_items(os.path.join(data, "train")):
                sums.setdefault(item.label, []).append(self.shade(item.image()))
            self.means = {label: sum(values) / len(values) for label, values in sums.items()}
            for epoch in range(self.configuration["epochs"]):
                self.epoch(epoch + 1, self.configuration["epochs"], loss=1.0 / (epoch + 1), val_loss=2.0)
            self.labels = sorted(self.means)
            self.configuration["seen"] = sum(map(len, sums.values()))
            return {"classes": len(self.means)}

        def save(self, folder):
            with open(os.path.join(folder, "means.json"), "w") as file:
                json.dump(self.means, file)

        def predict(self, batch):
            answers = []
            for image in batch:
                shade = self.shade(image)
                best = min(self.means, key=lambda label: abs(self.means[label] - shade))
                answers.append([galley.Classification(best, confidence=0.75)])
            return answers

        def evaluate(self, items, truth, predictions):
            right = sum(t[0].label == p[0].label for t, p in zip(truth, predictions))
            return {"own_accuracy": right / len(items)}
    """

  private func home(_ configuration: [String: ConfigurationValue] = [:]) throws -> TemporaryStore {
    let home = try TemporaryStore()
    let ids = try home.pictures(30, shade: { UInt8($0 % 3 * 100 + $0) })
    for (index, id) in ids.enumerated() { try home.annotate(id, ["dunkel", "grau ☁︎", "hell"][index % 3]) }
    let paths = (0..<30).map(TemporaryStore.path)
    try home.model(
      configuration: configuration,
      subsets: [
        "train": .paths(Array(paths[0..<15])), "validation": .paths(Array(paths[15..<21])),
        "test": .paths(Array(paths[21...])),
      ])
    return home
  }

  @Test func aPythonFileLearnsPredictsAndIsJudged() async throws {
    let home = try home()
    let adapter = try await PythonFile(Self.text).start()
    #expect(adapter.functions.isSuperset(of: [.load, .predict, .train, .save, .evaluate]))
    #expect(adapter.card.options.map(\.name) == ["epochs"])
    let epochs = Mutex<[AdapterEpoch]>([])
    let settings = AdapterSettings { event in
      if case .epoch(let report) = event { epochs.withLock { $0.append(report) } }
    }
    let model = AdaptedModel("net", in: home.store, adapter: adapter, settings: settings)
    let report = try await model.trainModel()
    #expect(epochs.withLock { $0.map(\.finished) } == [1, 2])
    #expect(report.items == ["train": 15, "validation": 6] && report.figures == ["classes": 3])
    let trained = try home.store.model("net")
    #expect(trained.status == .trained && trained.labels == ["dunkel", "grau ☁︎", "hell"])
    #expect(trained.configuration["seen"] == 15 && trained.artifacts.map(\.path) == ["means.json"])
    let samples = try home.store.samples(ofModel: "net")
    #expect(samples.filter { $0.figure == "loss" && $0.legend == "train" }.map(\.y) == [1, 0.5])
    #expect(samples.filter { $0.figure == "loss" && $0.legend == "validation" }.map(\.y) == [2, 2])
    await adapter.stop()

    // Another process takes the artifacts up.
    let second = try await PythonFile(Self.text).start()
    let judged = try await AdaptedModel("net", in: home.store, adapter: second).evaluateModel()
    await second.stop()
    #expect(judged.figures["ap"] == 1 && judged.figures["own_accuracy"] == 1 && judged.leftOut == 0)
    #expect(try home.store.metrics(ofModel: "net").contains { $0.name == "own_accuracy" })
  }

  @Test func aTrainingThatRaisesIsWrittenDown() async throws {
    let home = try home(["fail": true])
    let adapter = try await PythonFile(Self.text).start()
    let error = await refusal { try await AdaptedModel("net", in: home.store, adapter: adapter).trainModel() }
    await adapter.stop()
    #expect(error?.why == "RuntimeError: out of luck")
    let model = try home.store.model("net")
    #expect(model.status == .failed && model.statusReason == "RuntimeError: out of luck")
    #expect(home.tree("\(home.store.place.local)/model_data") == ["\(model.id)_net"])
  }

  /// The worker dies after it has learnt; the former model must not be saved as what was learnt.
  @Test func whatALostWorkerHadLearntIsNotReplacedByTheFormerModel() async throws {
    let home = try home()
    let adapter = try await PythonFile(Self.text).start()
    _ = try await AdaptedModel("net", in: home.store, adapter: adapter).trainModel()
    let former = try home.store.model("net")
    let isLethal = Mutex(true)
    let file = try PythonFile(Self.text)
    defer { withExtendedLifetime(file) {} }
    let dying = try await file.start()
    let process = try #require(await dying.processID)
    let settings = AdapterSettings { event in
      guard event == .stage("saving the model"), isLethal.withLock({ $0 }) else { return }
      kill(process, SIGKILL)
      for _ in 0..<1000 where kill(process, 0) == 0 { usleep(10_000) }
    }
    let model = AdaptedModel("net", in: home.store, adapter: dying, settings: settings)
    #expect(await refusal { try await model.trainModel() } != nil)
    let failed = try home.store.model("net")
    #expect(failed.status == .failed && failed.statusReason?.isEmpty == false)
    #expect(failed.artifacts == former.artifacts && failed.version == former.version)
    // A new worker loads the model and learns.
    isLethal.withLock { $0 = false }
    let report = try await model.trainModel()
    #expect(report.model.status == .trained && report.figures == ["classes": 3])
    #expect(try await model.predictDataset().counts.ok == 30)
    await dying.stop()
    await adapter.stop()
  }

  @Test func aLostWorkerThatHadLearntIsOfNoUseUntilTheNextLoad() async throws {
    let home = try home()
    let file = try PythonFile(Self.text)
    defer { withExtendedLifetime(file) {} }
    let adapter = try await file.start()
    let model = AdaptedModel("net", in: home.store, adapter: adapter)
    let told = try AdapterModel(try await model.loadFromModel(), for: adapter.card)
    let folder = home.folder + "/data"
    for subset in ["train", "validation"] {
      _ = try home.store.exportDataloop("pictures", Filters(.items), .truth, to: "\(folder)/\(subset)")
    }
    _ = try await adapter.train(AdapterTraining(data: folder, output: folder, model: told))
    let process = try #require(await adapter.processID)
    kill(process, SIGKILL)
    for _ in 0..<30_000 {
      guard await adapter.processID != nil else { break }
      try await Task.sleep(for: .milliseconds(10))
    }
    #expect(await adapter.processID == nil)
    for _ in 0..<2 {
      do {
        _ = try await adapter.save(to: folder)
        Issue.record("it was saved")
      } catch let error as AdapterEnded {
        #expect(error.cause.why.contains("wasn't saved yet"))
      }
    }
    _ = try await adapter.load(home.folder, for: told)
    #expect(await adapter.processID != nil)
    await adapter.stop()
  }

  @Test func anAdapterThatOnlyPredictsSaysWhatItLacks() async throws {
    let home = try home()
    let text = """
      import galley

      class Small(galley.ModelAdapter):
          def load(self, folder):
              pass

          def predict(self, batch):
              return [[] for _ in batch]
      """
    let adapter = try await PythonFile(text).start()
    let error = await refusal { try await AdaptedModel("net", in: home.store, adapter: adapter).trainModel() }
    #expect(error?.what == "the adapter 'Small' can't train" && error?.why.contains("load, predict") == true)
    let empty = try await AdaptedModel("net", in: home.store, adapter: adapter).predictDataset()
    #expect(empty.results.allSatisfy { $0.value == [] })
    await adapter.stop()
  }
}
