// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

internal import Glibc
internal import Synchronization

/// Samples a machine's sensors and some processes, on a thread of its own, from now until it is stopped.
///
/// It belongs into another process than those that are measured. It opens every file once, allocates only for what it
/// writes down, and states what it cost. One second at ten samples takes about 80 bytes for each sensor.
public final class ResourceSampler: Sendable {
  private let shared: SharedSampling
  private let thread: SamplingThread

  /// Starts sampling.
  /// - Parameters:
  ///   - processes: The processes to follow, by number, with the names under which they appear.
  ///   - interval: Time between two samples in seconds, from 0.001 to 3600.
  ///   - files: The machine's files, or a recorded tree.
  ///   - gpuLibrary: NVIDIA's management library; `nil` leaves GPUs out.
  public init(
    processes: [Int32: String] = [:], interval: Double = 0.1, files: SystemFiles = SystemFiles(),
    gpuLibrary: String? = "libnvidia-ml.so.1"
  ) {
    let interval = interval.isFinite ? min(max(interval, 0.001), 3600) : 0.1
    shared = SharedSampling(processes, interval, files, gpuLibrary)
    thread = SamplingThread(shared)
  }

  deinit { thread.stop() }

  /// Follows another process from now on.
  public func add(_ process: Int32, as name: String) { shared.add(process, named: name) }

  /// Seconds since sampling began: the present moment on the time base of ``series``.
  public var now: Double { shared.now }

  /// All that was sampled so far.
  public var series: ResourceSeries { shared.series }

  /// Takes a last sample and ends; a second call changes nothing.
  /// - Returns: all that was sampled.
  @discardableResult public func stop() -> ResourceSeries {
    thread.stop()
    return shared.series
  }
}

/// What the sampling thread and its owner share.
final class SharedSampling: Sendable {
  let interval: Double
  private let start: UInt64
  private let recorder: Mutex<ResourceRecorder>
  private let cost = Mutex(SamplingCost(processorSeconds: 0, seconds: 0, missed: 0))

  init(_ processes: [Int32: String], _ interval: Double, _ files: SystemFiles, _ gpuLibrary: String?) {
    self.interval = interval
    start = MonotonicClock.nanoseconds
    recorder = Mutex(
      ResourceRecorder(files, gpuLibrary: gpuLibrary, start: start, startTime: EnvironmentReader.now()))
    for (process, name) in processes.sorted(by: { $0.key < $1.key }) { add(process, named: name) }
  }

  func add(_ process: Int32, named name: String) { recorder.withLock { $0.add(process, named: name) } }

  /// Says why nothing is sampled.
  func refuse(_ reason: String) {
    recorder.withLock { recorder in
      for quantity in ResourceQuantity.allCases { recorder.lack(quantity, reason) }
    }
  }

  var now: Double { Double(MonotonicClock.nanoseconds &- start) * 1e-9 }

  var series: ResourceSeries {
    let cost = cost.withLock { $0 }
    return recorder.withLock { $0.series(interval: interval, cost: cost) }
  }

  /// Takes one sample, and writes down what sampling has cost this thread so far.
  func sample(missed: Int) {
    recorder.withLock { $0.sample(at: MonotonicClock.nanoseconds) }
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    let used = Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    cost.withLock { $0 = SamplingCost(processorSeconds: used, seconds: now, missed: missed) }
  }
}
