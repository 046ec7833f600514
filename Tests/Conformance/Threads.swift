// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Foundation
internal import Synchronization

/// Threads of the system, so that calls which block don't hold up those of Swift's pool.
enum Threads {
  /// A thread that was started and must be joined; joining twice is allowed.
  final class Handle: Sendable {
    private let ended = DispatchSemaphore(value: 0)

    fileprivate init(_ body: @escaping @Sendable () -> Void) {
      let ended = ended
      Thread.detachNewThread {
        body()
        ended.signal()
      }
    }

    func join() {
      ended.wait()
      ended.signal()
    }
  }

  static func start(_ body: @escaping @Sendable () -> Void) -> Handle { Handle(body) }

  /// Runs `body` on `count` threads at once and waits for all.
  /// - Throws: the first error of any.
  static func run(_ count: Int, _ body: @escaping @Sendable (_ thread: Int) throws -> Void) throws {
    let failures = Failures()
    let threads = (0..<count).map { index in
      start {
        do {
          try body(index)
        } catch {
          failures.add(error)
        }
      }
    }
    for thread in threads { thread.join() }
    if let first = failures.first { throw first }
  }

  static func sleep(milliseconds: Int) { Thread.sleep(forTimeInterval: Double(milliseconds) / 1000) }

  private final class Failures: Sendable {
    private let errors = Mutex<[any Error]>([])

    func add(_ error: any Error) { errors.withLock { $0.append(error) } }

    var first: (any Error)? { errors.withLock { $0.first } }
  }
}
