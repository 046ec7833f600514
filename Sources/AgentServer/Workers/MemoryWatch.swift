// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc
internal import Measuring
internal import Synchronization

/// Ends measuring processes that hold more memory than they may. It looks twenty times in a second, and only while there
/// are any.
final class MemoryWatch: Sendable {
  private struct Watched: Sendable {
    let process: Int32
    let limit: UInt64
    let exceeded: @Sendable (_ held: UInt64) -> Void
  }

  private struct State {
    var watched: [UInt64: Watched] = [:]
    var lastNumber: UInt64 = 0
    var task: Task<Void, Never>?
  }

  private let state = Mutex(State())

  /// Watches a process from now on.
  /// - Returns: the number by which that ends.
  func add(_ process: Int32, limit: UInt64, exceeded: @escaping @Sendable (_ held: UInt64) -> Void) -> UInt64 {
    state.withLock { state in
      state.lastNumber += 1
      state.watched[state.lastNumber] = Watched(process: process, limit: limit, exceeded: exceeded)
      if state.task == nil { state.task = Task.detached { [self] in await watch() } }
      return state.lastNumber
    }
  }

  /// Lets the kernel end this process before others when memory is short.
  static func offer(_ process: Int32) {
    let descriptor = open("/proc/\(process)/oom_score_adj", O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    _ = write(descriptor, "1000", 4)
  }

  func remove(_ number: UInt64) { state.withLock { $0.watched[number] = nil } }

  private func watch() async {
    while true {
      let watched = state.withLock { state -> [UInt64: Watched] in
        if state.watched.isEmpty { state.task = nil }
        return state.watched
      }
      guard !watched.isEmpty else { return }
      for (number, one) in watched {
        let held = ProcessResources.residentBytes(of: one.process).map { UInt64(clamping: $0) }
        // The number of a process that is gone may become another's.
        guard let held else {
          remove(number)
          continue
        }
        guard held > one.limit else { continue }
        remove(number)
        one.exceeded(held)
      }
      try? await Task.sleep(for: .milliseconds(50))
    }
  }
}
