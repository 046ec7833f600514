// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import Files
internal import FoundationEssentials
internal import Galley
internal import Statistics
internal import Tensors

/// A table of small images with the same columns, each with the same range of values.
struct TableStandIn: StandInMaker {
  let format = "image-table"
  let labels: [String]
  private let options: ImageTable.Options
  private let columns: [String]
  private let ranges: [ClosedRange<UInt8>]

  init(_ options: ImageTable.Options, _ path: String, _ folder: String) throws {
    self.options = options
    // The data set's own reader tells what is wrong with it.
    labels = try ImageTable(options).items(relativeTo: folder).labels
    guard let bytes = try? Data(contentsOf: URL(filePath: path)) else {
      throw GalleyError(.missingInput, "can't read the data set", at: path, why: "it may not be read")
    }
    var records = CSVRecords([UInt8](bytes))
    do throws(CSVRecords.Fault) {
      _ = try records.next()
      columns = try records.texts()
      var ranges: [ClosedRange<UInt8>?] = Array(repeating: nil, count: max(0, columns.count - 2))
      while try records.next() {
        guard records.count == columns.count else { continue }
        for index in ranges.indices {
          guard let value = records.byte(index + 2) else { continue }
          ranges[index] = ranges[index].map { min($0.lowerBound, value)...max($0.upperBound, value) } ?? value...value
        }
      }
      self.ranges = ranges.map { $0 ?? 0...0 }
    } catch {
      throw GalleyError(.badData, "can't read the table", at: "\(path):\(records.line)", why: error.description)
    }
  }

  var groupCount: Int { labels.count }

  var details: [String] {
    let size = "\(options.height)×\(options.width)×\(options.channels)"
    return ["a CSV file with \(columns.count) columns, \(size) pixel values from 0 to \(options.maximum)"]
  }

  func described(perGroup count: Int) throws -> DescribedItems {
    let classes = labels.indices.flatMap { Array(repeating: $0, count: count) }
    // Bytes that differ: equal items in two subsets are refused.
    let inputs = try Tensor(classes.indices.map { Int32(truncatingIfNeeded: $0) }, shape: [classes.count, 1])
    return try DescribedItems(
      LabeledItems(ids: classes.indices.map(Self.id), inputs: inputs, classes: classes, labels: labels))
  }

  func write(to folder: String, perGroup count: Int, seed: UInt64) throws -> String {
    var generator = SeededGenerator(seed: seed)
    var text = CSVRecords.line(columns) + "\n"
    var number = 0
    for _ in 0..<count {
      for label in labels {
        let values = ranges.map { String(UInt8.random(in: $0, using: &generator)) }
        text += CSVRecords.line([Self.id(number), label] + values) + "\n"
        number += 1
      }
    }
    let path = "\(folder)/stand-in.csv"
    do throws(FileError) {
      try AtomicFile.write(Data(text.utf8), to: path)
    } catch {
      throw GalleyError(writing: error, "can't write made-up data")
    }
    return path
  }

  private static func id(_ number: Int) -> String { "stand-in-\(number + 1)" }
}
