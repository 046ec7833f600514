// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Tensors
import Testing
import WorkerProtocol
import Workers

@Suite struct DatasetTests {
  /// The first data set of a file.
  private func dataset(
    _ bench: Workbench, _ file: String, _ options: [String: ConfigurationValue] = [:]
  ) async throws -> any Dataset {
    let worker = try await WorkerRegister(home: bench.home).add(bench.program(file))
    let card = try #require(worker.cards(.data).first)
    let registry = Registry<any Dataset>([
      .init(card) { WorkerDataset(WorkerDataset.Options(offer: worker.offer(card, $0))) }
    ])
    let entry = try #require(registry.entry(named: card.name))
    return try entry.make(IngredientChoice(card.name, options: options))
  }

  @Test func readsItemsWithSubsets() async throws {
    let bench = try Workbench()
    defer { bench.remove() }
    try bench.write(Workbench.dataset, "stripes.py")
    let dataset = try await dataset(bench, "stripes.py", ["count": 6])
    let described = try await dataset.described(relativeTo: bench.folder)
    #expect(described.items.ids == (0..<6).map { "s\($0)" })
    #expect(described.items.labels == ["upright", "lying"] && described.items.classes == [0, 1, 0, 1, 0, 1])
    #expect(described.items.inputs.shape == [6, 8, 8, 1] && described.items.inputs.elementType == .uint8)
    #expect(described.items.inputs.bytes.prefix(8) == [0, 255, 0, 255, 0, 255, 0, 255])
    #expect(described.dataset.items.map(\.subset) == ["train", "train", "test", "test", "train", "train"])
    #expect(try await dataset.preprocessing == Preprocessing(layout: .nchw, scale: 1 / 255))
    let description = try await dataset.description(relativeTo: bench.folder)
    #expect(description.name == "stripes" && description.licence == "CC0-1.0")
  }

  @Test func oneProcessTellsItemsAndDescription() async throws {
    let bench = try Workbench()
    defer { bench.remove() }
    try bench.write(Workbench.dataset + "\nopen(__file__ + '.starts', 'a').write('x')\n", "stripes.py")
    func starts() throws -> Int { try Data(contentsOf: URL(filePath: "\(bench.folder)/stripes.py.starts")).count }
    let first = try await dataset(bench, "stripes.py", ["count": 6])
    #expect(try starts() == 1)
    _ = try await first.described(relativeTo: bench.folder)
    #expect(try await first.description(relativeTo: bench.folder).name == "stripes")
    #expect(try starts() == 2)
    // Another of the same, as a report makes it.
    let worker = try WorkerRegister(home: bench.home).read("stripes")
    let card = try #require(worker.cards(.data).first)
    let again = WorkerDataset(WorkerDataset.Options(offer: worker.offer(card, ["count": 6])))
    #expect(try await again.description(relativeTo: bench.folder).licence == "CC0-1.0")
    #expect(try starts() == 2)
    // With other options it may say something else.
    let other = WorkerDataset(WorkerDataset.Options(offer: worker.offer(card, ["count": 8])))
    #expect(try await other.description(relativeTo: bench.folder).name == "stripes")
    #expect(try starts() == 3)
  }

  @Test func optionsAreCheckedByTheCard() async throws {
    let bench = try Workbench()
    defer { bench.remove() }
    try bench.write(Workbench.dataset, "stripes.py")
    for options: [String: ConfigurationValue] in [["count": 1], ["count": "x"], ["cout": 4]] {
      let error = await #expect(throws: GalleyError.self) { try await self.dataset(bench, "stripes.py", options) }
      #expect(error?.exitCode == .configuration)
    }
  }

