// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import Recipes
import Testing

/// A folder with the data file that the fixture's recipe names.
private struct Place: ~Copyable {
  let folder: String

  init(data: String = "1,2") throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "galley-\(UUID().uuidString)")
      .path(percentEncoded: false)
    try AtomicFile.write(Data(data.utf8), to: "\(folder)/digits.csv")
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func file(_ text: String = CardFixture.complete) throws -> RecipeFile {
    try RecipeFile.read(text: text, path: "r.yaml", folder: folder, catalogue: CardFixture.catalogue())
  }

  func lock(_ text: String = CardFixture.complete, tools: [String: String] = ["libtorch": "2.13", "other": "1"]) throws
    -> RecipeLock
  {
    try RecipeLock(try file(text), tools: tools)
  }
}

@Suite struct RecipeLockTests {
  @Test func namesEverythingThatDecides() throws {
    let place = try Place()
    let text = CardFixture.complete
      .replacing("path: digits.csv", with: "path: digits.csv, normalization: imagenet")
      .replacing("width: 16", with: "pretrained: imagenet")
    let locked = try #require(try place.lock(text).variants.first)
    #expect(locked.tools == ["libtorch": "2.13"])
    #expect(locked.slots["data"]?.files["path"] == Digest(of: "1,2"))
    #expect(locked.slots["model.architecture"]?.version == SemanticVersion(2, 1, 0))
    #expect(locked.slots["model.architecture"]?.slots["pretrained"]?.artifacts == [CardFixture.weights])
    #expect(locked.slots["trainer"]?.options["epochs"] == 10)
  }

  @Test func recordsTheWholeDigestOfWhatWasFetched() throws {
    let place = try Place()
    let text = CardFixture.complete
      .replacing("path: digits.csv", with: "path: digits.csv, normalization: imagenet")
      .replacing("width: 16", with: "pretrained: imagenet")
    let lock = try RecipeLock(try place.file(text), tools: [:]) { _ in Digest(of: "weights") }
    let slot = lock.variants.first?.slots["model.architecture"]?.slots["pretrained"]
    #expect(slot?.artifacts.first?.digest == Digest(of: "weights"))
  }

  @Test func readsBackEqual() throws {
    let place = try Place()
    let lock = try place.lock(
      CardFixture.complete + "variants: [{name: a}, {name: b, set: {optimizer: int8, trainer.callbacks: {x: stop}}}]\n")
    let again = try RecipeLock(Data(lock.text().utf8), path: "r.lock")
    #expect(lock.differences(from: again) == [])
    #expect(again.differences(from: lock) == [])
    #expect(again.variants.map(\.digest) == lock.variants.map(\.digest))
  }

  @Test func isARecipeItself() throws {
    let place = try Place()
    let lock = try place.lock(
      CardFixture.complete + "variants: [{name: a}, {name: b, set: {optimizer: int8, trainer.callbacks: {x: stop}}}]\n")
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = String(decoding: try encoder.encode(lock.document()), as: UTF8.self)
    let again = try RecipeLock(try place.file(text), tools: ["libtorch": "2.13"])
    #expect(lock.differences(from: again) == [])
    #expect(again.variants.map(\.digest) == lock.variants.map(\.digest))
  }

  @Test(arguments: [
    ("seed: 7", "seed: 8", "seed: 7 → 8"),
    ("width: 16", "width: 17", "model.architecture.width: 16 → 17"),
    ("trainer: {batch: 8}", "trainer: {batch: 8}\noptimizer: int8", "optimizer: optimizer.none → optimizer.int8"),
    ("width: 16", "pretrained: none, width: 16", ""),
  ])
  func saysWhatDiffers(old: String, new: String, difference: String) throws {
    let place = try Place()
    let found = try place.lock().differences(from: place.lock(CardFixture.complete.replacing(old, with: new)))
    #expect(found.joined(separator: "\n") == difference)
  }

