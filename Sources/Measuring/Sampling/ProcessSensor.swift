// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Glibc

/// A process: its processor time, its resident memory and the largest so far (proc_pid_stat(5), proc_pid_status(5)).
///
/// The files are opened once. They stay those of this process: when it has ended, reading fails, even if another
/// process has taken its number.
final class ProcessSensor: Sensor {
  let headers: [SensorHeader]
  private var stat: HeldFile?
  private var status: HeldFile?
  private let clock: clockid_t?
  private var last: (seconds: Double, time: UInt64)?

  private static let pageSize = Double(max(sysconf(CInt(_SC_PAGESIZE)), 1))
  private static let tick = 1 / Double(max(sysconf(CInt(_SC_CLK_TCK)), 1))

  /// - Returns: `nil` if there is no such process.
  init?(_ process: Int32, named name: String, in files: SystemFiles) {
    guard let stat = HeldFile("/proc/\(process)/stat", in: files) else { return nil }
    self.stat = stat
    status = HeldFile("/proc/\(process)/status", in: files)
    clock = Self.clock(of: process, files)
    let silence = "process \(process) ended before two samples of it were taken"
    headers = [.processProcessorUse, .processResident, .processPeakResident].map {
      SensorHeader(quantity: $0, subject: name, source: "proc", silence: silence)
    }
  }

  /// The clock that counts a process's processor time in nanoseconds; the files count in hundredths of a second.
  private static func clock(of process: Int32, _ files: SystemFiles) -> clockid_t? {
    var clock = clockid_t()
    guard files.root.isEmpty, clock_getcpuclockid(process, &clock) == 0 else { return nil }
    return clock
  }

  func read(_ sample: inout SensorSample) {
    guard let (seconds, resident) = used(sample.buffer) else {
      (stat, status) = (nil, nil)
      for _ in headers { sample.add(nil) }
      return
    }
    let elapsed = last.map { Double(sample.time &- $0.time) * 1e-9 } ?? 0
    sample.add(elapsed > 0 ? max(seconds - (last?.seconds ?? seconds), 0) / elapsed : nil)
    sample.add(resident)
    sample.add(peak(sample.buffer))
    last = (seconds, sample.time)
  }

  private func used(_ buffer: UnsafeMutableRawBufferPointer) -> (seconds: Double, resident: Double)? {
    guard let bytes = stat?.read(buffer) else { return nil }
    var scanner = NumberScanner(bytes)
    // The second field is the program's name in brackets, which may itself hold brackets and blanks.
    guard scanner.skipPastLast(UInt8(ascii: ")")) else { return nil }
    let state = NumberScanner.state(&scanner)
    // A process that has ended and was not yet waited for has no memory, and its time no longer changes.
    guard state != UInt8(ascii: "Z"), state != UInt8(ascii: "X") else { return nil }
    for _ in 4...13 { scanner.skipField() }
    guard let user = scanner.number(), let system = scanner.number() else { return nil }
    for _ in 16...23 { scanner.skipField() }
    guard let pages = scanner.number() else { return nil }
    return (clockSeconds ?? (Double(user) + Double(system)) * Self.tick, Double(pages) * Self.pageSize)
  }

  private var clockSeconds: Double? {
    guard let clock else { return nil }
    var time = timespec()
    guard clock_gettime(clock, &time) == 0 else { return nil }
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  private func peak(_ buffer: UnsafeMutableRawBufferPointer) -> Double? {
    guard let bytes = status?.read(buffer) else { return nil }
    var scanner = NumberScanner(bytes)
    repeat {
      if scanner.take("VmHWM:") { return scanner.number().map { Double($0) * 1024 } }
    } while scanner.skipLine()
    return nil
  }
}

extension NumberScanner {
  /// Takes the one letter that is a process's state.
  fileprivate static func state(_ scanner: inout NumberScanner) -> UInt8? {
    guard scanner.take(" "), let state = scanner.next else { return nil }
    scanner.skipField()
    return state
  }
}
