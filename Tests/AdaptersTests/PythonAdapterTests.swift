// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Adapters
import Foundation
import Galley
import Images
import Platform
import Synchronization
import Testing

/// Answers each picture with its first byte, unless the configuration's `faults` say what to do with that shade.
private let faulty = """
  import os, sys, time
  import galley

  class Faulty(galley.ModelAdapter):
      batch_size = 8
      options = {"faults": galley.Option("", "What goes wrong, as 'shade:fault' with spaces between.")}

      def load(self, folder):
          words = self.configuration["faults"].split()
          self.faults = dict(word.split(":") for word in words)
          if "load" in self.faults:
              os._exit(3)

      def predict(self, batch):
          with open(os.environ["NOTE"], "a") as note:
              note.write(f"{len(batch)}\\n")
          answers = []
          for image in batch:
              shade = str(bytes(image[0][0])[0] if not hasattr(image, "data") or hasattr(image, "dtype") else image.data[0])
              fault = self.faults.get(shade)
              if fault == "raise":
                  raise ValueError(f"no idea of {shade}")
              if fault == "die":
                  os.kill(os.getpid(), 9)
              if fault == "hang":
                  time.sleep(3600)
              if fault == "print":
                  print("printed by", shade)
                  os.system("echo said by a child")
              if fault == "fewer":
                  continue
              if fault == "none":
                  answers.append(None)
                  continue
              if fault == "sure":
                  answers.append([galley.Classification(shade, confidence=3)])
                  continue
              answers.append([galley.Classification(shade, confidence=0.5)])
          return answers
  """

@Suite struct PythonAdapterTests {
  private func predict(
    _ faults: String, count: Int = 16, damaged: Set<Int> = [], settings: AdapterSettings = AdapterSettings()
  ) async throws -> (report: PredictionReport, file: PythonFile) {
    let home = try TemporaryStore()
    let ids = try home.pictures(count, damaged: damaged)
    try home.model(configuration: ["faults": .string(faults)])
    let file = try PythonFile(faulty)
    let adapter = try await file.start()
    let report = try await AdaptedModel("net", in: home.store, adapter: adapter, settings: settings).predictItems(ids)
    await adapter.stop()
    for (index, result) in report.results.enumerated() {
      guard let found = result.value else { continue }
      #expect(found == [PredictedAnnotation("\(index)", confidence: 0.5)])
      let kept = try home.store.predictions(ofItem: result.id)
      #expect(kept.map(\.label) == ["\(index)"] && kept.map(\.origin) == [.model(report.model)])
      #expect(try home.store.annotations(ofItem: result.id).isEmpty)
    }
    return (report, file)
  }

  @Test func thePredictionsOfAPythonFileAreTheModels() async throws {
    let (report, file) = try await predict("", count: 20, damaged: [13])
    #expect(report.counts.ok == 19 && report.results[13].failure?.stage == .prepare)
    #expect(try String(contentsOfFile: file.note, encoding: .utf8) == "8\n8\n3\n")
  }

  @Test func oneThatRaisesCostsTheGuiltyItem() async throws {
    let (report, file) = try await predict("5:raise")
    #expect(report.counts.ok == 15)
    let reason = try #require(report.results[5].failure?.reason)
    #expect(reason.contains("ValueError: no idea of 5") && reason.contains("adapter.py:"), "\(reason)")
    #expect(file.log.contains { $0.contains("Traceback") })
  }

  @Test func oneThatDiesIsStartedAnew() async throws {
    let (report, _) = try await predict("3:die 12:die")
    #expect(report.counts.ok == 14 && report.ended == nil)
    #expect(report.results[3].failure?.reason.contains("SIGKILL") == true)
  }

  @Test func oneThatDiesWithEverythingIsGivenUp() async throws {
    let faults = (0..<16).map { "\($0):die" }.joined(separator: " ")
    let (report, _) = try await predict(faults)
    #expect(report.counts.ok == 0 && report.ended?.why.contains("3 items in a row") == true)
    #expect(report.results[15].skipped != nil && report.swap == nil)
  }