  @Test func dataAndToolsCount() throws {
    let place = try Place()
    let other = try Place(data: "1,3")
    let lock = try place.lock()
    #expect(try lock.differences(from: other.lock()).first?.hasPrefix("data.path: content ") == true)
    #expect(try lock.differences(from: place.lock(tools: ["libtorch": "2.14"])) == ["tool libtorch: 2.13 → 2.14"])
    let digest = lock.variants.first?.digest
    #expect(try place.lock(tools: ["libtorch": "2.14"]).variants.first?.digest != digest)
    #expect(try other.lock().variants.first?.digest != digest)
    #expect(try place.lock(tools: ["libtorch": "2.13", "other": "2"]).variants.first?.digest == digest)
  }

  @Test(arguments: [
    "", "{}", "[1]", "{\"format\": \"galley.recipe-lock/1\"}", "{\"format\": \"galley.recipe-lock/2\"}",
  ])
  func refusesOtherBytes(text: String) throws {
    let error = #expect(throws: GalleyError.self) { try RecipeLock(Data(text.utf8), path: "r.lock") }
    #expect(error?.exitCode == .badData)
    #expect(error?.place == "r.lock")
  }

  /// Damaged locks are read or refused, never a crash.
  @Test(arguments: 0..<4)
  func damagedLocksAreReadOrRefused(seed: Int) throws {
    let place = try Place()
    let original = Array(try place.lock().text().utf8)
    var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
    func next(_ bound: Int) -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(state % UInt64(bound))
    }
    for _ in 0..<200 {
      var bytes = original
      for _ in 0...next(4) {
        let position = next(bytes.count)
        if next(2) == 0 {
          bytes[position] = UInt8(next(256))
        } else {
          bytes.removeSubrange(position..<min(bytes.count, position + next(40)))
        }
      }
      do throws(GalleyError) {
        _ = try RecipeLock(Data(bytes), path: "r.lock").document()
      } catch {
        #expect(!error.why.isEmpty)
      }
    }
  }
}

@Suite struct RecipeDiffTests {
  private func differences(_ old: String, _ new: String) throws -> [String] {
    let place = try Place()
    let first = try #require(try place.file().variants.first).recipe
    let second = try #require(try place.file(CardFixture.complete.replacing(old, with: new)).variants.first).recipe
    return try RecipeDiff(first, second).differences.map {
      "\($0.path) \($0.kind.rawValue) \($0.left ?? "-") \($0.right ?? "-")"
    }
  }

  @Test(
    arguments: [
      ("seed: 7", "seed: 7", []),
      ("{use: net, width: 16}", "{width: 16, pretrained: none, use: model.classification.net}", []),
      (
        "batch: 8", "batch: 8, epochs: 11",
        ["trainer.epochs option 10 11", "trainer.note option trained with 10 epochs trained with 11 epochs"]
      ),
      ("batch: 8", "batch: 8, callbacks: {a: stop}", ["trainer.callbacks.a ingredient - stop"]),
      (
        "{use: net, width: 16}", "tiny",
        [
          "model.architecture ingredient model.classification.net model.classification.tiny",
          "model.architecture.height option 32 -", "model.architecture.width option 16 -",
          "model.architecture.pretrained ingredient none -",
        ]
      ),
    ] as [(String, String, [String])])
  func namesWhatMeansSomethingElse(old: String, new: String, expected: [String]) throws {
    #expect(try differences(old, new) == expected)
  }

  @Test func aMovedFileIsNoDifference() throws {
    let first = try Place()
    let second = try Place()
    let other = try Place(data: "9")
    let recipes = try [first.file(), second.file(), other.file()].map { try #require($0.variants.first).recipe }
    #expect(try RecipeDiff(recipes[0], recipes[1]).differences.isEmpty)
    #expect(try RecipeDiff(recipes[0], recipes[2]).differences.map(\.kind) == [.content])
  }
}
