// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// The two descriptors that a server speaks over.
public struct WorkerStreams: Sendable {
  /// Where requests are read.
  let input: CInt
  /// Where answers are written.
  let output: CInt

  /// The environment variable by which a client tells its process id to the worker it starts.
  static let parentVariable = "GALLEY_WORKER_PARENT"

  /// Streams over descriptors that the caller keeps open.
  public init(input: CInt, output: CInt) {
    self.input = input
    self.output = output
  }

  /// Takes the standard streams away from the rest of the process, so that nothing but the protocol uses them:
  /// afterwards descriptor 1 is the standard error, so that what a library prints can't corrupt an answer, and
  /// descriptor 0 is empty. Call it before any library is loaded.
  ///
  /// Also makes writing to a client that has gone an ordinary failure instead of a signal, and lets the kernel end this
  /// process when a client that asked for it dies.
  public static func reservingStandardStreams() -> WorkerStreams {
    signal(SIGPIPE, SIG_IGN)
    dieWithParent()
    let input = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
    let output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
    let empty = open("/dev/null", O_RDONLY | O_CLOEXEC)
    if empty >= 0 {
      dup2(empty, STDIN_FILENO)
      close(empty)
    }
    dup2(STDERR_FILENO, STDOUT_FILENO)
    return WorkerStreams(input: input, output: output)
  }

  /// Asks the kernel for SIGKILL when the starting thread ends. Only a client that starts workers from a thread which
  /// lives as long as its process may have that, so it says so by a variable holding its process id.
  private static func dieWithParent() {
    guard let value = getenv(parentVariable), let parent = pid_t(String(cString: value)) else { return }
    unsetenv(parentVariable)
    guard parent == getppid(), let symbol = dlsym(nil, "prctl") else { return }
    // prctl is variadic in C, which Swift can't import; on x86-64 and arm64 Linux the arguments travel alike.
    typealias ProcessControl = @convention(c) (CInt, CUnsignedLong, CUnsignedLong, CUnsignedLong, CUnsignedLong) -> CInt
    let control = unsafeBitCast(symbol, to: ProcessControl.self)
    let setParentDeathSignal: CInt = 1  // PR_SET_PDEATHSIG in <linux/prctl.h>
    _ = control(setParentDeathSignal, CUnsignedLong(SIGKILL), 0, 0, 0)
    // The parent may have died in between; then nobody would send the signal.
    if getppid() != parent { _exit(ExitStatus.orphaned) }
  }
}

/// The exit codes of a worker that ends by itself.
enum ExitStatus {
  /// The client went away while a request was running, and the handler didn't stop in time.
  static let orphaned: CInt = 75
}
