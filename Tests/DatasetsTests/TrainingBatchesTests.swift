// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Datasets
import Foundation
import Galley
import Images
import Tensors
import Testing

@Suite struct TrainingBatchesTests {
  /// Images of different sizes as PNG files in memory, in three classes; the one at `broken` is cut off.
  private func items(_ count: Int, broken: Int? = nil) throws -> [TrainingItem] {
    try (0..<count).map { index in
      let side = 9 + index % 5
      let pixels = (0..<side * side * 3).map { UInt8(truncatingIfNeeded: $0 * 31 + index * 17) }
      var png = try #require(PNGEncoder.encode(pixels, width: side, height: side, channels: 3))
      if index == broken { png.removeLast(png.count / 2) }
      return TrainingItem(id: "item \(index)", source: .bytes(png), classes: [index % 3])
    }
  }

  private let preprocessing = Preprocessing(
    scale: 1 / 255, mean: [0.4, 0.5, 0.6], deviation: [0.2, 0.3, 0.25],
    fit: ImageFit(size: Images.PixelSize(width: 8, height: 6)), colors: .rgb)

  private let augmentation = TrainingAugmentation([
    RandomResizedCrop(size: Images.PixelSize(width: 8, height: 6)), HorizontalFlip(),
    ColorJitter(brightness: 0.5...1.5, hue: -0.1...0.1), RandomErasing(probability: 0.5),
  ])

  private func batches(
    _ items: [TrainingItem], _ options: TrainingBatches.Options, augmented: Bool = true
  ) throws -> TrainingBatches {
    try TrainingBatches(
      items, classCount: 3, preprocessing: preprocessing,
      augmentation: augmented ? augmentation : TrainingAugmentation(), options: options)
  }

  private func all(_ epoch: TrainingEpoch) -> [TrainingBatch] {
    var batches: [TrainingBatch] = []
    while let batch = epoch.nextBlocking() { batches.append(batch) }
    return batches
  }

  @Test(arguments: [1, 2, 7]) func `batches have the same bytes at any number of threads`(threads: Int) throws {
    let items = try items(23)
    let options = TrainingBatches.Options(batchSize: 5, seed: 3, mixup: Mixup(alpha: 0.4))
    var threaded = options
    threaded.limits = LoaderLimits(threads: threads, items: 4)
    for epoch in [0, 1, 5] {
      let expected = all(try batches(items, options).epoch(epoch))
      let found = all(try batches(items, threaded).epoch(epoch))
      #expect(expected.map(\.inputs) == found.map(\.inputs))
      #expect(expected.map(\.ids) == found.map(\.ids))
      #expect(expected.map(\.targets) == found.map(\.targets))
      #expect(found.map(\.step) == [0, 1, 2, 3, 4] && found.last?.count == 3)
      #expect(found.first?.inputs.shape == [5, 3, 6, 8])
    }
  }

  @Test func `every epoch has every item once, in an order of its own`() throws {
    let batches = try batches(try items(23), TrainingBatches.Options(batchSize: 4, seed: 3))
    let orders = (0..<3).map { all(batches.epoch($0)).flatMap(\.ids) }
    #expect(orders.allSatisfy { Set($0).count == 23 })
    #expect(Set(orders).count == 3)
    #expect(batches.order(inEpoch: 1).map { batches.items[$0].id } == orders[1])
  }

  @Test func `an epoch is begun at any step`() throws {
    let batches = try batches(try items(23, broken: 6), TrainingBatches.Options(batchSize: 4, seed: 9))
    let whole = all(batches.epoch(2))
    for step in 0...6 {
      let rest = all(batches.epoch(2, from: step))
      #expect(rest.map(\.step) == Array(step..<6))
      #expect(rest.map(\.inputs) == whole[step...].map(\.inputs))
      #expect(rest.map(\.failures) == whole[step...].map(\.failures))
    }
  }

