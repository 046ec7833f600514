// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc
internal import Synchronization

/// How much memory the workers held that were started while the meter was current: the sum over those that lived at
/// the same time.
///
/// ```swift
/// let meter = WorkerMemoryMeter()
/// try await WorkerMemoryMeter.$current.withValue(meter) { try await backend.train(request) }
/// let peak = meter.peakBytes
/// ```
public final class WorkerMemoryMeter: Sendable {
  /// The meter that a worker is reported to when it is started.
  @TaskLocal public static var current: WorkerMemoryMeter?

  private struct State {
    var living: Set<Int32> = []
    /// The peaks of the workers that have ended or live, by process.
    var peaks: [Int32: Int] = [:]
    /// The workers that lived together, at each moment when one was started.
    var together: [Set<Int32>] = []
  }

  private let state = Mutex(State())

  /// Creates a meter that has seen no worker.
  public init() {}

  /// The most memory that the workers held together, in bytes; `nil` if there was none whose memory is known.
  ///
  /// A worker counts with the most that it ever held, so the sum is an upper bound.
  public var peakBytes: Int? {
    state.withLock { state in
      state.together.map { workers in workers.reduce(0) { $0 + (state.peaks[$1] ?? 0) } }.max().flatMap {
        $0 > 0 ? $0 : nil
      }
    }
  }

  func started(_ process: Int32?) {
    guard let process else { return }
    state.withLock { state in
      state.living.insert(process)
      state.together.append(state.living)
    }
  }

  /// Asks the kernel while the worker still lives.
  func ending(_ process: Int32?) {
    guard let process else { return }
    let peak = Self.peakBytes(of: process)
    state.withLock { state in
      state.living.remove(process)
      state.peaks[process] = peak
    }
  }

  /// The high-water mark of a process's resident memory (`VmHWM` of proc(5)).
  static func peakBytes(of process: Int32) -> Int? {
    guard let file = fopen("/proc/\(process)/status", "re") else { return nil }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 512)
    while fgets(&line, Int32(line.count), file) != nil {
      let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      guard text.hasPrefix("VmHWM:") else { continue }
      return text.split { !$0.isNumber }.first.flatMap { Int($0) }.map { $0 * 1024 }
    }
    return nil
  }
}
