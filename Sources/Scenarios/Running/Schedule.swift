// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Which stages may run now: those whose predecessors are done, as far as memory and processors go. One that measures
/// runs alone, and after all others that could run.
package struct Schedule: Sendable {
  /// What a stage needs while it runs.
  package struct Demand: Sendable {
    /// The stages before it, by position.
    package var dependencies: [Int]
    /// The memory that it needs, in bytes.
    package var memoryBytes: Int
    /// Whether it needs the machine for itself.
    package var isAlone: Bool
    /// Whether its result is there already, so that it needs nothing.
    package var isDone: Bool

    /// Describes a stage.
    package init(dependencies: [Int], memoryBytes: Int = 0, isAlone: Bool = false, isDone: Bool = false) {
      self.dependencies = dependencies
      self.memoryBytes = memoryBytes
      self.isAlone = isAlone
      self.isDone = isDone
    }
  }

  private let demands: [Demand]
  private let limits: ResourceLimits
  private var waiting: [Int]
  /// The stages that run now.
  package private(set) var running: Set<Int> = []
  private var done: Set<Int> = []

  /// Schedules stages, each of which depends on earlier ones only.
  package init(_ demands: [Demand], limits: ResourceLimits) {
    self.demands = demands
    self.limits = limits
    waiting = Array(demands.indices)
  }

  /// Whether every stage is done.
  package var isFinished: Bool { waiting.isEmpty && running.isEmpty }

  /// Takes the stages that may begin now, in their order; they count as running from here on.
  package mutating func start() -> [Int] {
    var started: [Int] = []
    for stage in waiting where isReady(stage) && (demands[stage].isDone || fits(stage)) {
      running.insert(stage)
      started.append(stage)
    }
    // Whoever needs the machine alone comes when nothing else can be done.
    if running.isEmpty, let alone = waiting.first(where: isReady) {
      running.insert(alone)
      started.append(alone)
    }
    waiting.removeAll(where: started.contains)
    return started
  }

  /// Notes that a stage is done.
  package mutating func finish(_ stage: Int) {
    running.remove(stage)
    done.insert(stage)
  }

  private func isReady(_ stage: Int) -> Bool { demands[stage].dependencies.allSatisfy(done.contains) }

  private func fits(_ stage: Int) -> Bool {
    let busy = running.filter { !demands[$0].isDone }
    guard !demands[stage].isAlone, !busy.contains(where: { demands[$0].isAlone }) else { return false }
    let memory = busy.reduce(demands[stage].memoryBytes) { $0 + demands[$1].memoryBytes }
    return busy.count < limits.stages && (busy.isEmpty || memory <= limits.memoryBytes)
  }
}

extension Schedule {
  /// How long the stages take by the clock if each takes as long as `seconds` says.
  package static func duration(_ demands: [Demand], _ seconds: [Double], limits: ResourceLimits) -> Double {
    var schedule = Schedule(demands, limits: limits)
    var ends: [(stage: Int, time: Double)] = []
    var now = 0.0
    while !schedule.isFinished {
      ends += schedule.start().map { ($0, now + ($0 < seconds.count ? seconds[$0] : 0)) }
      guard let next = ends.min(by: { ($0.time, $0.stage) < ($1.time, $1.stage) }) else { break }
      now = next.time
      ends.removeAll { $0.stage == next.stage }
      schedule.finish(next.stage)
    }
    return now
  }

  /// Runs `body` for each stage when its turn has come, several at once.
  ///
  /// The first failure cancels the others and is thrown when they have ended.
  package static func run<Value: Sendable>(
    _ demands: [Demand], limits: ResourceLimits,
    _ body: @Sendable @escaping (_ stage: Int, _ earlier: [Int: Value]) async throws -> Value
  ) async throws -> [Int: Value] {
    try await withThrowingTaskGroup(of: (Int, Value).self) { group in
      var schedule = Schedule(demands, limits: limits)
      var values: [Int: Value] = [:]
      while !schedule.isFinished {
        for stage in schedule.start() {
          let earlier = values.filter { demands[stage].dependencies.contains($0.key) }
          group.addTask { (stage, try await body(stage, earlier)) }
        }
        // What is left then waits for stages that are not there.
        guard let (stage, value) = try await group.next() else { break }
        values[stage] = value
        schedule.finish(stage)
      }
      return values
    }
  }
}
