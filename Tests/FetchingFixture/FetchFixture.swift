// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Fetching
import Files
import FoundationEssentials
import Galley
import Glibc

/// Fetches one artifact under a policy taken from the environment and prints what came of it, as one line of JSON.
///
///     fetch-fixture DIGEST-OR-DIGITS DESTINATION PARTIAL ORIGIN...
///
/// Once more than a mebibyte is there, each progress report writes the line `begun` to standard error.
@main struct FetchFixture {
  struct Answer: Codable {
    var digest: String?
    var way: String?
    var resumedFrom: Int?
    var origin: String?
    var exitCode: Int32
    var message: String?
    /// The most memory that the process ever held, in bytes.
    var peakBytes: Int
  }

  static func main() async {
    let words = CommandLine.arguments
    guard words.count >= 4 else { exit(64) }
    let known = Digest(hex: words[1])
    let requirement = ArtifactRequirement(
      name: "artifact.bin", role: .data, digest: known, digestPrefix: known == nil ? words[1] : nil,
      origins: Array(words.dropFirst(4)))
    var answer = Answer(exitCode: 0, peakBytes: 0)
    do throws(GalleyError) {
      let policy = try FetchPolicy(environment: ProcessInfo.processInfo.environment)
      let fetched = try await Fetcher(policy).fetch(requirement, to: words[2], partial: words[3]) { progress in
        if progress.received > 1 << 20 { _ = write(2, "begun\n", 6) }
      }
      answer.digest = fetched.digest.hex
      answer.way = fetched.way.rawValue
      answer.resumedFrom = fetched.resumedFrom
      answer.origin = fetched.origin
    } catch {
      answer.exitCode = error.exitCode.rawValue
      answer.message = error.description
    }
    answer.peakBytes = peakBytes()
    if let line = try? JSONEncoder().encode(answer) { print(String(decoding: line, as: UTF8.self)) }
    exit(answer.exitCode)
  }

  private static func peakBytes() -> Int {
    let status = (try? String(contentsOf: URL(filePath: "/proc/self/status"), encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
  }
}
