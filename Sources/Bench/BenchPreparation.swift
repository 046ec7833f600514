// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
public import ModelFiles

/// What a user says of the models that are to be measured, as texts from a command line.
public struct BenchMeaning: Sendable, Hashable {
  /// A data set or samples on this machine; `nil` for drawn inputs.
  public var data: String?
  /// What the user says of what models expect.
  public var expectation: ExpectationOptions
  /// Whether items with the same bytes in two of the data set's subsets are a declared exception.
  public var allowsDuplicates: Bool
  /// Whether judged items reach the target as the image files that they are, and are decoded there.
  public var decodesOnTarget: Bool

  /// Says what is known.
  public init(
    data: String? = nil, expectation: ExpectationOptions = ExpectationOptions(), allowsDuplicates: Bool = false,
    decodesOnTarget: Bool = false
  ) {
    self.decodesOnTarget = decodesOnTarget
    self.data = data
    self.expectation = expectation
    self.allowsDuplicates = allowsDuplicates
  }
}

/// Reads the models of a bench, finds out what they expect, and prepares their data.
public struct BenchPreparation: Sendable {
  let meaning: BenchMeaning
  let folder: String
  let seed: UInt64

  /// Prepares a bench.
  /// - Parameters:
  ///   - meaning: What the user says.
  ///   - folder: Takes prepared data; it must exist.
  ///   - seed: Seed of splits.
  public init(meaning: BenchMeaning, folder: String, seed: UInt64) {
    self.meaning = meaning
    self.folder = folder
    self.seed = seed
  }

  /// Describes the models at `paths`, in their order.
  /// - Throws: `GalleyError` that names the first file that is no model, or what of its meaning doesn't fit the data.
  public func models(_ paths: [String]) throws -> [BenchModel] {
    var names: Set<String> = []
    return try paths.map { path in
      let description = try ModelDescription(of: path)
      var model = try BenchModel(path, description, name: Self.name(of: path, among: &names))
      if let data = meaning.data { try give(data, to: &model, description) }
      return model
    }
  }

  /// The file's name without its suffix; a number follows if another model has it already.
  private static func name(of path: String, among names: inout Set<String>) -> String {
    let file = path.split(separator: "/").last.map(String.init) ?? path
    let stem = file.lastIndex(of: ".").map { String(file[..<$0]) } ?? file
    let base = stem.isEmpty ? "model" : stem
    var name = base
    var number = 2
    while !names.insert(name).inserted {
      name = "\(base)-\(number)"
      number += 1
    }
    return name
  }
}

extension ModelDescription {
  /// The precision of weights and activations in a word: that of quantized weights, or else that of most constants.
  var precision: String {
    if let type = quantization?.weightTypes.first { return type }
    return parameters.first { $0.elementType != "int64" }?.elementType ?? "float32"
  }
}
