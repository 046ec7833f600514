// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Glibc
internal import Synchronization

/// The parent's ends of a child's three standard streams, served by one thread that is blocked while nothing happens.
///
/// The child's input is a socket, because writing to a closed socket can be an ordinary failure, while writing to a
/// closed pipe is a signal to the whole program. Its outputs are pipes, which every program expects.
final class ChildStreams: Sendable {
  /// What is done with what the child writes; all are called on the streams' thread.
  struct Receiver: Sendable {
    /// Takes bytes of the standard output.
    var output: @Sendable (UnsafeRawBufferPointer) -> Void
    /// Takes bytes of the standard error.
    var error: @Sendable (UnsafeRawBufferPointer) -> Void
    /// The standard output has ended; the child may still live.
    var outputEnded: @Sendable () -> Void
    /// The child has ended and all it wrote has been taken; the last call.
    var closed: @Sendable () -> Void
  }

  /// The child's ends, for whoever starts it.
  struct ChildEnds: Sendable {
    var input: CInt
    var output: CInt
    var error: CInt
  }

  private struct State {
    var outbox = Data()
    /// How much of the outbox the child has taken.
    var sent = 0
    var inputIsFinished = false
    var childHasEnded = false
    /// After the thread has closed its descriptors their numbers may belong to others.
    var isClosed = false
  }

  private let input: CInt
  private let output: CInt
  private let error: CInt
  private let wakeReader: CInt
  private let wakeWriter: CInt
  private let state = Mutex(State())

  private init(input: CInt, output: CInt, error: CInt, wakeReader: CInt, wakeWriter: CInt) {
    self.input = input
    self.output = output
    self.error = error
    self.wakeReader = wakeReader
    self.wakeWriter = wakeWriter
  }

  /// Opens the streams; `nil`, with `errno` set, if the process has no descriptors left.
  static func open() -> (streams: ChildStreams, child: ChildEnds)? {
    let pairs = [DescriptorPair.socket(), .pipe(), .pipe(), .pipe()]
    guard let input = pairs[0], let output = pairs[1], let error = pairs[2], let wake = pairs[3] else {
      let number = errno
      for pair in pairs { pair?.close() }
      errno = number
      return nil
    }
    for descriptor in [input.writer, output.reader, error.reader, wake.reader, wake.writer] {
      _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }
    let streams = ChildStreams(
      input: input.writer, output: output.reader, error: error.reader, wakeReader: wake.reader,
      wakeWriter: wake.writer)
    return (streams, ChildEnds(input: input.reader, output: output.writer, error: error.writer))
  }

  /// Begins to serve the streams.
  func start(_ receiver: Receiver) {
    OwnedThread.start { self.serve(receiver) }
  }

  /// Writes `data` to the child's input as soon as it takes it; never blocks.
  func send(_ data: Data) {
    change { $0.outbox.append(data) }
  }

  /// Ends the child's input after what was sent.
  func finishInput() {
    change { $0.inputIsFinished = true }
  }

  /// Says that the child has ended: what is still in the streams is read, then they are closed.
  func childEnded() {
    change { $0.childHasEnded = true }
  }

  private func change(_ body: (inout State) -> Void) {
    state.withLock { state in
      guard !state.isClosed else { return }
      body(&state)
      var byte: UInt8 = 0
      // A full pipe already wakes the thread.
      _ = write(wakeWriter, &byte, 1)
    }
  }
}

// MARK: On the streams' thread

extension ChildStreams {
  /// Which streams the thread still serves.
  private struct Open {
    var input = true
    var output = true
    var error = true
  }

  private func serve(_ receiver: Receiver) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { buffer.deallocate() }
    var open = Open()
    while !state.withLock({ $0.childHasEnded }) {
      finishInputIfDone(&open)
      let ready = wait(open)
      if ready.wake { while read(wakeReader, buffer.baseAddress, buffer.count) > 0 {} }
      if ready.input { open.input = flush() }
      if ready.error { open.error = take(error, buffer, receiver.error) }
      if ready.output, !take(output, buffer, receiver.output) {
        open.output = false
        receiver.outputEnded()
      }
    }
    while open.error, take(error, buffer, receiver.error, isLast: true) {}
    while open.output, take(output, buffer, receiver.output, isLast: true) {}
    closeAll()
    receiver.closed()
  }

  private func wait(_ open: Open) -> (wake: Bool, input: Bool, output: Bool, error: Bool) {
    let hasOutbox = state.withLock { !$0.outbox.isEmpty }
    // A negative descriptor is skipped by poll.
    var set = [
      pollfd(fd: wakeReader, events: Int16(POLLIN), revents: 0),
      pollfd(fd: open.input && hasOutbox ? input : -1, events: Int16(POLLOUT), revents: 0),
      pollfd(fd: open.output ? output : -1, events: Int16(POLLIN), revents: 0),
      pollfd(fd: open.error ? error : -1, events: Int16(POLLIN), revents: 0),
    ]
    guard poll(&set, nfds_t(set.count), -1) > 0 else { return (false, false, false, false) }
    return (set[0].revents != 0, set[1].revents != 0, set[2].revents != 0, set[3].revents != 0)
  }

  /// Gives `receiver` what is there; false at the end of the stream, or, if `isLast`, when nothing is there any more.
  private func take(
    _ descriptor: CInt, _ buffer: UnsafeMutableRawBufferPointer, _ receiver: (UnsafeRawBufferPointer) -> Void,
    isLast: Bool = false
  ) -> Bool {
    let count = read(descriptor, buffer.baseAddress, buffer.count)
    if count > 0 {
      receiver(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      return true
    }
    if count < 0, errno == EINTR { return true }
    return count < 0 && errno == EAGAIN && !isLast
  }

  /// Writes what the child takes; false when it takes nothing any more.
  private func flush() -> Bool {
    state.withLock { state in
      while state.sent < state.outbox.count {
        let count = state.outbox.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) in
          let rest = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(state.sent))
          return Glibc.send(input, rest.baseAddress, rest.count, CInt(MSG_NOSIGNAL))
        }
        if count < 0 {
          if errno == EINTR { continue }
          return errno == EAGAIN
        }
        state.sent += count
      }
      state.outbox = Data()
      state.sent = 0
      return true
    }
  }

  private func finishInputIfDone(_ open: inout Open) {
    guard open.input, state.withLock({ $0.inputIsFinished && $0.outbox.isEmpty }) else { return }
    // Closing the number is left to `closeAll`; this ends the stream for the child.
    shutdown(input, CInt(SHUT_WR))
    open.input = false
  }

  private func closeAll() {
    state.withLock { state in
      state.isClosed = true
      state.outbox = Data()
      for descriptor in [input, output, error, wakeReader, wakeWriter] { close(descriptor) }
    }
  }
}
