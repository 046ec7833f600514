// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import Images

extension ReadDataset {
  /// The data set with every mask that lies in an image file of its own as a mask in memory: those that annotations name
  /// (MVTec AD, Anomalib, Oxford-IIIT Pets), in which every value but 0 belongs to the object, and Pascal VOC's
  /// segmentation. Images are decoded on every core; a mask that can't be read is a finding, and stays a file.
  public func readingMasks() -> ReadDataset {
    var result = self
    let palettes = format == .voc ? VOCSegmentation(tree) : nil
    let (items, tree) = (dataset.items, tree)
    let labels = dataset.labels
    let images: ItemImages
    do throws(GalleyError) {
      images = try ItemImages(items.lazy.flatMap { $0.annotations.lazy.compactMap(\.maskFile) })
    } catch {
      result.findings.append(DatasetFinding(.error, .unreadableFile, at: error.place ?? "", error.why))
      return result
    }
    let limits = LoaderLimits(threads: ProcessInfo.processInfo.activeProcessorCount, items: 64)
    let loader = ItemLoader(count: items.count, limits: limits) { index in
      var reading = MaskReading(items[index], images)
      if let palettes { reading.add(palettes.masks(of: items[index], in: tree, labels: labels)) }
      return LoadedItem(reading, byteCount: 1024)
    }
    while let outcome = loader.nextBlocking() {
      guard let reading = try? outcome.result.get() else { continue }
      result.dataset.items[outcome.index] = reading.item
      result.findings += reading.findings
    }
    if let palettes {
      for name in palettes.newLabels where !result.dataset.labels.contains(name) {
        result.dataset.classes.append(DatasetClass(name))
      }
      result.findings.removeAll { $0.kind == .unsupported && $0.place.contains("Segmentation") }
    }
    return result
  }
}

/// The masks of one item.
private struct MaskReading: Sendable {
  var item: DatasetItem
  var findings: [DatasetFinding] = []

  /// Reads the files that the item's annotations name.
  init(_ item: DatasetItem, _ images: ItemImages) {
    self.item = item
    for index in item.annotations.indices {
      guard let file = item.annotations[index].maskFile else { continue }
      do {
        let options = DecodingOptions(keepsSixteenBits: true, appliesOrientation: false)
        let bytes = try images.bytes(of: file)
        let image = try images.image(file, bytes, fit: nil, options: options, name: item.id)
        let mask = RunLengthMask(image) { pixel in pixel.contains { $0 != 0 } }
        self.item.annotations[index].mask = mask
        self.item.annotations[index].maskFile = nil
      } catch {
        let why = (error as? GalleyError)?.why ?? (error as? ImageError)?.reason ?? "\(error)"
        let place = item.annotations[index].attributes["mask"]?.description ?? item.id
        findings.append(
          DatasetFinding(.error, .unreadableFile, at: place, "the mask can't be read: \(why)", item: item.id))
      }
    }
  }

  /// Takes the masks of a segmentation: each belongs to the object of its number, or is an annotation of its own.
  mutating func add(_ segmentation: VOCSegmentation.Masks) {
    findings += segmentation.findings
    for entry in segmentation.entries {
      if let object = entry.object, item.annotations.indices.contains(object) {
        item.annotations[object].mask = entry.mask
      } else {
        item.annotations.append(
          Annotation(label: entry.label, mask: entry.mask, provenance: Provenance(file: entry.file)))
      }
    }
  }
}

extension RunLengthMask {
  /// The pixels of an image for whose samples a condition holds; opacity is not looked at.
  init?(_ image: Image, where isObject: (ArraySlice<UInt16>) -> Bool) {
    let (samples, step) = (image.samples, image.channels)
    let colors = min(step, 3)
    let pixels = (0..<image.width * image.height).map { pixel -> UInt8 in
      isObject(samples[pixel * step..<pixel * step + colors]) ? 1 : 0
    }
    self.init(size: Galley.PixelSize(width: image.width, height: image.height), pixels: pixels)
  }
}
