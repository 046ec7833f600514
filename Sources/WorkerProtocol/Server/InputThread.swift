// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// The thread that reads a server's input. It does nothing else, so that a handler which computes for minutes delays
/// neither a cancellation nor the discovery that the client is gone.
enum InputThread {
  /// Reads lines until the end of the input or `shutdown`.
  static func start(_ input: CInt, limit: Int, stopTimeout: Duration, _ session: ServerSession) {
    OwnedThread.start {
      admitSignals()
      read(input, limit: limit, session)
      session.close()
      endUnlessIdle(within: stopTimeout, session)
    }
  }

  /// Swift's threads keep signals to the process waiting, so without a thread that admits them SIGTERM would do nothing.
  private static func admitSignals() {
    var none = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, nil)
  }

  private static func read(_ input: CInt, limit: Int, _ session: ServerSession) {
    var splitter = LineSplitter(limit: limit)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = Glibc.read(input, buffer.baseAddress, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      for piece in splitter.append(UnsafeRawBufferPointer(rebasing: buffer[..<count])) {
        if session.receive(piece) == .end { return }
      }
    }
  }

  /// What a description may take beyond the time of handlers: it loads a library, which ends by itself, but takes many
  /// seconds on a busy machine.
  private static let loading = Duration.seconds(60)

  /// A handler deep in a library's computation can't be stopped any other way than with its process.
  private static func endUnlessIdle(within timeout: Duration, _ session: ServerSession) {
    let deadline = ContinuousClock.now.advanced(by: timeout)
    while !session.isIdle {
      if ContinuousClock.now >= (session.hasRequests ? deadline : deadline.advanced(by: loading)) {
        _exit(ExitStatus.orphaned)
      }
      usleep(5_000)
    }
  }
}
