// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Comparisons
import Foundation
import Glibc

/// The agent on a device beside C programs and beside the same measured without it, over Unix sockets and over TLS on the
/// loopback device.
///
///     agent-bench MODELS GALLEY-AGENT PEER FOLDER [trips|uploads|latency|footprint]…
///
/// FOLDER is on the disk that uploads are measured on.
@main
struct AgentBench {
  private static let parts = ["trips", "uploads", "latency", "footprint"]

  static func main() async {
    do {
      exit(try await run() ? 0 : 1)
    } catch {
      FileHandle.standardError.write(Data("agent-bench: \(error)\n".utf8))
      exit(70)
    }
  }

  private static func run() async throws -> Bool {
    let words = Array(CommandLine.arguments.dropFirst())
    let chosen = Set(words.dropFirst(4))
    guard words.count >= 4, chosen.isSubset(of: parts) else {
      throw Failure("usage: agent-bench MODELS GALLEY-AGENT PEER FOLDER [\(parts.joined(separator: "|"))]…")
    }
    signal(SIGPIPE, SIG_IGN)
    let programs = Programs(models: words[0], agent: words[1], peer: words[2])
    let folder = words[3] + "/\(getpid())"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    print("\(programs.agent); load before: \(load())\n")
    var findings: [Finding] = []
    for part in parts where chosen.isEmpty || chosen.contains(part) {
      switch part {
      case "trips": findings += try await RoundTrips(programs: programs, folder: folder).run()
      case "uploads": findings += try await Uploads.everywhere(programs, disk: folder)
      case "latency": findings += try await DeviceLatency(programs: programs, folder: folder).run()
      default: findings += try await AgentFootprint(programs: programs, folder: folder).run()
      }
    }
    print(Report.table(findings))
    print("\nload after: \(load())")
    return findings.allSatisfy(\.holds)
  }

  private static func load() -> String {
    (try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8))?.split(separator: " ").first.map(String.init) ?? "?"
  }
}

/// What is compared.
struct Programs {
  var models: String
  var agent: String
  var peer: String
}
