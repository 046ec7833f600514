// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
public import Galley
internal import Glibc

/// What a caller must know: a secret that is never printed but once, when it is made.
public struct AccessToken: Sendable {
  private let digest: Digest

  /// Takes a secret.
  /// - Parameter place: What an error names.
  /// - Throws: `GalleyError` if it is too short to be one, or a header can't carry it.
  public init(_ secret: String, from place: String) throws(GalleyError) {
    guard (16...512).contains(secret.utf8.count), secret.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw GalleyError(
        .configuration, "can't use the token", at: place,
        why: "16 to 512 visible ASCII characters without spaces are needed",
        remedy: "Remove it, and a new one is made; or write one: openssl rand -hex 32.")
    }
    digest = Digest(of: Data(secret.utf8))
  }

  /// The token in a file; a missing file is made, with a new token that only its owner may read.
  /// - Returns: the token, and the new secret if one was made.
  /// - Throws: `GalleyError` if the file can't be read or written, or if others may read it.
  public static func file(_ path: String) throws(GalleyError) -> (token: AccessToken, new: String?) {
    for _ in 0..<2 {
      if let secret = try read(path) { return (try AccessToken(secret, from: path), nil) }
      let secret = draw()
      if try make(path, secret) { return (try AccessToken(secret, from: path), secret) }
      // Another process made it in between.
    }
    throw GalleyError(.cantCreate, "can't make the token", at: path, why: "the file comes and goes")
  }

  /// Whether a header `Authorization` shows the token. How long that takes says nothing about the token.
  func admits(_ header: String?) -> Bool {
    guard let header else { return false }
    let parts = header.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else { return false }
    // Digests are compared, byte for byte to the end.
    let shown = Digest(of: Data(parts[1].utf8)).hex.utf8
    return zip(shown, digest.hex.utf8).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }

  private static func draw() -> String {
    var generator = SystemRandomNumberGenerator()
    let bytes = (0..<4).flatMap { _ in withUnsafeBytes(of: generator.next() as UInt64) { Array($0) } }
    return Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing(
      "=", with: "")
  }

  private static func read(_ path: String) throws(GalleyError) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      guard errno == ENOENT else { throw refuse(path, String(cString: strerror(errno))) }
      return nil
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw refuse(path, "it is no file")
    }
    guard status.st_mode & 0o077 == 0 else {
      throw refuse(path, "others may read or write it", "chmod 600 '\(path)', or remove it: a new one is made.")
    }
    var buffer = [UInt8](repeating: 0, count: 1024)
    let count = Glibc.read(descriptor, &buffer, buffer.count)
    guard count >= 0 else { throw refuse(path, String(cString: strerror(errno))) }
    let text = String(decoding: buffer.prefix(count), as: UTF8.self)
    return String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }

  private static func refuse(_ path: String, _ why: String, _ remedy: String? = nil) -> GalleyError {
    GalleyError(.configuration, "can't read the token", at: path, why: why, remedy: remedy)
  }

  /// Makes the file whole, if there is none.
  private static func make(_ path: String, _ secret: String) throws(GalleyError) -> Bool {
    do throws(FileError) {
      let folder = path.split(separator: "/").dropLast().joined(separator: "/")
      try AtomicFile.createFolder(
        (path.hasPrefix("/") ? "/" : "") + (folder.isEmpty && !path.hasPrefix("/") ? "." : folder))
      var template = Array("\(path).XXXXXX".utf8CString)
      // mkstemp gives mode 0600.
      let descriptor = template.withUnsafeMutableBufferPointer { $0.baseAddress.map { mkstemp($0) } ?? -1 }
      guard descriptor >= 0 else { throw FileError(.create, path) }
      let temporary = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
      defer {
        close(descriptor)
        unlink(temporary)
      }
      let bytes = Array("\(secret)\n".utf8)
      guard write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
        throw FileError(.write, path)
      }
      guard link(temporary, path) == 0 else {
        guard errno == EEXIST else { throw FileError(.create, path) }
        return false
      }
      return true
    } catch {
      throw GalleyError(writing: error, "can't make the token")
    }
  }
}
