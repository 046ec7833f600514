// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import FoundationEssentials
internal import Galley
internal import ModelFiles
internal import Tensors

extension BenchPreparation {
  /// Finds out what `path` holds and lets the model run on it.
  /// - Throws: `GalleyError` if the data can't be read, or doesn't fit what the model expects.
  func give(_ path: String, to model: inout BenchModel, _ description: ModelDescription) throws {
    if meaning.decodesOnTarget, Self.holdsNoImages(path) { throw Self.noFiles(path, "they are tensors or pixels") }
    let suffix = path.lowercased().split(separator: ".").last.map(String.init)
    switch suffix {
    case "safetensors": try giveTensors(path, to: &model, description)
    case "csv" where Self.isImageTable(path): try giveTable(path, to: &model, try expectation(of: &model, description))
    default: try giveImages(path, to: &model, try expectation(of: &model, description))
    }
  }

  /// Whether data are numbers, not image files.
  private static func holdsNoImages(_ path: String) -> Bool {
    let name = path.lowercased()
    return name.hasSuffix(".safetensors") || name.hasSuffix(".csv") && isImageTable(path)
  }

  /// Whether a table holds pixels, one image in each row; others name files.
  private static func isImageTable(_ path: String) -> Bool {
    guard let tree = try? FileTree(path), let name = tree.focus, let head = try? tree.head(name, count: 9) else {
      return true
    }
    return head.starts(with: Array("id,label,".utf8))
  }

  /// What the model expects; each value goes into its notes with its origin.
  private func expectation(
    of model: inout BenchModel, _ description: ModelDescription
  ) throws(GalleyError) -> ModelExpectation {
    let expectation = try ModelExpectation(
      ofModelAt: model.file.path, description, options: meaning.expectation)
    model.notes += expectation.rows.filter { $0.count == 3 && $0[1] != "unknown" }.map {
      "\($0[0]): \($0[1]) (\($0[2]))"
    }
    model.notes += expectation.conflicts
    return expectation
  }

  private func giveTensors(_ path: String, to model: inout BenchModel, _ description: ModelDescription) throws {
    let file: Safetensors
    do {
      file = try Safetensors(Data(contentsOf: URL(filePath: path), options: .alwaysMapped))
    } catch let error as TensorError {
      throw GalleyError(.badData, "can't read the data", at: path, why: error.description)
    } catch {
      throw GalleyError(.missingInput, "can't read the data", at: path, why: "the file is missing or may not be read")
    }
    switch file.metadata["format"] {
    case PreparedData.format:
      let data = try PreparedData(contentsOf: path)
      try give(data, data.preprocessing, to: &model, try expectation(of: &model, description))
    case SampleFile.format: model.data = .samples(path: path)
    default: model.data = .samples(path: try samples(of: file, at: path, for: model))
    }
  }

  /// Plain tensors, one for each input by name, as a file of samples.
  private func samples(of file: Safetensors, at path: String, for model: BenchModel) throws -> String {
    let inputs = try model.inputs.map { input in
      guard let values = file.tensors[input.name] else {
        throw GalleyError(
          .badData, "can't use the data", at: path,
          why: "there is no tensor '\(input.name)' for the input of that name; there is "
            + file.tensors.keys.sorted().joined(separator: ", "))
      }
      return SampleFile.Input(name: input.name, values: try Self.sampleWise(values, input))
    }
    let target = "\(folder)/samples-\(model.name).safetensors"
    try SampleFile(inputs).write(to: target)
    return target
  }

  /// Values of shape `[samples] + one sample`, where a sample has the rank of the input: a leading 1 is added if the
  /// values hold whole batches side by side.
  private static func sampleWise(_ values: Tensor, _ input: ValueSpec) throws -> Tensor {
    guard let rank = input.tensor?.shape.count, values.shape.count == rank, let count = values.shape.first else {
      return values
    }
    return try values.reshaped([count, 1] + values.shape.dropFirst())
  }
}