  @Test func oneThatHangsIsKilledAndTheOthersGoOn() async throws {
    let settings = AdapterSettings(batchSize: 2, deadline: .seconds(8), patience: .seconds(60))
    let (report, _) = try await predict("2:hang", count: 4, settings: settings)
    #expect(report.counts.ok == 3)
    #expect(report.results[2].failure?.reason.contains("took longer") == true)
  }

  @Test func whatItPrintsGoesToTheLog() async throws {
    let (report, file) = try await predict("2:print")
    #expect(report.counts.ok == 16)
    #expect(file.log.contains("printed by 2") && file.log.contains("said by a child"))
  }

  @Test func aWrongNumberOrAnEmptyAnswerIsSaid() async throws {
    let (report, _) = try await predict("1:fewer 9:none 10:sure")
    for result in report.results[0..<8] {
      #expect(result.failure?.reason == "the adapter 'Faulty' gave 7 predictions for 8 items")
    }
    #expect(report.results[9].skipped == "the adapter gave no prediction for it")
    #expect(report.results[10].failure != nil)
    #expect(report.counts.ok == 6)
  }

  @Test func aDeathAtLoadIsAnErrorOfTheRun() async throws {
    let error = await refusal { try await predict("load:die") }
    #expect(error?.what.contains("failed during 'adapter.load'") == true && error?.why.contains("exit code 3") == true)
  }

  @Test func whatCannotBeImportedNamesTheLine() async throws {
    let broken = await refusal { try await PythonFile("import galley\nimport nonsense_of_nobody\n").start() }
    #expect(broken?.exitCode == .badData && broken?.place?.hasSuffix("adapter.py:2") == true)
    #expect(broken?.why.contains("ModuleNotFoundError") == true)
    let empty = await refusal { try await PythonFile("x = 1\n").start() }
    #expect(empty != nil)
    let missing = await refusal {
      try await PythonAdapter.start(HostProgram(executable: "/no/such/python", arguments: ["x.py"]))
    }
    #expect(missing?.exitCode == .unavailable)
  }