  @Test(arguments: [
    ("[\"a\", \"a\"]", "[0, 0]", "[\"x\"]", "None", "twice"),
    ("[\"a\"]", "[0, 0]", "[\"x\"]", "None", "belong together"),
    ("[\"a\", \"b\"]", "[0, 1]", "[\"x\"]", "None", "label"),
    ("[\"a\", \"b\"]", "[0, 0]", "[\"x\"]", "[\"train\", \"all\"]", "'all'"),
    ("[\"a\", \"b\"]", "1 / 0", "[\"x\"]", "None", "ZeroDivisionError"),
  ])
  func aWrongDataSetIsOneSentence(
    ids: String, classes: String, labels: String, subsets: String, words: String
  ) async throws {
    let bench = try Workbench()
    defer { bench.remove() }
    try bench.write(
      """
      import galley

      class Wrong(galley.Dataset):
          taxonomy = "data.classification.wrong"

          def items(self):
              return galley.LabeledItems(
                  \(ids), SHAPED(bytes(8)), \(classes), \(labels), \(subsets))

      def SHAPED(flat):
          try:
              import numpy
          except ImportError:
              return galley.Tensor(flat, "uint8", (2, 2, 2, 1))
          return numpy.frombuffer(flat, dtype=numpy.uint8).reshape(2, 2, 2, 1)
      """, "wrong.py")
    let dataset = try await dataset(bench, "wrong.py")
    let error = await #expect(throws: GalleyError.self) { try await dataset.items(relativeTo: "/") }
    #expect(error?.exitCode == .badData && error?.why.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test func aWorkerThatDiesIsOneSentence() async throws {
    let bench = try Workbench()
    defer { bench.remove() }
    try bench.write(
      """
      import os, galley

      class Dying(galley.Dataset):
          taxonomy = "data.classification.dying"

          def items(self):
              print("last words", flush=True)
              os.kill(os.getpid(), 9)
      """, "dying.py")
    let dataset = try await dataset(bench, "dying.py")
    let error = await #expect(throws: GalleyError.self) { try await dataset.items(relativeTo: "/") }
    #expect(error?.description.contains("9") == true && error?.description.contains("last words") == true)
  }
}

@Suite struct TensorBlockTests {
  private func block(
    _ bench: Workbench, byteCount: Int = 256, _ tensors: [TensorBlock.Place]
  ) throws -> TensorBlock {
    let path = "\(bench.folder)/memory"
    try Data((0..<256).map { UInt8($0) }).write(to: URL(filePath: path))
    let place = try JSONSerialization.data(withJSONObject: ["path": path, "byteCount": byteCount])
    let memory = try JSONDecoder().decode(TensorBlock.Memory.self, from: place)
    let document = try JSONEncoder().encode(["tensors": tensors])
    let whole = try JSONSerialization.data(withJSONObject: [
      "memory": JSONSerialization.jsonObject(with: JSONEncoder().encode(memory)),
      "tensors": (JSONSerialization.jsonObject(with: document) as? [String: Any])?["tensors"] ?? [],
    ])
    return try JSONDecoder().decode(TensorBlock.self, from: whole)
  }

  private func place(_ type: ElementType, _ shape: [Int], _ offset: Int) throws -> TensorBlock.Place {
    let document: [String: Any] = ["name": "t", "elementType": type.rawValue, "shape": shape, "offset": offset]
    return try JSONDecoder().decode(
      TensorBlock.Place.self, from: JSONSerialization.data(withJSONObject: document))
  }

  @Test func copiesTensors() throws {
    let bench = try Workbench()
    defer { bench.remove() }
    let tensors = try block(bench, [place(.uint8, [2, 3], 64), place(.uint16, [2], 128), place(.uint8, [0], 0)]).read()
    #expect(tensors.map(\.value.bytes) == [[64, 65, 66, 67, 68, 69], [128, 129, 130, 131], []])
  }

  @Test func refusesWhatLiesOutside() throws {
    let bench = try Workbench()
    defer { bench.remove() }
    for wrong in [
      try place(.uint8, [2], 63), try place(.uint8, [193], 64), try place(.uint8, [-1], 0),
      try place(.uint8, [Int.max, Int.max], 0), try place(.uint8, [1], -64), try place(.uint8, [1], Int.max - 63),
    ] {
      #expect(throws: GalleyError.self) { try block(bench, [wrong]).read() }
    }
    #expect(throws: GalleyError.self) { try block(bench, byteCount: 512, [place(.uint8, [400], 0)]).read() }
    #expect(throws: GalleyError.self) { try block(bench, byteCount: 1, [place(.uint8, [2], 0)]).read() }
  }
}
