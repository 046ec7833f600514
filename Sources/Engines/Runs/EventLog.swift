// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Glibc
internal import Synchronization

/// The events of a run, each a line of `events.jsonl` as soon as it happens.
final class EventLog: Sendable {
  private struct State {
    var descriptor: CInt
    var failure: FileError?
  }

  private let path: String
  private let state: Mutex<State>

  /// Begins a log.
  /// - Throws: `GalleyError` if the file can't be created.
  init(_ path: String) throws(GalleyError) {
    self.path = path
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw GalleyError(writing: FileError(.create, path), "can't begin the run's log") }
    state = Mutex(State(descriptor: descriptor))
  }

  deinit { close() }

  /// Writes an event. What can't be written is remembered, and stops nothing.
  func append(_ event: EngineEvent) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard var line = try? encoder.encode(event) else { return }
    line.append(UInt8(ascii: "\n"))
    state.withLock { state in
      guard state.descriptor >= 0, state.failure == nil else { return }
      do throws(FileError) {
        try AtomicFile.append(line, to: state.descriptor, named: path)
      } catch {
        state.failure = error
      }
    }
  }

  /// Ends the log.
  /// - Returns: why it isn't complete, in words; `nil` if it is.
  @discardableResult
  func close() -> String? {
    state.withLock { state in
      if state.descriptor >= 0 { _ = Glibc.close(state.descriptor) }
      state.descriptor = -1
      return state.failure.map { "the log of events isn't complete: \($0.reason)" }
    }
  }
}

/// Hands events to everyone who listens.
final class EventBroadcast: Sendable {
  private let listeners = Mutex<[Int: AsyncStream<EngineEvent>.Continuation]>([:])
  private let numbers = Atomic(0)

  /// A stream of the events from now on; it ends with the broadcast.
  var events: AsyncStream<EngineEvent> {
    let number = numbers.add(1, ordering: .relaxed).newValue
    return AsyncStream { continuation in
      continuation.onTermination = { [weak self] _ in
        _ = self?.listeners.withLock { $0.removeValue(forKey: number) }
      }
      listeners.withLock { $0[number] = continuation }
    }
  }

  func send(_ event: EngineEvent) {
    let all = listeners.withLock { Array($0.values) }
    for listener in all { listener.yield(event) }
  }

  deinit { for listener in listeners.withLock({ Array($0.values) }) { listener.finish() } }
}

/// Holds every item against those that went in: each comes out once, by its id.
final class ItemAccount: Sendable {
  private struct State {
    var open: Set<String>
    var failure: GalleyError?
    var counts = VerbResult.ItemCounts()
  }

  private let ids: [String]
  private let state: Mutex<State>

  init(_ ids: [String]) {
    self.ids = ids
    state = Mutex(State(open: Set(ids)))
  }

  /// Notes a result.
  /// - Returns: whether the item was still open; a result of another is a mistake of the backend.
  func note(_ result: ItemResult) -> Bool {
    state.withLock { state in
      guard state.open.remove(result.id) != nil else {
        state.failure =
          state.failure
          ?? GalleyError(
            .software, "can't use the backend's answers", at: result.id,
            why: ids.contains(result.id) ? "the item was answered twice" : "no such item went in")
        return false
      }
      switch result.outcome {
      case .ok: state.counts.ok += 1
      case .failed: state.counts.failed += 1
      case .skipped: state.counts.skipped += 1
      }
      return true
    }
  }

  /// Failures for the items that never came out, in their order.
  func missing() -> [ItemResult] {
    let open = state.withLock(\.open)
    return ids.filter(open.contains).map {
      ItemResult(id: $0, .failed(stage: .infer, reason: "the backend gave no answer for it"))
    }
  }

  /// The counts.
  /// - Throws: `GalleyError` if an item came out twice, or one that never went in.
  func close() throws(GalleyError) -> VerbResult.ItemCounts {
    let (failure, counts) = state.withLock { ($0.failure, $0.counts) }
    if let failure { throw failure }
    return counts
  }
}
