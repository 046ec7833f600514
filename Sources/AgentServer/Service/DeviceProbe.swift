// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import TargetProtocol
internal import WorkerProtocol

/// What the device has, found out by a process that ends then: the libraries of runtimes would stay in the agent's own
/// memory.
struct DeviceProbe: Sendable {
  let program: WorkerProgram
  let log: AgentLog

  /// The capabilities; without runtimes if the process fails.
  func capabilities() async -> Capabilities {
    var found: [String: String] = [:]
    do {
      let process = try await WorkerProcess.start(
        executable: program.executable, arguments: program.arguments, name: "measure",
        environment: program.environment.mapValues { .some($0) })
      found = try await process.used { try await $0.describe().details ?? [:] }
    } catch {
      log.log(.error, "the device's runtimes can't be found out: \(error)")
    }
    let runtimes = found.filter { TargetRuntimes.names.contains($0.key) }
    log.log(.info, "runtimes were found", runtimes.mapValues { .string($0) })
    return Capabilities(
      platform: Self.platform, methods: ServedSession.ownMethods + ServedSession.measuringMethods, runtimes: runtimes)
  }

  private static var platform: String {
    #if arch(x86_64)
      "linux-x86_64"
    #elseif arch(arm64)
      "linux-aarch64"
    #else
      "linux-unknown"
    #endif
  }
}
