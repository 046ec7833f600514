// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import Glibc

/// Copies a file of this machine and checks the copy, so that it doesn't matter who changes the file meanwhile.
struct LocalCopy: Sendable {
  let wanted: Wanted
  let source: String
  let way: Fetched.Way
  /// The folder of partial files.
  let folder: String
  let destination: String

  /// Copies, on the calling thread.
  func perform(
    _ cancellation: Cancellation, _ report: @Sendable (FetchProgress) -> Void
  ) -> Result<Fetched, FetchFault> {
    // Without blocking, lest somebody put a pipe there.
    let input = open(source, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard input >= 0 else { return .failure(.refused(errno == ENOENT ? "there is no such file" : Self.words(errno))) }
    defer { close(input) }
    var status = stat()
    guard fstat(input, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      return .failure(.refused("it is not a file"))
    }
    if let fault = wanted.fault(ofSize: status.st_size) { return .failure(fault) }
    do throws(FileError) {
      let file = try PartialFile(folder: folder, key: "\(wanted.key)-copy")
      // Whatever goes wrong, half a copy is of no use to anybody.
      defer { file.remove() }
      file.discard()
      if let fault = try fill(file, from: input, status.st_size, cancellation, report) { return .failure(fault) }
      let digest = try Digest(ofFileAt: file.path)
      if let fault = wanted.fault(ofDigest: digest) ?? wanted.fault(ofSize: file.length) { return .failure(fault) }
      try file.move(to: destination)
      return .success(
        Fetched(digest: digest, byteCount: file.length, origin: source, way: way))
    } catch {
      return .failure(.local(GalleyError(writing: error, "can't keep what is fetched")))
    }
  }

  private func fill(
    _ file: PartialFile, from input: CInt, _ size: Int, _ cancellation: Cancellation,
    _ report: (FetchProgress) -> Void
  ) throws(FileError) -> FetchFault? {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
    defer { buffer.deallocate() }
    var pieces = 0
    while true {
      if cancellation.isRequested { return .cancelled }
      let count = read(input, buffer.baseAddress, buffer.count)
      if count < 0 {
        if errno == EINTR { continue }
        return .refused(Self.words(errno))
      }
      if pieces % 64 == 0 || count == 0 { report(FetchProgress(received: file.length, total: size)) }
      if count == 0 { return nil }
      guard count <= wanted.maximumBytes - file.length else { return .wrongBytes("it grows while it is read") }
      try file.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      pieces += 1
    }
  }

  private static func words(_ number: CInt) -> String { String(cString: strerror(number)) }
}
