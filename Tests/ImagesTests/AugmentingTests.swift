// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Images
import Testing

/// Augmentations with given parameters beside torchvision's functional forms. The table that is printed shows what was
/// found for each.
@Suite struct AugmentingTableTests {
  private struct Case: Decodable {
    var operation: String
    var parameters: [Double]
    var bound: Int
    var share: Double
  }
  private struct Marks: Decodable {
    var operation: String
    var parameters: [Double]
    var boxes: [[Double]]
  }

  /// Applies an operation that the peer names.
  private func apply(_ operation: String, _ p: [Double], to scene: Scene) throws -> Scene {
    var scene = scene
    var random = ItemRandom(seed: 1, id: "a", epoch: 0)
    let image = scene.image
    switch operation {
    case "horizontalFlip": return try HorizontalFlip(probability: 1).apply(to: scene, random: &random)
    case "verticalFlip": return try VerticalFlip(probability: 1).apply(to: scene, random: &random)
    case "brightness": scene.image = image.brightness(p[0])
    case "contrast": scene.image = image.contrast(p[0])
    case "saturation": scene.image = image.saturation(p[0])
    case "sharpness": scene.image = image.sharpness(p[0])
    case "hue": scene.image = image.hue(p[0])
    case "posterize": scene.image = image.posterized(bits: Int(p[0]))
    case "solarize": scene.image = image.solarized(threshold: p[0])
    case "autocontrast": scene.image = image.autocontrasted
    case "equalize": scene.image = image.equalized
    case "invert": scene.image = image.inverted
    case "blur": scene.image = try image.blurred(size: Int(p[0]), deviation: p[1])
    case "affine":
      let map = try AffineMap(
        center: Point(x: Double(image.width) / 2, y: Double(image.height) / 2), angle: p[0],
        shift: Point(x: p[1], y: p[2]), scale: p[3], shear: Point(x: p[4], y: p[5]))
      return try scene.moved(by: map, isSmooth: p[6] == 1)
    case "erase":
      scene.image = try image.erased(
        columns: Int(p[0])..<Int(p[0] + p[2]), rows: Int(p[1])..<Int(p[1] + p[3]), color: [UInt8(p[4])])
    case "resizedCrop":
      return try scene.cropped(
        columns: Int(p[0])..<Int(p[0] + p[2]), rows: Int(p[1])..<Int(p[1] + p[3]), to: PixelSize(width: 32, height: 32))
    default:
      let name = try #require(operation.split(separator: " ").last)
      let change = try #require(RandAugment.Operation(rawValue: String(name)))
      return try RandAugment(magnitude: Int(p[0])).apply(change, sign: p[1], to: scene)
    }
    return scene
  }

  @Test(.enabled(if: Peer.hasTorchvision, "\(Peer.absence)"))
  func `images and boxes are torchvision's within the bound of each`() throws {
    let folder = try TemporaryFolder()
    try Peer.run("augmenting_peer.py", [folder.url.path])
    let image = try Image(width: 61, height: 43, format: .rgb, bytes: try folder.bytes("image.raw"))
    var table: [(name: String, bound: String, found: Distance)] = []
    for (index, expected) in try folder.decoded("cases.json", as: [Case].self).enumerated() {
      let result = try apply(expected.operation, expected.parameters, to: Scene(image)).image
      let pixels = try folder.bytes("\(index).out")
      let distance = Distance(result, pixels.map(UInt16.init))
      let beyond = zip(result.bytes, pixels).count { abs(Int($0) - Int($1)) > expected.bound }
      #expect(
        Double(beyond) <= expected.share * Double(pixels.count),
        "\(expected.operation) \(expected.parameters): \(beyond) samples beyond \(expected.bound); \(distance)")
      let bound = "≤ \(expected.bound) for \(100 - expected.share * 100) %"
      if let row = table.firstIndex(where: { $0.name == expected.operation && $0.bound == bound }) {
        table[row].found.merge(distance)
      } else {
        table.append((expected.operation, bound, distance))
      }
    }
    print("Augmentations beside torchvision's functional forms:")
    for row in table {
      print("  \(row.name.padding(toLength: 26, withPad: " ", startingAt: 0)) bound: \(row.bound); \(row.found)")
    }
    let boxes = [Box(left: 3, top: 4, right: 20, bottom: 30), Box(left: 40, top: 1, right: 60, bottom: 10)]
    for marks in try folder.decoded("marks.json", as: [Marks].self) {
      let moved = try apply(marks.operation, marks.parameters, to: Scene(image, boxes: boxes)).boxes
      for (box, expected) in zip(moved, marks.boxes) {
        for (value, other) in zip([box.left, box.top, box.right, box.bottom], expected) {
          #expect(abs(value - other) < 0.01, "\(marks.operation) \(marks.parameters): \(box), not \(expected)")
        }
      }
    }
  }
}

