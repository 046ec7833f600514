// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Glibc

/// How busy each processor is, and what a hypervisor took, from `/proc/stat` (proc_stat(5)).
final class ProcessorSensor: Sensor {
  let headers: [SensorHeader]
  private let file: HeldFile
  private let processors: [Int]
  /// Busy ticks of each processor, and the stolen ones of all, at the sample before.
  private var last: (busy: [Int], stolen: Int, time: UInt64)?

  private static let tick = 1 / Double(max(sysconf(CInt(_SC_CLK_TCK)), 1))

  /// - Returns: `nil` if the kernel doesn't show the file or no processor in it.
  init?(in files: SystemFiles, _ buffer: UnsafeMutableRawBufferPointer) {
    guard let file = HeldFile("/proc/stat", in: files), let bytes = file.read(buffer) else { return nil }
    processors = Self.lines(bytes).processors
    guard !processors.isEmpty else { return nil }
    self.file = file
    let silence = "fewer than two samples were taken"
    headers =
      processors.map {
        SensorHeader(quantity: .processorBusy, subject: "cpu\($0)", source: "proc", silence: silence)
      } + [SensorHeader(quantity: .processorStolen, subject: nil, source: "proc", silence: silence)]
  }

  func read(_ sample: inout SensorSample) {
    guard let bytes = file.read(sample.buffer) else {
      for _ in headers { sample.add(nil) }
      return
    }
    let now = Self.lines(bytes)
    let elapsed = last.map { Double(sample.time &- $0.time) * 1e-9 } ?? 0
    // A processor that was switched off since has no line.
    let isSame = now.processors == processors && elapsed > 0
    for index in processors.indices {
      guard isSame, let last, index < last.busy.count else {
        sample.add(nil)
        continue
      }
      let busy = Double(max(now.busy[index] &- last.busy[index], 0)) * Self.tick
      // Ticks are coarse: a short interval may seem to hold more time than it has.
      sample.add(min(busy / elapsed, 1))
    }
    sample.add(isSame ? last.map { Double(max(now.stolen &- $0.stolen, 0)) * Self.tick / elapsed } : nil)
    last = now.processors == processors ? (now.busy, now.stolen, sample.time) : nil
  }

  private static func lines(
    _ bytes: UnsafeRawBufferPointer
  ) -> (processors: [Int], busy: [Int], stolen: Int) {
    var scanner = NumberScanner(bytes)
    var (processors, busy, stolen) = ([Int](), [Int](), 0)
    repeat {
      guard scanner.take("cpu") else { break }
      let isTotal = scanner.next == UInt8(ascii: " ")
      let processor = isTotal ? nil : scanner.number()
      // user, nice, system, idle, iowait, irq, softirq, steal
      var work = 0
      var steal = 0
      for field in 0..<8 {
        guard let ticks = scanner.number() else { break }
        if field == 7 { steal = ticks } else if field != 3 && field != 4 { work &+= ticks }
      }
      if isTotal { stolen = steal }
      if let processor {
        processors.append(processor)
        busy.append(work)
      }
    } while scanner.skipLine()
    return (processors, busy, stolen)
  }
}
