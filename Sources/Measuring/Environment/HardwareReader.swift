// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CNVML
internal import Galley

/// Describes a machine's hardware from what the kernel shows under `/sys`.
struct HardwareReader {
  let files: SystemFiles
  private static let processors = "/sys/devices/system/cpu"
  private static let firmware = "/sys/class/dmi/id"

  var record: HardwareRecord {
    HardwareRecord(
      vendor: firmware("sys_vendor"),
      product: firmware("product_name") ?? files.text("/sys/firmware/devicetree/base/model"),
      board: firmware("board_name"), hypervisor: hypervisor, physicalCores: count(ofDistinct: "thread_siblings_list"),
      threads: threads.isEmpty ? nil : threads.count,
      simultaneousThreads: files.number("\(Self.processors)/smt/active").map { $0 == 1 },
      caches: caches, frequencies: frequencies, boost: boost)
  }

  /// The GPUs that NVIDIA's management library shows; `nil` without it.
  static func gpus(_ library: String?) -> [GPURecord]? {
    guard let library, let opened = try? NVMLLibrary(library) else { return nil }
    let driver = opened.driverVersion
    return opened.devices.map {
      GPURecord(
        name: $0.name ?? "unknown", identifier: $0.identifier,
        memoryBytes: $0.memory.flatMap { Int(exactly: $0.total) },
        driver: driver)
    }
  }

  private func firmware(_ name: String) -> String? {
    files.text("\(Self.firmware)/\(name)").flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Logical processors that are switched on.
  private var threads: [String] {
    files.numberedEntries("cpu", in: Self.processors).filter { files.exists("\(Self.processors)/\($0)/topology") }
  }

  private func count(ofDistinct attribute: String) -> Int? {
    let values = Set(threads.compactMap { files.text("\(Self.processors)/\($0)/topology/\(attribute)") })
    return values.isEmpty ? nil : values.count
  }

  private var hypervisor: String? {
    if let kind = files.text("/sys/hypervisor/type") { return kind }
    let flags = files.value("flags", in: "/proc/cpuinfo")?.split(separator: " ") ?? []
    guard flags.contains("hypervisor") else { return nil }
    // The firmware of a virtual machine names whoever wrote it.
    return firmware("sys_vendor") ?? "unknown"
  }

  private var caches: [CacheRecord] {
    var shared: [CacheRecord: Set<String>] = [:]
    for processor in threads {
      let folder = "\(Self.processors)/\(processor)/cache"
      for index in files.numberedEntries("index", in: folder) {
        guard let level = files.number("\(folder)/\(index)/level"), let kind = files.text("\(folder)/\(index)/type"),
          let bytes = files.text("\(folder)/\(index)/size").flatMap(Self.bytes),
          let list = files.text("\(folder)/\(index)/shared_cpu_list")
        else { continue }
        let sharers = EnvironmentReader.count(ofList: list)
        shared[CacheRecord(level: level, kind: kind, bytes: bytes, count: 0, sharedBy: sharers), default: []].insert(
          list)
      }
    }
    return shared.map { cache, lists in
      var cache = cache
      cache.count = lists.count
      return cache
    }.sorted { ($0.level, $0.kind, $0.bytes) < ($1.level, $1.kind, $1.bytes) }
  }

  /// A size like `48K`.
  private static func bytes(_ text: String) -> Int? {
    let units = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30]
    guard let unit = text.last.flatMap({ units[String($0)] }) else { return Int(text) }
    return Int(text.dropLast()).flatMap { (number: Int) -> Int? in
      let (product, overflow) = number.multipliedReportingOverflow(by: unit)
      return overflow ? nil : product
    }
  }
}

extension HardwareReader {
  /// One entry for all processors that are treated alike.
  private var frequencies: [FrequencyPolicy] {
    var processors: [FrequencyPolicy: [Int]] = [:]
    let folder = "\(Self.processors)/cpufreq"
    for policy in files.numberedEntries("policy", in: folder).map({ "\(folder)/\($0)" }) {
      let hertz = { (name: String) in files.number("\(policy)/\(name)").map { Double($0) * 1000 } }
      let rule = FrequencyPolicy(
        driver: files.text("\(policy)/scaling_driver"), governor: files.text("\(policy)/scaling_governor"),
        energyPreference: files.text("\(policy)/energy_performance_preference"), minimum: hertz("scaling_min_freq"),
        maximum: hertz("scaling_max_freq"), hardwareMinimum: hertz("cpuinfo_min_freq"),
        hardwareMaximum: hertz("cpuinfo_max_freq"))
      let related = files.text("\(policy)/affected_cpus") ?? ""
      processors[rule, default: []] += related.split(separator: " ").compactMap { Int($0) }
    }
    return processors.map { rule, numbers in
      var rule = rule
      rule.processors = numbers.sorted()
      return rule
    }.sorted { ($0.processors.first ?? 0) < ($1.processors.first ?? 0) }
  }

  private var boost: Bool? {
    if let isOff = files.number("\(Self.processors)/intel_pstate/no_turbo") { return isOff == 0 }
    return files.number("\(Self.processors)/cpufreq/boost").map { $0 == 1 }
  }
}
