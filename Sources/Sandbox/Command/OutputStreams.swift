// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import Glibc

/// The descriptors that a command gets as its standard streams.
struct OutputStreams: Sendable {
  let input: CInt
  let output: CInt
  let errors: CInt

  /// Opens the files.
  /// - Throws: `GalleyError` (`cantCreate`).
  init(output: String?, errors: String?) throws(GalleyError) {
    input = try Self.open("/dev/null", O_RDONLY)
    do throws(GalleyError) {
      self.output = try Self.open(output ?? "/dev/null", O_WRONLY | O_CREAT | O_TRUNC)
    } catch {
      Glibc.close(input)
      throw error
    }
    do throws(GalleyError) {
      self.errors =
        errors == output ? dup(self.output) : try Self.open(errors ?? "/dev/null", O_WRONLY | O_CREAT | O_TRUNC)
    } catch {
      Glibc.close(input)
      Glibc.close(self.output)
      throw error
    }
  }

  /// Standard output into a file that has no name.
  init(output: CInt) throws(GalleyError) {
    input = try Self.open("/dev/null", O_RDONLY)
    self.output = dup(output)
    errors = dup(output)
  }

  func close() {
    for descriptor in [input, output, errors] { Glibc.close(descriptor) }
  }

  private static func open(_ path: String, _ flags: CInt) throws(GalleyError) -> CInt {
    let descriptor = Glibc.open(path, flags | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw GalleyError(writing: FileError(.create, path), "can't keep the output of a command that runs cut off")
    }
    return descriptor
  }
}
