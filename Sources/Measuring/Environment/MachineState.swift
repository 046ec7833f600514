// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
public import Glibc

/// What disturbs a measurement and changes with time: load, stolen time, throttling, frequency, memory, programs.
public struct MachineState: Sendable, Hashable, Codable {
  /// Load average of the last minute.
  public var load: Double
  /// Time in which processors worked, over all of them, in seconds since the start of the machine.
  public var busySeconds: Double
  /// Time that a hypervisor took from this machine, over all processors, in seconds.
  public var stolenSeconds: Double
  /// How often processors were slowed down because they were hot; `nil` where the kernel doesn't count.
  public var throttleCount: Int?
  /// Mean clock frequency in hertz; `nil` where the kernel doesn't show it.
  public var frequency: Double?
  /// Pages that were written to or read from swap space since the start; `nil` where the kernel doesn't count.
  public var swappedPages: Int?
  /// Time in which some program waited for memory since the start, in seconds; `nil` where the kernel doesn't count.
  public var memoryStallSeconds: Double?
  /// Every process's processor time.
  public var programs: [ProgramTime]
  /// When this was read: nanoseconds of the monotonic clock.
  public var time: UInt64

  /// Reads the state now.
  public init(_ files: SystemFiles = SystemFiles()) {
    load = Self.load(files) ?? 0
    let times = ProcessorTimes(files)
    (busySeconds, stolenSeconds) = (times?.busySeconds ?? 0, times?.stolenSeconds ?? 0)
    let folder = "/sys/devices/system/cpu"
    let processors = files.numberedEntries("cpu", in: folder)
    let throttles = processors.compactMap { files.number("\(folder)/\($0)/thermal_throttle/core_throttle_count") }
    throttleCount = throttles.isEmpty ? nil : throttles.reduce(0, +)
    let frequencies = processors.compactMap { files.number("\(folder)/\($0)/cpufreq/scaling_cur_freq") }
    frequency = frequencies.isEmpty ? nil : Double(frequencies.reduce(0, +)) * 1000 / Double(frequencies.count)
    swappedPages = Self.swappedPages(files)
    memoryStallSeconds = Self.memoryStall(files)
    programs = ProgramTime.all(files)
    time = MonotonicClock.nanoseconds
  }

  /// Load average of the last minute.
  static func load(_ files: SystemFiles) -> Double? {
    files.text("/proc/loadavg").flatMap { $0.split(separator: " ").first.flatMap { Double($0) } }
  }

  private static func swappedPages(_ files: SystemFiles) -> Int? {
    guard let text = files.text("/proc/vmstat") else { return nil }
    let counts = ["pswpin", "pswpout"].compactMap {
      SystemFiles.value($0, separator: " ", in: text).flatMap { Int($0) }
    }
    return counts.isEmpty ? nil : counts.reduce(0, +)
  }

  /// The total of the line `some` of the kernel's pressure (Documentation/accounting/psi.rst of Linux), in microseconds.
  private static func memoryStall(_ files: SystemFiles) -> Double? {
    guard let line = files.text("/proc/pressure/memory")?.split(separator: "\n").first(where: { $0.hasPrefix("some") }),
      let total = line.split(separator: " ").first(where: { $0.hasPrefix("total=") })
    else { return nil }
    return Double(total.dropFirst(6)).map { $0 * 1e-6 }
  }
}

extension MachineState {
  /// From which share of one processor other programs, or the hypervisor, count as a disturbance.
  public static let disturbance = 0.1

  /// Share of the time in which some program waits for memory, from which it counts.
  private static let memoryStall = 0.01
  /// Share of one processor from which another program is named.
  private static let notable = 0.02

  /// What disturbed the time between two states, one sentence each.
  /// - Parameters:
  ///   - earlier: The state before.
  ///   - ownSeconds: Processor time that the measuring processes themselves used in between.
  ///   - own: The process that measures; it and all that it started are not named as other programs.
  public func disturbances(since earlier: MachineState, ownSeconds: Double, own: Int32 = getpid()) -> [String] {
    let elapsed = Double(time &- earlier.time) * 1e-9
    guard time > earlier.time, elapsed > 0 else { return [] }
    var marks: [String] = []
    let others = (busySeconds - earlier.busySeconds - ownSeconds) / elapsed
    if others > Self.disturbance {
      marks.append(
        "Other programs used \(Self.percent(others)) of a processor while it was measured\(names(since: earlier, own))."
      )
    }
    let stolen = (stolenSeconds - earlier.stolenSeconds) / elapsed
    if stolen > Self.disturbance {
      marks.append("The hypervisor took \(Self.percent(stolen)) of a processor while it was measured.")
    }
    if let now = throttleCount, let before = earlier.throttleCount, now > before {
      marks.append("The processor was throttled \(Self.gain(now, before)) times because it was hot.")
    }
    if let now = frequency, let before = earlier.frequency, before > 0, now < 0.9 * before {
      marks.append("The clock frequency fell by \(Self.percent(1 - now / before)) during the measurement.")
    }
    return marks + memoryMarks(since: earlier, elapsed)
  }

  private func memoryMarks(since earlier: MachineState, _ elapsed: Double) -> [String] {
    var marks: [String] = []
    if let now = swappedPages, let before = earlier.swappedPages, now > before {
      marks.append("\(Self.gain(now, before)) pages were swapped while it was measured.")
    }
    if let now = memoryStallSeconds, let before = earlier.memoryStallSeconds,
      (now - before) / elapsed > Self.memoryStall
    {
      marks.append("Programs waited for memory in \(Self.percent((now - before) / elapsed)) of the time.")
    }
    return marks
  }

  /// The other programs that used most: `: ffmpeg (52 %), sshd (3 %)`.
  private func names(since earlier: MachineState, _ own: Int32) -> String {
    let notable = otherPrograms(since: earlier, own: own).prefix(3).filter { $0.share >= Self.notable }
    let names = notable.map { "\($0.name) (\(Self.percent($0.share)))" }
    return names.isEmpty ? "" : ": " + names.joined(separator: ", ")
  }

  /// A state may have come from another machine, and say anything.
  private static func percent(_ share: Double) -> String {
    share.isFinite ? "\(Int((min(max(share, -1e6), 1e6) * 100).rounded())) %" : "? %"
  }

  private static func gain(_ now: Int, _ before: Int) -> Int {
    let (gain, isHuge) = now.subtractingReportingOverflow(before)
    return isHuge ? .max : gain
  }
}
