// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Archives
internal import FoundationEssentials
internal import Galley
internal import Tensors

/// Arrays in a zip archive: `images` (uint8, `[items, height, width]` or with channels) and `labels` (whole numbers, or
/// text); perhaps `label_names` and `ids`. Subsets as endings or beginnings: `x_train`, `y_test`, `train_images`.
enum NPZReader: FormatReader {
  static let format = DatasetFormat.npz
  private static let imageNames = ["images", "image", "x", "data", "inputs"]
  private static let labelNames = ["labels", "label", "y", "targets", "target", "classes"]

  static func evidence(in tree: FileTree) -> FormatEvidence {
    guard let file = file(tree) else { return FormatEvidence(against: "there is not exactly one NPZ file") }
    var evidence = FormatEvidence()
    do throws(GalleyError) {
      let names = try NPZArchive(tree, file).names
      guard !sets(names).isEmpty else {
        return FormatEvidence(
          against: "\(file) has the arrays \(names.joined(separator: ", ")), but no images (or x, data)")
      }
      evidence.add("\(file) has the arrays \(names.joined(separator: ", "))", weight: 45)
    } catch {
      evidence.object("\(file): \(error.why)")
    }
    return evidence
  }

  private static func file(_ tree: FileTree) -> String? {
    if let focus = tree.focus { return focus.hasSuffix(".npz") ? focus : nil }
    let files = tree.paths.filter { PathParts($0).ending == "npz" }
    return files.count == 1 ? files.first : nil
  }

  /// The arrays that belong together, with their subset.
  private static func sets(_ names: [String]) -> [(subset: String?, images: String, labels: String?)] {
    var sets: [(subset: String?, images: String, labels: String?)] = []
    for name in names {
      let words = name.split(separator: "_").map(String.init)
      let subset = words.first { Subset(foreignName: $0) != nil }
      let rest = words.filter { $0 != subset }.joined(separator: "_").lowercased()
      guard imageNames.contains(rest) else { continue }
      let labels = names.first { other in
        let words = other.split(separator: "_").map(String.init)
        return words.first { Subset(foreignName: $0) != nil } == subset
          && labelNames.contains(words.filter { $0 != subset }.joined(separator: "_").lowercased())
      }
      sets.append((subset, name, labels))
    }
    return sets
  }

  static func read(_ tree: FileTree, into builder: inout DatasetBuilder) throws(GalleyError) {
    guard let file = file(tree) else {
      throw GalleyError(.badData, "can't read NPZ", at: tree.root, why: "there is not exactly one NPZ file")
    }
    let archive = try NPZArchive(tree, file)
    if let names = try archive.array("label_names")?.texts {
      for name in names { builder.declareNumbered(name, at: file) }
    }
    let sets = sets(archive.names)
    guard !sets.isEmpty else {
      throw GalleyError(.badData, "can't read NPZ", at: file, why: "it has no array called images, x or data")
    }
    for set in sets {
      guard let images = try archive.array(set.images)?.tensor else { continue }
      let ids = sets.count == 1 ? try archive.array("ids")?.texts : nil
      let labels = try set.labels.map { (name) throws(GalleyError) in try archive.array(name) } ?? nil
      try add(images, labels, ids, set.subset, "\(file): \(set.images)", &builder)
    }
  }

