// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import Pickles

/// CIFAR-10 and CIFAR-100 in the binary form and in the one for Python, whose pickle is read as data.
enum CIFARReader: FormatReader {
  static let format = DatasetFormat.cifar

  static func evidence(in tree: FileTree) -> FormatEvidence {
    guard let form = CIFARForm.allCases.first(where: { $0.isComplete(in: tree) }) else {
      return FormatEvidence(
        against: "there is none of the sets of files that CIFAR consists of (data_batch_1 …, or train and test)")
    }
    var evidence = FormatEvidence()
    evidence.add(
      "there are \(form.metaFile) and \(form.present(in: tree).map(\.name).joined(separator: ", "))", weight: 60)
    return evidence
  }

  static func read(_ tree: FileTree, into builder: inout DatasetBuilder) throws(GalleyError) {
    guard let form = CIFARForm.allCases.first(where: { $0.isComplete(in: tree) }) else {
      throw GalleyError(.badData, "can't read CIFAR", at: tree.root, why: "batches or names of classes are missing")
    }
    for name in try form.classNames(in: tree) { builder.declareNumbered(name, at: form.metaFile) }
    for file in form.expected where !tree.contains(file.name) {
      builder.report(.warning, .missingFile, at: file.name, "this batch is missing")
    }
    for file in form.present(in: tree) {
      do throws(GalleyError) {
        let batch =
          form.isBinary
          ? try CIFARBatch(binary: [UInt8](tree.read(file.name)), file.name, labelBytes: form.labelBytes)
          : try CIFARBatch(pickle: [UInt8](tree.read(file.name)), file.name)
        add(batch, file, &builder)
      } catch {
        builder.report(error)
      }
    }
  }

  private static func add(
    _ batch: CIFARBatch, _ file: (name: String, subset: String), _ builder: inout DatasetBuilder
  ) {
    for index in batch.labels.indices {
      let place = Provenance(file: "\(file.name), image \(index)")
      let id = "\(PathParts(file.name).name)/\(index)"
      guard
        let block = PixelBlock(
          storage: batch.pixels, offset: batch.offset + index * batch.stride, size: PixelSize(width: 32, height: 32),
          channels: 3, isPlanar: true)
      else { continue }
      guard builder.dataset.classes.indices.contains(batch.labels[index]) else {
        builder.report(
          .error, .classOutOfRange, at: place.description,
          "the class \(batch.labels[index]) is not one of 0 to \(builder.dataset.classes.count - 1)", item: id)
        continue
      }
      var item = DatasetItem(
        id: id, source: .pixels(block), subset: file.subset, size: block.size, provenance: place)
      if batch.names.indices.contains(index) { item.metadata["filename"] = .string(batch.names[index]) }
      if batch.coarse.indices.contains(index) { item.metadata["coarse"] = .int(batch.coarse[index]) }
      item.annotations = [Annotation(label: batch.labels[index], provenance: place)]
      builder.append(item)
    }
  }
}

/// The files that a form of CIFAR consists of.
enum CIFARForm: CaseIterable {
  case python10, binary10, python100, binary100

  var isBinary: Bool { self == .binary10 || self == .binary100 }
  /// Bytes before the pixels of an image.
  var labelBytes: Int { self == .binary100 ? 2 : 1 }

  var metaFile: String {
    switch self {
    case .python10: "batches.meta"
    case .binary10: "batches.meta.txt"
    case .python100: "meta"
    case .binary100: "fine_label_names.txt"
    }
  }

  /// The batches with their subsets.
  var expected: [(name: String, subset: String)] {
    let ending = isBinary ? ".bin" : ""
    switch self {
    case .python10, .binary10:
      return (1...5).map { ("data_batch_\($0)\(ending)", "train") } + [("test_batch\(ending)", "test")]
    case .python100, .binary100: return [("train\(ending)", "train"), ("test\(ending)", "test")]
    }
  }

  func present(in tree: FileTree) -> [(name: String, subset: String)] { expected.filter { tree.contains($0.name) } }

  func isComplete(in tree: FileTree) -> Bool { tree.contains(metaFile) && !present(in: tree).isEmpty }

  func classNames(in tree: FileTree) throws(GalleyError) -> [String] {
    if isBinary {
      return try tree.text(metaFile).split(whereSeparator: \.isNewline).map(\.trimmed).filter { !$0.isEmpty }
    }
    let key = self == .python10 ? "label_names" : "fine_label_names"
    do {
      let root = try PickleReader.read([UInt8](tree.read(metaFile)), knowing: .arrays).value
      let names = root[key]?.elements?.compactMap(\.text)
      if let names, !names.isEmpty { return names }
    } catch let problem as PickleProblem {
      throw GalleyError(.badData, "can't read CIFAR", at: metaFile, why: "byte \(problem.offset): \(problem.message)")
    } catch let error as GalleyError {
      throw error
    } catch {}
    throw GalleyError(.badData, "can't read CIFAR", at: metaFile, why: "it has no \(key)")
  }
}
