// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Backends
import Datasets
import Foundation
import Galley
import NativeLibraries
import Statistics
import Tensors
import Testing
import Torch

/// The handwritten digits of Examples/digits in three parts, and LibTorch.
enum Digits {
  static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  static let opened = Result<TorchLibrary, any Error> {
    let isNamed = ProcessInfo.processInfo.environment[NativeLibraryLocator.variable] != nil
    let folder = package.appending(path: ".native").path()
    return try TorchLibrary.open(isNamed ? NativeLibraryLocator() : NativeLibraryLocator(explicit: folder))
  }

  static var absence: Comment {
    switch opened {
    case .success: "LibTorch is there"
    case .failure(let error): "\(error)"
    }
  }

  static var isAvailable: Bool { (try? opened.get()) != nil }
  static var library: TorchLibrary { get throws { try opened.get() } }

  /// Every row: 64 pixels scaled to 0...1, and the digit; in an order that a seed gives.
  private static let rows = Result {
    let path = package.appending(path: "Examples/digits/data/digits.csv").path()
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").dropFirst()
    let rows = lines.map { line in line.split(separator: ",").dropFirst().compactMap { Float($0) } }
    var generator = SeededGenerator(seed: 1)
    return generator.shuffled(rows.filter { $0.count == 65 })
  }

  static func items(_ range: Range<Int>) throws -> TrainingItems {
    let rows = try rows.get()[range]
    let pixels = rows.flatMap { $0.dropFirst().map { $0 / 16 } }
    return try TrainingItems(
      ids: range.map { "digit-\($0)" }, inputs: Tensor(pixels, shape: [rows.count, 1, 8, 8]),
      classes: rows.map { Int($0[0]) })
  }

  static let labels = (0...9).map { "\($0)" }

  /// Digits in memory.
  static func data(_ training: Range<Int> = 0..<200, _ validation: Range<Int>? = 200..<300) throws -> TrainingData {
    try TrainingData(items(training), validatingOn: validation.map(items), labels: labels)
  }

  /// The same digits as images of whole numbers, which can be varied in all ways.
  static func images(_ training: Range<Int> = 0..<200, _ validation: Range<Int>? = 200..<300) throws -> TrainingData {
    let preprocessing = Preprocessing(scale: 1 / 16)
    func source(_ range: Range<Int>) throws -> TrainingData.Source {
      .images(try TrainingItem.items(of: labeled(range)), preprocessing)
    }
    return try TrainingData(
      training: source(training), validation: validation.map(source), labels: labels)
  }

  /// Digits as a data set gives them.
  static func labeled(_ range: Range<Int>) throws -> LabeledItems {
    let items = try items(range)
    let pixels = try items.inputs.values(as: Float.self).map { UInt8($0 * 16) }
    return try LabeledItems(
      ids: items.ids, inputs: Tensor(pixels, shape: [items.count, 8, 8, 1]), classes: items.classSets.map { $0[0] },
      labels: labels)
  }
}
