// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Galley
import SPPR
import Testing

/// Spoilt recipes end in an error, in findings, or in what can be written and read again; never in a crash.
@Suite struct FuzzTests {
  enum Layer: CaseIterable { case base64, zlib, yaml }

  @Test(arguments: Layer.allCases, 0..<8)
  func spoiltRecipesNeverCrash(layer: Layer, seed: Int) throws {
    var generator = SplitMix(state: UInt64(seed) * 3 + UInt64(layer.seed))
    let recipe = try SmallRecipe.recipe()
    let yaml = Array(recipe.document.yaml.utf8)
    let serialized = Array(try recipe.serialized())
    var outcomes: [Bool: Int] = [:]
    for _ in 0..<40 {
      let sound: Bool
      switch layer {
      case .base64: sound = try survives { try PortableRecipe(serialized: Data(generator.spoil(serialized))) }
      case .zlib:
        let packed = try #require(Data(base64Encoded: Data(serialized)))
        let spoilt = Data(generator.spoil(Array(packed))).base64EncodedData()
        sound = try survives { try PortableRecipe(serialized: spoilt) }
      case .yaml:
        let spoilt = String(decoding: generator.spoil(yaml), as: UTF8.self)
        sound = try survives { try PortableRecipe(PortableDocument(yaml: spoilt)) }
      }
      outcomes[sound, default: 0] += 1
    }
    #expect(outcomes[false, default: 0] > 0)
  }

  /// Whether the recipe could be read; what can be read can be checked, shown, written and read again.
  private func survives(_ read: () throws -> PortableRecipe) throws -> Bool {
    let recipe: PortableRecipe
    do {
      recipe = try read()
    } catch let error as GalleyError {
      #expect(error.exitCode == .badData)
      #expect(!error.why.isEmpty)
      return false
    }
    _ = (recipe.check(), recipe.values, recipe.tree?.description)
    var renumbered = recipe
    renumbered.renumber()
    let again = try PortableRecipe(serialized: recipe.serialized())
    #expect(again.document.yaml == recipe.document.yaml)
    return true
  }
}

extension FuzzTests.Layer {
  fileprivate var seed: Int {
    switch self {
    case .base64: 0
    case .zlib: 1
    case .yaml: 2
    }
  }
}

/// SplitMix64 (Steele, Lea, Flood 2014).
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  private static let insertions = [
    " ", "\n", "- ", ": ", "? ", "[", "]", "{", "}", "&a ", "*a", "'", "\"", "|\n", ">\n", "#", "<<: ", "!!int ", "\t",
    "~", "---\n", "=", "\u{2028}", "0x", "1:2", "root: ", "\\",
  ].map { Array($0.utf8) }

  /// Flips, drops, doubles, inserts or cuts, one to four times.
  mutating func spoil(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0...Int.random(in: 0..<4, using: &self) {
      let place = Int.random(in: 0...bytes.count, using: &self)
      let end = min(bytes.count, place + Int.random(in: 1...8, using: &self))
      switch Int.random(in: 0..<8, using: &self) {
      case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &self)
      case 1: bytes.removeSubrange(place..<end)
      case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
      case 3: bytes.removeSubrange(place...)
      default: bytes.insert(contentsOf: Self.insertions.randomElement(using: &self) ?? [], at: place)
      }
    }
    return bytes
  }
}
