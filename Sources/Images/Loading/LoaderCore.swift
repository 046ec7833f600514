// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// The threads of an ``ItemLoader``, and the lock around its queue.
///
/// `@unchecked Sendable`: `queue`, `isStarted` and `running` are touched only between `lock` and `unlock`.
final class LoaderCore<Value: Sendable>: @unchecked Sendable {
  private var queue: LoaderQueue<Value>
  private var isStarted = false
  private var running = 0
  private let loadsInReader: Bool
  private let load: @Sendable (Int) throws -> LoadedItem<Value>
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  /// Told when room appears or loading stops.
  private let room = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  /// Told when an item appears or a thread ends.
  private let news = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init(_ queue: LoaderQueue<Value>, _ load: @escaping @Sendable (Int) throws -> LoadedItem<Value>) {
    self.queue = queue
    self.load = load
    loadsInReader = queue.limits.threads == 0
    mutex.initialize(to: pthread_mutex_t())
    pthread_mutex_init(mutex, nil)
    for condition in [room, news] {
      condition.initialize(to: pthread_cond_t())
      pthread_cond_init(condition, nil)
    }
  }

  deinit {
    pthread_cond_destroy(room)
    pthread_cond_destroy(news)
    pthread_mutex_destroy(mutex)
    room.deallocate()
    news.deallocate()
    mutex.deallocate()
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }

  var statistics: LoaderStatistics { locked { queue.statistics } }

  /// Gives the next item to `reader`, now or when it is there.
  func take(_ reader: @escaping @Sendable (ItemOutcome<Value>?) -> Void) {
    start()
    let delivery: LoaderQueue<Value>.Delivery = locked {
      let delivery = queue.take()
      if case .notYet = delivery { queue.reader = reader }
      pthread_cond_broadcast(room)
      return delivery
    }
    switch delivery {
    case .item(let outcome): reader(outcome)
    case .end: reader(nil)
    case .notYet: break
    }
  }

  func takeBlocking() -> ItemOutcome<Value>? {
    if loadsInReader { loadNext() } else { start() }
    return locked {
      while true {
        switch queue.take() {
        case .item(let outcome):
          pthread_cond_broadcast(room)
          return outcome
        case .end: return nil
        case .notYet: pthread_cond_wait(news, mutex)
        }
      }
    }
  }

  /// Loads the next item in the thread of the reader.
  private func loadNext() {
    // Nothing else that began is ahead of the reader, so it never waits for room here.
    guard let index = nextIndex() else { return }
    let result = Result { try load(index) }
    locked { queue.finish(index, result) }
  }

  func stop() {
    let reader = locked {
      queue.stop()
      pthread_cond_broadcast(room)
      pthread_cond_broadcast(news)
      defer { queue.reader = nil }
      return queue.reader
    }
    reader?(nil)
  }

  func waitUntilEnded() {
    locked {
      while running > 0 { pthread_cond_wait(news, mutex) }
    }
  }

  private func start() {
    locked {
      guard !isStarted, !queue.isStopped else { return }
      isStarted = true
      for _ in 0..<max(1, min(queue.limits.threads, queue.count)) {
        running += 1
        if !LoaderThread.start({ self.work() }) { running -= 1 }
      }
      // Without a thread nothing would ever come: the reader then gets the end at once.
      if running == 0 { queue.stop() }
    }
  }

  private func work() {
    while let index = nextIndex() {
      let result = Result { try load(index) }
      let delivery: (reader: @Sendable (ItemOutcome<Value>?) -> Void, outcome: ItemOutcome<Value>)? = locked {
        queue.finish(index, result)
        pthread_cond_broadcast(news)
        guard let reader = queue.reader, case .item(let outcome) = queue.take() else { return nil }
        queue.reader = nil
        pthread_cond_broadcast(room)
        return (reader, outcome)
      }
      if let delivery { delivery.reader(delivery.outcome) }
    }
    VipsLibrary.leaveThread()
    locked {
      running -= 1
      pthread_cond_broadcast(news)
    }
  }

  private func nextIndex() -> Int? {
    locked {
      while true {
        switch queue.step() {
        case .load(let index): return index
        case .leave: return nil
        case .wait: pthread_cond_wait(room, mutex)
        }
      }
    }
  }
}

/// A thread of the operating system: items are decoded for long and block, which Swift's own pool must not.
enum LoaderThread {
  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Whether the system gave a thread.
  static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
    let box = Unmanaged.passRetained(Body(body))
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { context in
        if let context { Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run() }
        return nil
      }, box.toOpaque())
    guard code == 0 else {
      box.release()
      return false
    }
    pthread_detach(thread)
    return true
  }
}
