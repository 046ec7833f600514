// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Reads one format.
protocol FormatReader: Sendable {
  /// The format that it reads.
  static var format: DatasetFormat { get }
  /// What speaks for and against the files being of this format.
  static func evidence(in tree: FileTree) -> FormatEvidence
  /// Reads items and annotations; what is wrong with parts becomes findings.
  /// - Throws: `GalleyError` if nothing can be read at all.
  static func read(_ tree: FileTree, into builder: inout DatasetBuilder) throws(GalleyError)
}

extension DatasetFormat {
  /// All readers.
  static var readers: [any FormatReader.Type] {
    [
      COCOReader.self, YOLOReader.self, DarknetReader.self, VOCReader.self, CVATReader.self, DatumaroReader.self,
      OxfordPetsReader.self, MVTecReader.self, AnomalibReader.self, CIFARReader.self, NPZReader.self, CSVReader.self,
      ImageFoldersReader.self,
    ]
  }

  var reader: (any FormatReader.Type)? { Self.readers.first { $0.format == self } }
}