  /// The bytes that Python sees are those of the images, whether they share a size or not.
  @Test func imagesArriveAsTheyAre() async throws {
    let text = """
      import galley, zlib

      class Summing(galley.ModelAdapter):
          def load(self, folder):
              pass

          def predict(self, batch):
              rows = []
              for image in batch:
                  data = image.tobytes() if hasattr(image, "tobytes") else bytes(image.data)
                  shape = getattr(image, "shape", None) or (image.height, image.width, 3)
                  rows.append([galley.Classification(f"{zlib.crc32(data)} {shape[0]}x{shape[1]}")])
              return rows
      """
    let home = try TemporaryStore()
    try home.store.createDataset("pictures")
    var expected: [String] = []
    var drafts: [ItemDraft] = []
    for index in 0..<9 {
      let (width, height) = index < 4 ? (31, 17) : (index * 3, 40 - index)
      let bytes = (0..<(width * height * 3)).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ index &+ $0 / 255) }
      let image = try Image(width: width, height: height, format: .rgb, bytes: bytes)
      drafts.append(ItemDraft(path: TemporaryStore.path(index), content: .bytes(Data(try image.encoded(as: .png())))))
      expected.append("\(crc32(bytes)) \(height)x\(width)")
    }
    let ids = try home.store.addItems(drafts, to: "pictures").compactMap(\.id)
    try home.model()
    let adapter = try await PythonFile(text).start()
    let report = try await AdaptedModel("net", in: home.store, adapter: adapter).predictItems(ids)
    await adapter.stop()
    #expect(report.results.map { $0.value?.first?.label } == expected)
  }

  @Test func vectorsComeThroughSharedMemory() async throws {
    let text = """
      import galley

      class Vectors(galley.ModelAdapter):
          output_type = "embedding"
          batch_size = 4

          def load(self, folder):
              pass

          def predict(self, batch):
              return [None for _ in batch]

          def embed(self, batch):
              vectors = [[float(index), 0.5, -1.0] for index, _ in enumerate(batch)]
              if len(batch) == 2:
                  vectors[1] = [1.0]
              return vectors
      """
    let home = try TemporaryStore()
    let ids = try home.pictures(6)
    try home.model(outputType: "embedding")
    let adapter = try await PythonFile(text).start()
    let report = try await AdaptedModel("net", in: home.store, adapter: adapter).embedItems(ids)
    await adapter.stop()
    #expect(
      report.results.map(\.value) == [[0, 0.5, -1], [1, 0.5, -1], [2, 0.5, -1], [3, 0.5, -1], [0, 0.5, -1], nil])
    #expect(report.results[5].failure == AdapterFailure(.embed, "its vector has 1 numbers, and 3 are expected"))
  }

  /// A worker that claims more memory than there is, or more rows than anybody has.
  @Test(arguments: [
    ("/dev/null", 1 << 62, [1, 1 << 60], "no memory and no file"),
    ("/etc/passwd", 1 << 62, [1, 1 << 60], "the block claims"),
    ("", 0, [1 << 50, 0], "no numbers"),
    ("", 0, [-1, -4], "negative or too large"),
  ])
  func aWorkerThatClaimsTooMuchIsRefused(
    _ path: String, _ byteCount: Int, _ shape: [Int], _ why: String
  ) async throws {
    let place = #"{"name": "e", "elementType": "float32", "shape": \#(shape), "offset": 0}"#
    let block = #"{"memory": {"path": "\#(path)", "byteCount": \#(byteCount)}, "tensors": [\#(place)]}"#
    let text = """
      import json, sys

      card = {"name": "liar", "functions": ["load", "predict", "embed"], "outputType": "embedding", "options": []}
      description = {"protocolVersion": 1, "name": "liar", "version": "1", "methods": [], "adapter": card}
      for line in sys.stdin:
          request = json.loads(line)
          if "id" in request:
              result = {"initialize": description, "describe": description}.get(request["method"], {})
              if request["method"] == "adapter.embed":
                  result = {"embeddings": json.loads(sys.argv[1])}
              print(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}), flush=True)
          if request["method"] == "shutdown":
              break
      """
    let home = try TemporaryStore()
    let ids = try home.pictures(1)
    try home.model(outputType: "embedding")
    let adapter = try await PythonAdapter.start(HostProgram(executable: "python3", arguments: ["-c", text, block]))
    let report = try await AdaptedModel("net", in: home.store, adapter: adapter).embedItems(ids)
    await adapter.stop()
    let reason = try #require(report.results[0].failure?.reason)
    #expect(reason.contains(why), "\(reason)")
  }

  @Test func anItemThatPythonCannotPrepareCostsItself() async throws {
    let text = """
      import galley

      class Choosy(galley.ModelAdapter):
          input_type = "text"

          def load(self, folder):
              pass

          def prepare_item(self, item):
              text = item.text()
              if "bad" in text:
                  raise ValueError("a bad word")
              return text.upper()

          def predict(self, batch):
              return [[galley.Classification(text)] for text in batch]
      """
    let home = try TemporaryStore()
    try home.store.createDataset("pictures")
    let words = ["a", "bad b", "ç 猫", "d"]
    let drafts = words.enumerated().map { ItemDraft(path: "/\($0).txt", content: .bytes(Data($1.utf8))) }
    let ids = try home.store.addItems(drafts, to: "pictures").compactMap(\.id)
    try home.model()
    let adapter = try await PythonFile(text).start()
    let report = try await AdaptedModel("net", in: home.store, adapter: adapter).predictItems(ids)
    await adapter.stop()
    #expect(report.results.map { $0.value?.first?.label } == ["A", nil, "Ç 猫", "D"])
    #expect(report.results[1].failure?.stage == .prepare)
    #expect(report.results[1].failure?.reason.contains("a bad word") == true)
  }
}

/// CRC-32 as zlib has it (polynomial EDB88320, ISO 3309).
private func crc32(_ bytes: [UInt8]) -> UInt32 {
  ~bytes.reduce(~UInt32(0)) { sum, byte in
    var sum = sum ^ UInt32(byte)
    for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
    return sum
  }
}
