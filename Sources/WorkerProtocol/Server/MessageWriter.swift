// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Glibc
internal import Synchronization

/// Writes whole lines to a descriptor, one at a time, from any thread.
final class MessageWriter: Sendable {
  private let descriptor: CInt
  /// Guards the stream: while it is held, one whole line is written. False once the reader has gone.
  private let isOpen = Mutex(true)

  init(_ descriptor: CInt) { self.descriptor = descriptor }

  /// Sends a notification; one that can't be sent is dropped, because nobody waits for it.
  func notify(_ method: String, _ parameters: some Encodable) {
    guard let line = try? OutgoingMessage.notification(method: method, parameters: parameters) else { return }
    write(line)
  }

  /// Answers a request; a result that JSON can't hold becomes an error, so that the client is never left waiting.
  func answer(_ id: RequestID, _ result: some Encodable) {
    do {
      write(try OutgoingMessage.result(id: id, result))
    } catch {
      fail(id, RPCError(RPCError.internalError, "the result can't be written as JSON: \(error)"))
    }
  }

  /// Refuses a request.
  func fail(_ id: RequestID, _ error: RPCError) {
    guard let line = try? OutgoingMessage.failure(id: id, error) else { return }
    write(line)
  }

  /// A reader that has gone away is no error: the end of the input stream is what ends a worker.
  private func write(_ line: Data) {
    isOpen.withLock { isOpen in
      guard isOpen else { return }
      isOpen = line.withUnsafeBytes { writeAll($0) }
    }
  }

  private func writeAll(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count < 0 {
        if errno == EINTR { continue }
        return false
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
    return true
  }
}
