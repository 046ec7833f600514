// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Glibc

/// Reads settings of the kernel and the limits of a container.
struct SettingsReader {
  let files: SystemFiles

  var settings: KernelSettings {
    KernelSettings(
      bootID: files.text("/proc/sys/kernel/random/boot_id"), pageBytes: pageBytes,
      transparentHugePages: files.text("/sys/kernel/mm/transparent_hugepage/enabled").flatMap(Self.chosen),
      addressRandomization: files.number("/proc/sys/kernel/randomize_va_space"),
      perfEventParanoid: files.number("/proc/sys/kernel/perf_event_paranoid"), swapBytes: files.memory("SwapTotal"),
      swapUsedBytes: files.memory("SwapTotal").flatMap { all in files.memory("SwapFree").map { all &- $0 } },
      isolatedProcessors: files.text("\(SettingsReader.processors)/isolated").flatMap { $0.isEmpty ? nil : $0 },
      cLibrary: cLibrary)
  }

  private static let processors = "/sys/devices/system/cpu"

  /// The word in brackets: `always [madvise] never`.
  private static func chosen(_ text: String) -> String? {
    guard let start = text.firstIndex(of: "["), let end = text[start...].firstIndex(of: "]") else { return nil }
    return String(text[text.index(after: start)..<end])
  }

  /// What only this machine can say; a recorded tree can't.
  private var isThisMachine: Bool { files.root.isEmpty }

  private var pageBytes: Int? { isThisMachine ? sysconf(CInt(_SC_PAGESIZE)) : nil }

  private var cLibrary: String? {
    guard isThisMachine else { return nil }
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
      let length = confstr(CInt(_CS_GNU_LIBC_VERSION), buffer.baseAddress, buffer.count)
      guard length > 1, length <= buffer.count else { return nil }
      return String(decoding: buffer[..<(length - 1)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }
}

extension SettingsReader {
  /// What a container or control groups allow: the smallest limit on the way from this process's group up to the root.
  var limits: ContainerLimits {
    let lines = (files.text("/proc/self/cgroup") ?? "").split(separator: "\n").map {
      $0.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
    }.filter { $0.count == 3 }
    var (processors, memory) = ([Double](), [Int]())
    for line in lines {
      let controllers = line[1].split(separator: ",").map(String.init)
      for path in Self.ancestors(line[2]) {
        if controllers.isEmpty {
          // Version 2 (Documentation/admin-guide/cgroup-v2.rst of Linux).
          processors += [files.text("/sys/fs/cgroup\(path)/cpu.max").flatMap(Self.quota)].compactMap { $0 }
          memory += [files.number("/sys/fs/cgroup\(path)/memory.max")].compactMap { $0 }
        }
        if controllers.contains("cpu") { processors += quotas(line[1], path) }
        if controllers.contains("memory") {
          memory += [files.number("/sys/fs/cgroup/memory\(path)/memory.limit_in_bytes")].compactMap { $0 }
        }
      }
    }
    // Version 1 shows a number near the largest where there is no limit.
    return ContainerLimits(
      container: container(lines), processors: processors.min(), memoryBytes: memory.filter { $0 < 1 << 60 }.min())
  }

  private func quotas(_ controllers: String, _ path: String) -> [Double] {
    [controllers, "cpu"].compactMap { name in
      guard let quota = files.number("/sys/fs/cgroup/\(name)\(path)/cpu.cfs_quota_us"), quota > 0,
        let period = files.number("/sys/fs/cgroup/\(name)\(path)/cpu.cfs_period_us"), period > 0
      else { return nil }
      return Double(quota) / Double(period)
    }
  }

  /// `50000 100000` is half a processor, `max 100000` no limit.
  private static func quota(_ text: String) -> Double? {
    let numbers = text.split(separator: " ").compactMap { Double($0) }
    guard numbers.count == 2, numbers[1] > 0 else { return nil }
    return numbers[0] / numbers[1]
  }

  /// `/a/b`, `/a` and the root, which is empty.
  private static func ancestors(_ path: String) -> [String] {
    let parts = path.split(separator: "/")
    return (0...parts.count).reversed().map { parts.prefix($0).map { "/" + $0 }.joined() }
  }

  private func container(_ lines: [[String]]) -> String? {
    if files.exists("/run/.containerenv") { return "podman" }
    if files.exists("/.dockerenv") { return "docker" }
    let paths = lines.map { $0[2] }.joined()
    return ["kubepods", "docker", "libpod", "lxc", "containerd"].first { paths.contains($0) }
  }
}