@Suite struct AugmentationTests {
  private let pipeline = AugmentationPipeline([
    RandomResizedCrop(size: PixelSize(width: 24, height: 20)), HorizontalFlip(), VerticalFlip(),
    ColorJitter(brightness: 0.6...1.4, contrast: 0.6...1.4, saturation: 0.6...1.4, hue: -0.1...0.1),
    RandomAffine(angle: -20...20, shift: Point(x: 0.1, y: 0.1), scale: 0.8...1.2, shear: -5...5),
    GaussianBlur(size: 3), RandAugment(), RandomErasing(),
  ])

  private func scene() throws -> Scene {
    let bytes = (0..<40 * 30 * 3).map { UInt8(truncatingIfNeeded: $0 * 5 + $0 / 120 * 3) }
    let image = try Image(width: 40, height: 30, format: .rgb, bytes: bytes)
    let mask = try Image(width: 40, height: 30, format: .gray, color: [0]).erased(
      columns: 10..<20, rows: 5..<25, color: [7])
    return Scene(
      image, boxes: [Box(left: 10, top: 5, right: 20, bottom: 25)],
      polygons: [Box(left: 10, top: 5, right: 20, bottom: 25).corners], keypoints: [Point(x: 15, y: 15)], masks: [mask])
  }

  @Test func `numbers are those of the published generator`() {
    // Known answers of Random123, the authors' own library: philox4x32, 10 rounds; blocks of four words, low words first.
    var zeros = ItemRandom(seed: 0, item: 0, epoch: 0)
    #expect(zeros.next() == 0xe169_c58d_6627_e8d5)
    #expect(zeros.next() == 0x9b00_dbd8_bc57_ac4c)
  }

  @Test func `an item's changes depend on seed, id and epoch alone, at any number of threads`() async throws {
    let scene = try scene()
    let pipeline = pipeline
    func run(threads: Int, seed: UInt64 = 5, epoch: Int = 2) async throws -> [Scene] {
      let loader = ItemLoader(count: 40, limits: LoaderLimits(threads: threads)) { index in
        LoadedItem(
          try pipeline.apply(to: scene, seed: seed, id: "item \(index)", epoch: epoch),
          byteCount: scene.image.bytes.count)
      }
      var scenes: [Scene] = []
      for await item in loader { scenes.append(try item.result.get()) }
      return scenes
    }
    let one = try await run(threads: 1)
    #expect(try await run(threads: 4) == one)
    #expect(Set(one.map(\.image)).count > 30)
    #expect(try await run(threads: 2, seed: 6) != one)
    #expect(try await run(threads: 2, epoch: 3) != one)
  }

  @Test func `masks, polygons and boxes stay together`() throws {
    let scene = try scene()
    for epoch in 0..<30 {
      let steps: [any Augmentation] = [
        HorizontalFlip(), VerticalFlip(), RandomCrop(size: PixelSize(width: 30, height: 28)),
      ]
      let moved = try AugmentationPipeline(steps).apply(to: scene, seed: 1, id: "x", epoch: epoch)
      let mask = try #require(moved.masks.first)
      let box = try #require(moved.boxes.first)
      let around = try #require(Box(around: moved.polygons.first ?? []))
      #expect(around.clamped(to: moved.size) == box)
      var marked: [Point] = []
      for row in 0..<mask.height {
        for column in 0..<mask.width where mask.bytes[row * mask.width + column] == 7 {
          marked += [Point(x: Double(column), y: Double(row)), Point(x: Double(column + 1), y: Double(row + 1))]
        }
      }
      #expect(Box(around: marked) == box)
    }
  }

  @Test func `mixing keeps the sum of shares and both scenes' marks`() throws {
    var random = ItemRandom(seed: 3, id: "m", epoch: 0)
    let shares = (0..<4000).map { _ in Mixup(alpha: 0.4).share(random: &random) }
    #expect(shares.allSatisfy { 0...1 ~= $0 })
    let mean = shares.reduce(0, +) / 4000
    let variance = shares.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 4000
    // Beta(0.4, 0.4): mean 1/2, variance 1 / (4 × (2 × 0.4 + 1)).
    #expect(abs(mean - 0.5) < 0.03 && abs(variance - 1 / 7.2) < 0.01)
    #expect(Mixup.mixed([1, 0], [0, 1], share: 0.25) == [0.25, 0.75])
    let scene = try scene()
    let mixed = try Mixup.mixed(scene, scene, share: 0.3)
    #expect(mixed.image == scene.image && mixed.boxes.count == 2)
  }
}
