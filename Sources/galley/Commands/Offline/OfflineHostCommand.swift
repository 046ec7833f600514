// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Galley
internal import Offline
internal import Reports
internal import Sandbox

/// What the machine itself must supply.
struct OfflineHostCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "host",
    abstract: "What a machine must supply because no bundle carries it, and how far this one can prove claims.")

  @OptionGroup var options: OutputOptions

  private struct Answer: Encodable {
    var host: HostFiles
    var isolation: String
  }

  func run() async throws {
    let console = Console(options)
    let host = try ClaimProof.hostFiles()
    let isolation = SandboxSupport.check().description
    try console.result(json: Answer(host: host, isolation: isolation))
    console.result(
      TextTable(
        columns: [.init("file"), .init("what it is"), .init("here")],
        rows: host.entries.map { [$0.path, $0.purpose, $0.exists ? "yes" : "no"] }
      ).render())
    console.result("\nProofs here: \(isolation)")
  }
}
