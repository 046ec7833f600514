// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Images

/// A small set of photographs as people have them: JPEG and PNG, of different sizes, in colour and grey.
struct ImageSet {
  /// Files by their path in the set.
  var files: [(path: String, bytes: [UInt8])] = []

  static let labels = ["round", "striped"]

  /// Images of two classes that a small network can tell apart.
  /// - Parameter subsets: how many images of each class a subset has; under an empty name there is no folder of a
  ///   subset.
  init(_ subsets: [(name: String, count: Int)]) throws {
    var number = 0
    for (subset, count) in subsets {
      for (label, name) in Self.labels.enumerated() {
        for _ in 0..<count {
          number += 1
          let isJPEG = number % 3 != 0
          let image = try Self.image(number, label)
          let bytes = try image.encoded(as: isJPEG ? .jpeg(quality: 90) : .png())
          let folder = subset.isEmpty ? name : "\(subset)/\(name)"
          files.append(("\(folder)/picture \(number).\(isJPEG ? "jpg" : "png")", bytes))
        }
      }
    }
  }

  /// A disc or stripes, somewhere, in a size and shades of its own.
  private static func image(_ number: Int, _ label: Int) throws -> Image {
    let (width, height) = (20 + number * 7 % 17, 18 + number * 5 % 23)
    let isGray = number % 4 == 1
    let (dark, light) = (20 + number * 11 % 60, 170 + number * 13 % 80)
    let (x0, y0) = (width / 2 + number % 3, height / 2 - number % 2)
    let radius = min(width, height) / 3
    var bytes: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        let (dx, dy) = (x - x0, y - y0)
        let isInside = label == 0 ? dx * dx + dy * dy < radius * radius : (y + number) / 3 % 2 == 0
        let value = isInside ? light : dark
        bytes += isGray ? [UInt8(value)] : [UInt8(value), UInt8(max(0, value - number % 40)), UInt8(value / 2)]
      }
    }
    return try Image(width: width, height: height, format: isGray ? .gray : .rgb, bytes: bytes)
  }

  /// Writes the files below a folder.
  func write(to folder: String) throws {
    for (path, bytes) in files {
      let url = URL(filePath: "\(folder)/\(path)")
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(bytes).write(to: url)
    }
  }

  /// Packs the files with Python's `zipfile` or `tarfile`, which nobody here wrote.
  func pack(as name: String, in folder: String) throws {
    try write(to: "\(folder)/packing")
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments =
      name.hasSuffix(".zip")
      ? ["python3", "-m", "zipfile", "-c", "../\(name)"] : ["python3", "-m", "tarfile", "-c", "../\(name)"]
    process.arguments? += Set(files.compactMap { $0.path.split(separator: "/").first.map(String.init) }).sorted()
    process.currentDirectoryURL = URL(filePath: "\(folder)/packing")
    try process.run()
    process.waitUntilExit()
    try FileManager.default.removeItem(atPath: "\(folder)/packing")
  }
}