  @Test func `an item that can't be decoded is reported, and moves no other`() throws {
    let options = TrainingBatches.Options(batchSize: 4, seed: 1)
    let sound = all(try batches(try items(22), options).epoch(0))
    let epoch = try batches(try items(22, broken: 10), options).epoch(0)
    let found = all(epoch)
    #expect(found.count == sound.count && epoch.statistics.failed == 1)
    for (batch, expected) in zip(found, sound) {
      #expect(batch.ids == expected.ids.filter { $0 != "item 10" })
      #expect(batch.inputs.shape.first == batch.ids.count)
      #expect(batch.failures.map(\.id) == expected.ids.filter { $0 == "item 10" })
      if batch.failures.isEmpty { #expect(batch.inputs == expected.inputs) }
    }
    let failure = try #require(found.flatMap(\.failures).first)
    #expect(failure.error.what.contains("item 10") && !failure.error.why.isEmpty)
  }

  @Test func `a batch whose items all fail is empty, not the end`() throws {
    var items = try items(6)
    for index in 2..<4 { items[index].source = .missing("\(index).png") }
    let options = TrainingBatches.Options(batchSize: 2, seed: 1, shuffles: false)
    let found = all(try batches(items, options).epoch(0))
    #expect(found.map(\.count) == [2, 0, 2])
    #expect(found[1].inputs.shape == [0, 3, 6, 8] && found[1].failures.count == 2)
  }

  @Test func `without augmentation an input is what preprocessing gives`() throws {
    let items = try items(7)
    let options = TrainingBatches.Options(batchSize: 3, seed: 1, shuffles: false)
    let transform = try PixelTransform(preprocessing, channels: 3)
    var expected: [Float] = []
    for item in items {
      guard case .bytes(let bytes) = item.source else { continue }
      var values = [Float](repeating: 0, count: transform.outputCount)
      let image = try Image(decoding: bytes)
      try values.withUnsafeMutableBufferPointer { try transform.apply(image, into: $0) }
      expected += values
    }
    let found = all(try batches(items, options, augmented: false).epoch(0))
    #expect(try found.flatMap { try $0.inputs.values(as: Float.self) } == expected)
    #expect(found.flatMap(\.classes) == [0, 1, 2, 0, 1, 2, 0])
    #expect(found.allSatisfy { $0.targets == nil })
  }

  @Test(arguments: [Preprocessing.Layout.nchw, .nhwc], [Preprocessing.Colors.rgb, .bgr, .gray])
  func `bytes are what is scaled otherwise`(layout: Preprocessing.Layout, colors: Preprocessing.Colors) throws {
    let preprocessing = Preprocessing(layout: layout, scale: 1, fit: self.preprocessing.fit, colors: colors)
    let items = try items(5)
    func inputs(_ values: TrainingBatches.Options.Values) throws -> Tensor? {
      let options = TrainingBatches.Options(batchSize: 5, seed: 1, values: values)
      return all(
        try TrainingBatches(
          items, classCount: 3, preprocessing: preprocessing, augmentation: augmentation, options: options
        ).epoch(0)
      ).first?.inputs
    }
    let floats = try #require(try inputs(.float32)?.values(as: Float.self))
    let bytes = try #require(try inputs(.uint8))
    #expect(bytes.bytes.map(Float.init) == floats)
    #expect(bytes.elementType == .uint8)
  }

  @Test func `mixed items are sums of their shares`() throws {
    let items = try items(12)
    let apart = all(try batches(items, TrainingBatches.Options(batchSize: 4, seed: 8)).epoch(1))
    let mixed = all(try batches(items, TrainingBatches.Options(batchSize: 4, seed: 8, mixup: Mixup())).epoch(1))
    for (batch, plain) in zip(mixed, apart) {
      let mixing = try #require(batch.mixing)
      #expect((0...1).contains(mixing.share) && mixing.partners == [3, 0, 1, 2])
      let (share, rest) = (Float(mixing.share), Float(1 - mixing.share))
      let rows = try (0..<4).map { try plain.inputs.rows($0..<$0 + 1).values(as: Float.self) }
      let expected = mixing.partners.enumerated().flatMap { row, partner in
        zip(rows[row], rows[partner]).map { $0 * share + $1 * rest }
      }
      #expect(try batch.inputs.values(as: Float.self) == expected)
      let targets = try #require(try batch.targets?.values(as: Float.self))
      for row in 0..<4 {
        #expect(abs(targets[row * 3..<row * 3 + 3].reduce(0, +) - 1) < 1e-6)
        let other = batch.classes[mixing.partners[row]]
        let own = batch.classes[row]
        #expect(abs(targets[row * 3 + own] - (own == other ? 1 : share)) < 1e-6)
      }
    }
    #expect(Set(mixed.compactMap(\.mixing?.share)).count == 3)
  }

  @Test func `items of several classes have a target for each`() throws {
    var items = try items(4)
    items[1].classes = [0, 2]
    items[2].classes = []
    let options = TrainingBatches.Options(batchSize: 4, seed: 8, shuffles: false, isMultiLabel: true)
    let batch = try #require(all(try batches(items, options).epoch(0)).first)
    #expect(try batch.targets?.values(as: Float.self) == [1, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0])
    #expect(batch.classes.isEmpty)
  }

  @Test func `items in memory share one buffer and keep their size`() throws {
    let pixels = (0..<4 * 5 * 3).map { UInt8($0) }
    let labeled = try LabeledItems(
      ids: ["a", "b", "c"], inputs: Tensor(pixels, shape: [3, 4, 5, 1]), classes: [0, 1, 0], labels: ["x", "y"])
    let batches = try TrainingBatches(
      TrainingItem.items(of: labeled), classCount: 2, preprocessing: Preprocessing(scale: 1),
      options: TrainingBatches.Options(batchSize: 2, seed: 0, shuffles: false))
    let found = all(batches.epoch(0))
    #expect(try found.flatMap { try $0.inputs.values(as: Float.self) } == pixels.map(Float.init))
    #expect(found.map(\.inputs.shape) == [[2, 1, 4, 5], [1, 1, 4, 5]])
    #expect(found.flatMap(\.classes) == [0, 1, 0])
  }

  @Test func `what is held ahead stays within its bound`() throws {
    let one = 6 * 8 * 3 * 4
    let options = TrainingBatches.Options(
      batchSize: 5, seed: 3, limits: LoaderLimits(threads: 3, items: 50, bytes: 6 * one))
    let epoch = try batches(try items(60), options).epoch(0)
    #expect(all(epoch).count == 12)
    #expect(epoch.statistics.peakBytes <= 6 * one)
  }

  @Test func `a reader with tasks gets the same, and stopping ends it`() async throws {
    let batches = try batches(try items(23), TrainingBatches.Options(batchSize: 5, seed: 3))
    var found: [Tensor] = []
    for await batch in batches.epoch(0) { found.append(batch.inputs) }
    #expect(found == all(batches.epoch(0)).map(\.inputs))
    let stopped = batches.epoch(0)
    #expect(stopped.nextBlocking() != nil)
    stopped.stop()
    #expect(stopped.nextBlocking() == nil)
    stopped.waitUntilEnded()
  }

  @Test func `what can be known before decoding is refused at once`() throws {
    let items = try items(4)
    let options = TrainingBatches.Options(batchSize: 2, seed: 3)
    func refused(
      _ items: [TrainingItem], _ preprocessing: Preprocessing? = nil, _ options: TrainingBatches.Options
    ) -> String? {
      #expect(throws: GalleyError.self) {
        try TrainingBatches(
          items, classCount: 3, preprocessing: preprocessing ?? self.preprocessing, options: options)
      }?.why
    }
    var odd = items
    #expect(refused([], nil, options) == "there are no items")
    odd[1].classes = [0, 1]
    #expect(refused(odd, nil, options)?.contains("2 classes") == true)
    odd[1].classes = [3]
    #expect(refused(odd, nil, options)?.contains("none of 3") == true)
    odd = items
    odd[1].id = odd[0].id
    #expect(refused(odd, nil, options)?.contains("twice") == true)
    #expect(refused(items, Preprocessing(scale: 1), options)?.contains("no size") == true)
    let mixed = TrainingBatches.Options(batchSize: 2, seed: 3, values: .uint8, mixup: Mixup())
    #expect(refused(items, nil, mixed)?.contains("float32") == true)
  }
}
