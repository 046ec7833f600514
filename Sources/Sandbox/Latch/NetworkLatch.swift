// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

internal import CSandbox
internal import Glibc
internal import Synchronization

/// The end of all networking of this process and its children: laid once, never lifted.
///
/// The kernel refuses every socket but AF_UNIX and AF_NETLINK ones (`EACCES`), whoever asks: this program, a library, a
/// worker, a Python tool. Only the thread of ``loopback`` is free, for fetching from this machine itself; what it may
/// ask is decided by whoever uses it.
public enum NetworkLatch {
  private static let state = Mutex<(isEngaged: Bool, loopback: LoopbackThread?)>((false, nil))

  /// Whether it is laid.
  public static var isEngaged: Bool { state.withLock { $0.isEngaged } }

  /// A thread that may still open sockets, where one could be kept.
  public static var loopback: LoopbackThread? { state.withLock { $0.loopback } }

  /// What tells children, so that they say what they lack instead of failing to reach somebody.
  public static let exported = [
    "GALLEY_OFFLINE": "1", "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "PIP_NO_INDEX": "1", "UV_OFFLINE": "1",
    "ORT_DISABLE_TELEMETRY": "1",
  ]

  /// Whether a command line or an environment asks for it.
  /// - Parameters:
  ///   - arguments: The program's arguments; `--offline` counts unless it stands behind `--`.
  ///   - environment: Where `GALLEY_OFFLINE` and `HF_HUB_OFFLINE` count.
  /// - Throws: `GalleyError` (`configuration`) if the variable holds what it can't mean.
  public static func isWanted(arguments: [String], environment: [String: String]) throws(GalleyError) -> Bool {
    if arguments.prefix(while: { $0 != "--" }).contains("--offline") { return true }
    return try OfflineSetting.isOn(environment)
  }

  /// Lays it if the command line or this process's environment asks for it. See ``engage()``.
  /// - Throws: `GalleyError`.
  public static func engageIfWanted(arguments: [String]) throws(GalleyError) {
    var environment: [String: String] = [:]
    // Foundation's dictionary of the environment may start threads.
    for name in [OfflineSetting.variable, "HF_HUB_OFFLINE"] {
      environment[name] = getenv(name).map { String(cString: $0) }
    }
    if try isWanted(arguments: arguments, environment: environment) { try engage() }
  }

  /// Lays it. To be called before the program has a second thread: threads that exist already would stay free, so they
  /// are put under it too, and then none can be kept for loopback.
  /// - Throws: `GalleyError` (`unavailable`) if the kernel can't enforce it.
  public static func engage() throws(GalleyError) {
    let failure = state.withLock { state -> CInt in
      guard !state.isEngaged else { return 0 }
      for (name, value) in exported { setenv(name, value, 1) }
      let isAlone = threadCount == 1
      let loopback = isAlone ? LoopbackThread.start() : nil
      let number = galley_network_refuse(isAlone ? 0 : 1)
      // In a sandbox further filters would hide calls from its record, and it lets nobody out anyway.
      let isHeld = number == EBUSY
      if number == 0 || isHeld { state = (true, loopback) }
      return isHeld ? 0 : number
    }
    guard failure == 0 else {
      throw GalleyError(
        .unavailable, "can't keep this program off the network", why: String(cString: strerror(failure)),
        remedy: "A kernel with seccomp filters is needed (CONFIG_SECCOMP_FILTER). Without --offline and GALLEY_OFFLINE "
          + "nothing is enforced.")
    }
  }

  private static var threadCount: Int {
    guard let folder = opendir("/proc/self/task") else { return 2 }
    defer { closedir(folder) }
    var count = 0
    // Two entries are the folder and its parent.
    while readdir(folder) != nil { count += 1 }
    return count - 2
  }
}
