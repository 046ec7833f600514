// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import Glibc

/// This machine, for as long as the value lives: while something is measured on it, nothing else of Galley runs there.
///
/// Whoever measures takes it alone; stages that only compute share it.
///
/// The lock is `flock` on a file that all users of the machine share; the kernel takes it from a process that dies.
public final class MachineLock: Sendable {
  /// How the machine is taken.
  public enum Use: Sendable {
    /// For measuring: nobody else may do anything.
    case alone
    /// For computing: others may compute too, and nobody measures meanwhile.
    case shared
  }

  /// The file; one for the machine, whoever measures.
  public static let defaultPath = "/tmp/galley-measuring.lock"

  private let descriptor: CInt

  private init(_ descriptor: CInt) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  /// Takes the machine, and waits as long as another process holds it.
  /// - Parameters:
  ///   - use: Alone or shared.
  ///   - path: The file.
  ///   - onWait: Called once if it has to wait, with who holds it.
  /// - Throws: `CancellationError` if the task is cancelled meanwhile; `GalleyError` if the file can't be used.
  public static func acquire(
    for use: Use = .alone, path: String = defaultPath, onWait: @Sendable (String) -> Void = { _ in }
  ) async throws -> MachineLock {
    let descriptor = open(path)
    guard descriptor >= 0 else {
      throw GalleyError(
        .cantCreate, "can't reserve the machine for a measurement", at: path, why: String(cString: strerror(errno)),
        remedy: "Make the file readable for everyone who measures, or delete it.")
    }
    let lock = MachineLock(descriptor)
    var hasSaid = false
    while true {
      let outcome = AdvisoryLock.attempt(use == .alone ? .exclusive : .shared, of: descriptor)
      if outcome == .taken { break }
      if case .impossible(let number) = outcome {
        throw GalleyError(
          .cantCreate, "can't reserve the machine for a measurement", at: path, why: String(cString: strerror(number)))
      }
      if !hasSaid { onWait(holder(descriptor)) }
      hasSaid = true
      try await Task.sleep(for: .milliseconds(200))
    }
    if use == .alone { lock.sign() }
    return lock
  }

  /// Another user's file can be locked though not written.
  private static func open(_ path: String) -> CInt {
    let flags = O_CLOEXEC | O_NOFOLLOW
    // In a folder like /tmp the kernel refuses O_CREAT on a file that another user made.
    for attempt in [O_RDWR | flags, O_RDONLY | flags] {
      let descriptor = Glibc.open(path, attempt)
      if descriptor >= 0 { return descriptor }
    }
    let descriptor = Glibc.open(path, O_RDWR | O_CREAT | flags, 0o666)
    if descriptor >= 0 { fchmod(descriptor, 0o666) }
    return descriptor
  }

  private static func holder(_ descriptor: CInt) -> String {
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    let text = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self).prefix { !$0.isNewline }
    return text.isEmpty ? "another process" : String(text)
  }

  /// Says who holds the lock; a file that can't be written only makes the waiting message vaguer.
  private func sign() {
    let text = Array("process \(getpid())\n".utf8)
    guard ftruncate(descriptor, 0) == 0 else { return }
    _ = pwrite(descriptor, text, text.count, 0)
  }
}
