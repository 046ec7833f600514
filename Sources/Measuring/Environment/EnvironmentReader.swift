// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

internal import Glibc
internal import NativeLibraries

/// Describes this machine from what the kernel shows.
public struct EnvironmentReader: Sendable {
  private let files: SystemFiles
  private let gpuLibrary: String?

  /// Reads the machine's files, or those of a recorded tree.
  /// - Parameter gpuLibrary: NVIDIA's management library; `nil` leaves GPUs out.
  public init(_ files: SystemFiles = SystemFiles(), gpuLibrary: String? = "libnvidia-ml.so.1") {
    self.files = files
    self.gpuLibrary = gpuLibrary
  }

  /// The machine now; the load after is that before until someone measures it again.
  public func record(galleyVersion: String) -> EnvironmentRecord {
    let load = MachineState.load(files) ?? 0
    return EnvironmentRecord(
      time: Self.now(), host: files.text("/proc/sys/kernel/hostname") ?? "unknown", architecture: architecture,
      processor: processor, extensions: extensions, processorCount: processorCount, memoryBytes: memoryBytes,
      kernel: kernel, system: system,
      governor: files.text("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"), loadBefore: load,
      loadAfter: load, clock: clock, galleyVersion: galleyVersion, hardware: HardwareReader(files: files).record,
      limits: SettingsReader(files: files).limits, settings: SettingsReader(files: files).settings,
      gpus: HardwareReader.gpus(gpuLibrary))
  }

  /// Instruction set extensions that decide which kernels a runtime chooses.
  private static let notable: Set<String> = [
    "sse4_2", "avx", "avx2", "fma", "f16c", "avx_vnni", "avx_vnni_int8", "avx512f", "avx512bw", "avx512vl",
    "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_int8", "amx_bf16", "asimd", "asimdhp", "asimddp",
    "asimdfhm", "i8mm", "bf16", "sve", "sve2", "sme",
  ]

  private var information: String { files.text("/proc/cpuinfo") ?? "" }

  private var architecture: String {
    files.text("/proc/sys/kernel/arch") ?? MachineName.processor
  }

  /// The model's name; where the kernel gives none (arm64), the board's name or the numbers of the core.
  private var processor: String {
    let text = information
    if let name = SystemFiles.value("model name", in: text) { return name }
    if let board = files.text("/sys/firmware/devicetree/base/model") { return board }
    guard let implementer = SystemFiles.value("CPU implementer", in: text),
      let part = SystemFiles.value("CPU part", in: text)
    else { return "unknown" }
    return "implementer \(implementer), part \(part)"
  }

  private var extensions: [String] {
    let text = information
    let flags = SystemFiles.value("flags", in: text) ?? SystemFiles.value("Features", in: text) ?? ""
    return Set(flags.split(separator: " ").map(String.init)).intersection(Self.notable).sorted()
  }

  private var processorCount: Int {
    let allowed = files.value("Cpus_allowed_list", in: "/proc/self/status").map(Self.count(ofList:)) ?? 0
    if allowed > 0 { return allowed }
    return max(1, information.split(separator: "\n").count { $0.hasPrefix("processor") })
  }

  /// How many numbers a list like `0-3,8` holds.
  static func count(ofList list: String) -> Int {
    list.split(separator: ",").reduce(0) { sum, range in
      let ends = range.split(separator: "-").compactMap { Int($0) }
      guard let first = ends.first, let last = ends.last, last >= first else { return sum }
      return sum + last - first + 1
    }
  }

  private var memoryBytes: Int { files.memory("MemTotal") ?? 0 }

  private var kernel: String {
    let parts = ["ostype", "osrelease"].compactMap { files.text("/proc/sys/kernel/\($0)") }
    return parts.isEmpty ? "unknown" : parts.joined(separator: " ")
  }

  private var system: String {
    guard let name = files.value("PRETTY_NAME", separator: "=", in: "/etc/os-release") else { return "unknown" }
    return String(name.filter { $0 != "\"" })
  }

  private var clock: String {
    let source = files.text("/sys/devices/system/clocksource/clocksource0/current_clocksource")
    return source.map { "CLOCK_MONOTONIC (\($0))" } ?? "CLOCK_MONOTONIC"
  }

  static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
