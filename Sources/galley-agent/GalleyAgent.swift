// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Glibc
internal import Runtimes
internal import Sandbox

/// The program that a device runs: as a service (`serve`) it takes hosts and starts measuring processes; as one of these
/// it serves its standard streams, and what it loads is part of what is measured.
@main
struct GalleyAgent {
  static func main() async {
    ONNXRuntime.forbidTelemetry()
    let words = Array(CommandLine.arguments.dropFirst())
    do throws(GalleyError) {
      switch words.first {
      case "serve": try await ServeCommand.run(Array(words.dropFirst()))
      case "pair": try PersonCommands.pair(Array(words.dropFirst()))
      case "health": try PersonCommands.health(Array(words.dropFirst()))
      case "trust": try PersonCommands.trust(Array(words.dropFirst()))
      case "--help", "-h", "help": print(AgentHelp.general, terminator: "")
      case "--version": print("galley-agent \(galleyVersion)")
      default: try await MeasuringMode.run(words)
      }
    } catch {
      say("galley-agent: \(error)\n")
      exit(error.exitCode.rawValue)
    }
  }

  /// Writes to the standard error.
  static func say(_ text: String) { _ = write(STDERR_FILENO, text, text.utf8.count) }
}
