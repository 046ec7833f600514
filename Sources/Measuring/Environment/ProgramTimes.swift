// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Glibc

/// A process and the processor time that it has used.
public struct ProgramTime: Sendable, Hashable, Codable {
  /// The process's number.
  public var process: Int32
  /// The number of the process that started it.
  public var parent: Int32
  /// The program's name, at most 15 bytes.
  public var name: String
  /// When it was started, in the kernel's ticks; tells processes of the same number apart.
  public var started: Int
  /// Its processor time in seconds.
  public var seconds: Double

  /// Creates a record.
  public init(process: Int32, parent: Int32, name: String, started: Int, seconds: Double) {
    self.process = process
    self.parent = parent
    self.name = name
    self.started = started
    self.seconds = seconds
  }

  /// All processes that `/proc` shows now.
  static func all(_ files: SystemFiles) -> [ProgramTime] {
    files.numberedEntries("", in: "/proc").compactMap { ProgramTime(of: $0, files) }
  }

  /// A process by its number; `nil` if there is none.
  init?(of number: String, _ files: SystemFiles) {
    guard let line = files.text("/proc/\(number)/stat") else { return nil }
    self.init(line, 1 / Double(max(sysconf(CInt(_SC_CLK_TCK)), 1)))
  }

  /// Takes a line of the form of proc_pid_stat(5).
  private init?(_ line: String, _ tick: Double) {
    guard let open = line.firstIndex(of: "("), let close = line.lastIndex(of: ")"), open < close,
      let process = Int32(line[..<open].filter { $0 != " " })
    else { return nil }
    let fields = line[line.index(after: close)...].split(separator: " ")
    // The first of these is the third of the line.
    guard fields.count > 19, let parent = Int32(fields[1]), let user = Double(fields[11]),
      let system = Double(fields[12]), let started = Int(fields[19])
    else { return nil }
    self.init(
      process: process, parent: parent, name: String(line[line.index(after: open)..<close]), started: started,
      seconds: (user + system) * tick)
  }
}

extension MachineState {
  /// What other programs used of the processors since an earlier state, most first. Programs that began and ended in
  /// between are not seen.
  /// - Parameters:
  ///   - earlier: The state before.
  ///   - own: The process that measures; it and all that it started don't count.
  public func otherPrograms(since earlier: MachineState, own: Int32 = getpid()) -> [ProgramUse] {
    guard time > earlier.time else { return [] }
    let elapsed = Double(time &- earlier.time) * 1e-9
    let before = Dictionary(earlier.programs.map { ($0.process, $0) }) { first, _ in first }
    let family = Self.family(of: own, in: earlier.programs + programs)
    var shares: [String: Double] = [:]
    for program in programs where !family.contains(program.process) {
      let past = before[program.process].flatMap { $0.started == program.started ? $0.seconds : nil } ?? 0
      shares[program.name, default: 0] += max(program.seconds - past, 0) / elapsed
    }
    return shares.filter { $0.value > 0 }.map { ProgramUse(name: $0.key, share: $0.value) }
      .sorted { ($1.share, $0.name) < ($0.share, $1.name) }
  }

  /// A process and all that descend from it.
  private static func family(of process: Int32, in programs: [ProgramTime]) -> Set<Int32> {
    let children = Dictionary(grouping: programs, by: \.parent)
    var family: Set<Int32> = []
    var next = [process]
    while let member = next.popLast() {
      guard family.insert(member).inserted else { continue }
      next += (children[member] ?? []).map(\.process)
    }
    return family
  }
}
