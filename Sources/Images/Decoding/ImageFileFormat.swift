// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A format of image files.
public enum ImageFileFormat: String, Sendable, Hashable, Codable, CaseIterable {
  case jpeg, png, webp, tiff, bmp

  /// The format that a file's first bytes belong to.
  public init?(of bytes: UnsafeRawBufferPointer) {
    func begins(_ signature: [UInt8], at offset: Int = 0) -> Bool {
      bytes.count >= offset + signature.count && signature.indices.allSatisfy { bytes[offset + $0] == signature[$0] }
    }
    if begins([0xff, 0xd8, 0xff]) {
      self = .jpeg
    } else if begins([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) {
      self = .png
    } else if begins(Array("RIFF".utf8)), begins(Array("WEBP".utf8), at: 8) {
      self = .webp
    } else if begins([0x49, 0x49, 0x2a, 0]) || begins([0x4d, 0x4d, 0, 0x2a]) {
      self = .tiff
    } else if begins(Array("BM".utf8)) {
      self = .bmp
    } else {
      return nil
    }
  }
}