  private static func add(
    _ images: Tensor, _ labels: NPY?, _ ids: [String]?, _ subset: String?, _ place: String,
    _ builder: inout DatasetBuilder
  ) throws(GalleyError) {
    let shape = images.shape
    guard images.elementType == .uint8, shape.count == 3 || shape.count == 4, let count = shape.first, count > 0,
      shape.count == 3 || (1...4).contains(shape[3])
    else {
      throw GalleyError(
        .badData, "can't read NPZ", at: place,
        why:
          "the images are \(images.elementType) of shape \(shape); uint8 of [items, height, width] or [items, height, width, channels] is needed"
      )
    }
    let names = try classNames(labels, count, place, &builder)
    let channels = shape.count == 4 ? shape[3] : 1
    let length = shape[1] * shape[2] * channels
    for index in 0..<count {
      let size = PixelSize(width: shape[2], height: shape[1])
      guard let block = PixelBlock(storage: images.bytes, offset: index * length, size: size, channels: channels) else {
        continue
      }
      let id = ids.flatMap { $0.count == count ? $0[index] : nil } ?? (subset.map { "\($0)/" } ?? "") + "\(index)"
      var item = DatasetItem(id: id, source: .pixels(block), subset: subset, size: size)
      item.provenance = Provenance(file: "\(place)[\(index)]")
      if let names, let label = names[index] {
        item.annotations = [Annotation(label: label, provenance: item.provenance)]
      }
      builder.append(item)
    }
  }

  /// The class of each image.
  private static func classNames(
    _ labels: NPY?, _ count: Int, _ place: String, _ builder: inout DatasetBuilder
  ) throws(GalleyError) -> [Int?]? {
    guard let labels else { return nil }
    if let texts = labels.texts {
      guard texts.count == count else { throw mismatch(texts.count, count, place) }
      return texts.map { $0.isEmpty ? nil : builder.label($0) }
    }
    guard let numbers = labels.tensor?.wholeNumbers else {
      throw GalleyError(.badData, "can't read NPZ", at: place, why: "the labels are neither whole numbers nor text")
    }
    guard numbers.count == count else { throw mismatch(numbers.count, count, place) }
    if builder.dataset.classes.isEmpty {
      for number in Set(numbers).filter({ $0 >= 0 }).sorted() { _ = builder.label("\(number)") }
      return numbers.map { $0 < 0 ? nil : builder.knownLabel("\($0)") }
    }
    return numbers.enumerated().map { index, number in
      if number >= 0, !builder.dataset.classes.indices.contains(number) {
        builder.report(
          .error, .classOutOfRange, at: "\(place)[\(index)]",
          "the class \(number) is not one of 0 to \(builder.dataset.classes.count - 1)")
        return nil
      }
      return number < 0 ? nil : number
    }
  }

  private static func mismatch(_ labels: Int, _ images: Int, _ place: String) -> GalleyError {
    GalleyError(.badData, "can't read NPZ", at: place, why: "there are \(labels) labels for \(images) images")
  }
}

extension Tensor {
  /// The elements if they are whole numbers.
  var wholeNumbers: [Int]? {
    switch elementType {
    case .uint8: (try? values(as: UInt8.self))?.map(Int.init)
    case .int8: (try? values(as: Int8.self))?.map(Int.init)
    case .uint16: (try? values(as: UInt16.self))?.map(Int.init)
    case .int16: (try? values(as: Int16.self))?.map(Int.init)
    case .uint32: (try? values(as: UInt32.self))?.map(Int.init)
    case .int32: (try? values(as: Int32.self))?.map(Int.init)
    case .int64: (try? values(as: Int64.self))?.map { Int($0) }
    default: nil
    }
  }
}

/// The arrays of an NPZ file.
struct NPZArchive {
  private let archive: ZipArchive
  private let file: String

  init(_ tree: FileTree, _ file: String) throws(GalleyError) {
    self.file = file
    let data = try tree.read(file)
    do throws(ArchiveProblem) { archive = try ZipArchive(data) } catch {
      throw GalleyError(.badData, "can't read NPZ", at: file, why: error.description)
    }
  }

  /// The arrays' names.
  var names: [String] { archive.members.map(\.path).filter { $0.hasSuffix(".npy") }.map { String($0.dropLast(4)) } }

  /// An array; `nil` if there is none of this name.
  func array(_ name: String) throws(GalleyError) -> NPY? {
    guard let member = archive.members.first(where: { $0.path == "\(name).npy" }) else { return nil }
    do {
      return try NPY(try archive.read(member))
    } catch {
      throw GalleyError(.badData, "can't read NPZ", at: "\(file): \(name)", why: "\(error)")
    }
  }
}
