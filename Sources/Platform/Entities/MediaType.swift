// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import FoundationEssentials
internal import Galley

/// What bytes are.
enum MediaType {
  /// Tells it from the bytes if they are an image's, else from the name's ending.
  static func of(_ head: Data, name: String) -> (type: String, size: PixelSize?) {
    if let header = try? ImageHeader(head) { return ("image/\(header.format.rawValue)", header.size) }
    let ending = name.split(separator: ".").last.map { $0.lowercased() } ?? ""
    return (name.contains(".") ? byEnding[ending] ?? unknown : unknown, nil)
  }

  private static let unknown = "application/octet-stream"

  private static let byEnding = [
    "txt": "text/plain", "csv": "text/csv", "html": "text/html", "md": "text/markdown", "json": "application/json",
    "xml": "application/xml", "pdf": "application/pdf", "zip": "application/zip", "npy": "application/x-npy",
    "npz": "application/x-npz", "wav": "audio/wav", "mp3": "audio/mpeg", "flac": "audio/flac", "mp4": "video/mp4",
    "webm": "video/webm", "avi": "video/x-msvideo", "mov": "video/quicktime", "jpg": "image/jpeg",
    "jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "bmp": "image/bmp", "tif": "image/tiff",
    "tiff": "image/tiff", "gif": "image/gif",
  ]
}
