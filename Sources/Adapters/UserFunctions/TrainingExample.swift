// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Platform

/// An item to learn from.
public struct TrainingExample: Sendable, Hashable {
  /// The item; its file is a copy in the training's folder.
  public var item: AdapterItem
  /// What is said of it; each annotation names its origin.
  public var annotations: [AnnotationDraft]

  /// The label of the whole item, else that of its first annotation; `nil` if it has none.
  public var label: String? {
    (annotations.first { $0.geometry == .whole } ?? annotations.first)?.label
  }

  /// Describes an example.
  public init(item: AdapterItem, annotations: [AnnotationDraft]) {
    self.item = item
    self.annotations = annotations
  }
}

extension AdapterTraining {
  /// The items of a subset, `train` or `validation`, in the order of their paths.
  /// - Throws: `GalleyError` if a document can't be read.
  public func examples(of subset: String) throws -> [TrainingExample] {
    try DataloopFolder.items("\(data)/\(subset)").map { found in
      let item = AdapterItem(
        id: found.id, path: found.path, file: found.file, mediaType: found.mediaType, size: found.size,
        metadata: found.metadata)
      return TrainingExample(item: item, annotations: found.annotations)
    }
  }
}
