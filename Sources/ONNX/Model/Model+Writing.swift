// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials
import Glibc
import SwiftProtobuf

extension Model {
  /// The model's bytes; equal models give equal bytes.
  /// - Throws: `ONNXError` if the model is larger than a protobuf message can be.
  public func serialized() throws(ONNXError) -> Data {
    let data: Data
    do {
      data = try proto.serializedData()
    } catch {
      throw ONNXError(
        .tooLarge, "the model can't be written", at: "graph '\(graphName)'", because: "\(error)",
        remedy: "convert the model to float16 or int8; a file with its weights inside holds 2 GiB")
    }
    guard data.count <= Self.maximumByteCount else { throw .tooLarge(data.count) }
    return data
  }

  /// Writes the model so that the file is, at every instant, either the old one or the whole new one.
  /// - Throws: `ONNXError` if the model is too large or the file can't be written.
  public func write(to url: URL) throws(ONNXError) {
    let data = try serialized()
    let path = url.path
    let temporary = path + ".\(getpid())-\(UInt32.random(in: .min ... .max)).partial"
    do throws(Errno) {
      try Self.writeDurably(data, to: temporary)
      guard rename(temporary, path) == 0 else { throw Errno(errno) }
    } catch {
      unlink(temporary)
      throw ONNXError(
        .unwritableFile, "the model can't be written", at: path, because: error.description,
        remedy: "check that the folder exists, may be written to, and has \(data.count) bytes free")
    }
  }

  private static func writeDurably(_ data: Data, to path: String) throws(Errno) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Errno(errno) }
    defer { close(descriptor) }
    var failure: Int32 = 0
    data.withUnsafeBytes { bytes in
      var remaining = bytes[...]
      while !remaining.isEmpty, failure == 0 {
        let written = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: remaining).baseAddress, remaining.count)
        if written >= 0 { remaining = remaining.dropFirst(written) } else if errno != EINTR { failure = errno }
      }
    }
    guard failure == 0 else { throw Errno(failure) }
    guard fsync(descriptor) == 0 else { throw Errno(errno) }
  }

  /// What the system said about a failed call.
  private struct Errno: Error, CustomStringConvertible {
    let description: String
    init(_ code: Int32) { description = String(cString: strerror(code)) }
  }
}
