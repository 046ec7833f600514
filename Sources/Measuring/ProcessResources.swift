// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// What this process uses.
public struct ProcessResources: Sendable, Hashable, Codable {
  /// Resident memory now, in bytes.
  public var residentBytes: Int
  /// Largest resident memory since the program was started, in bytes.
  public var peakResidentBytes: Int
  /// Processor time of all threads, in seconds.
  public var processorSeconds: Double
  /// How often the scheduler took the processor away.
  public var involuntarySwitches: Int

  /// Creates a record.
  public init(residentBytes: Int, peakResidentBytes: Int, processorSeconds: Double, involuntarySwitches: Int) {
    self.residentBytes = residentBytes
    self.peakResidentBytes = peakResidentBytes
    self.processorSeconds = processorSeconds
    self.involuntarySwitches = involuntarySwitches
  }

  /// Reads what the process uses now.
  public static func current(_ files: SystemFiles = SystemFiles()) -> ProcessResources {
    // The kernel's peak belongs to the program; that of getrusage is inherited from the process that started it.
    let status = files.text("/proc/self/status") ?? ""
    let bytes = { (key: String) in
      (SystemFiles.value(key, in: status)?.split(separator: " ").first.flatMap { Int($0) } ?? 0) * 1024
    }
    var usage = rusage()
    getrusage(CInt(RUSAGE_SELF.rawValue), &usage)
    return ProcessResources(
      residentBytes: bytes("VmRSS"), peakResidentBytes: bytes("VmHWM"), processorSeconds: processorSeconds(),
      involuntarySwitches: usage.ru_nivcsw)
  }

  /// Resident memory of a process of this machine, in bytes (`/proc/ID/statm`, proc_pid_statm(5)); `nil` once it is gone.
  public static func residentBytes(of process: Int32, _ files: SystemFiles = SystemFiles()) -> Int? {
    let fields = files.text("/proc/\(process)/statm")?.split(separator: " ") ?? []
    guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
    return pages &* max(sysconf(CInt(_SC_PAGESIZE)), 1)
  }

  /// Processor time of a process of this machine, in seconds; `nil` once it is gone.
  public static func processorSeconds(of process: Int32, _ files: SystemFiles = SystemFiles()) -> Double? {
    ProgramTime(of: String(process), files)?.seconds
  }

  /// Processor time of all threads, in seconds.
  public static func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
