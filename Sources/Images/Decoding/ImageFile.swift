// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// The bytes of image files.
enum ImageFile {
  /// - Throws: `ImageError.Code.unknownFormat` with the first bytes.
  static func format(of bytes: UnsafeRawBufferPointer) throws(ImageError) -> ImageFileFormat {
    guard !bytes.isEmpty else { throw ImageError(.damaged, "the file is empty") }
    if let format = ImageFileFormat(of: bytes) { return format }
    let head = bytes.prefix(8).map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0\(digits)" : digits
    }
    throw ImageError(
      .unknownFormat, "it begins with the bytes \(head.joined(separator: " ")), which are of no known image format",
      remedy: "JPEG, PNG, WebP, TIFF and BMP are read.")
  }

  /// - Throws: `ImageError.Code.missing` that names the file.
  static func read(_ path: String) throws(ImageError) -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw missing(path) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw missing(path) }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw ImageError(.missing, "it is a folder, not an image", at: path)
    }
    var bytes: [UInt8] = []
    var expected = max(Int(status.st_size), 4096) + 1
    while true {
      var count = 0
      let piece = [UInt8](unsafeUninitializedCapacity: expected) { buffer, initialized in
        count = Glibc.read(file, buffer.baseAddress, expected)
        initialized = max(count, 0)
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw missing(path)
      }
      if count == 0 { return bytes }
      if bytes.isEmpty { bytes = piece } else { bytes += piece }
      expected = max(4096, expected - count)
    }
  }

  /// Writes a file whole or not at all.
  static func write(_ bytes: [UInt8], to path: String) throws(ImageError) {
    let temporary = "\(path).\(getpid()).\(UInt32.random(in: 0...UInt32.max)).part"
    let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw unwritable(path) }
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress?.advanced(by: written), $0.count - written) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      written += count
    }
    let isComplete = written == bytes.count && fsync(file) == 0
    let error = isComplete ? nil : unwritable(path)
    close(file)
    if let error {
      unlink(temporary)
      throw error
    }
    guard rename(temporary, path) == 0 else {
      let error = unwritable(path)
      unlink(temporary)
      throw error
    }
  }

  private static func missing(_ path: String) -> ImageError {
    ImageError(.missing, "the image can't be read: \(String(cString: strerror(errno)))", at: path)
  }

  private static func unwritable(_ path: String) -> ImageError {
    ImageError(.unwritable, "the image can't be written: \(String(cString: strerror(errno)))", at: path)
  }
}
