// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Foundation
internal import Galley
internal import Pantry

/// Says what is installed, and what to do about the rest.
struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Say what is installed, where, in which version, and what to do about the rest.",
    discussion: """
      Examples:
        galley doctor
        galley doctor --json

      Ends with 69 if something that Galley needs is missing.
      """)

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let root = place.pantry ?? Pantry.defaultRoot(environment: ProcessInfo.processInfo.environment)
    let findings = await Doctor(pantryRoot: root).examine()
    try console.result(json: ["findings": findings])
    console.result(findings.map(\.text).joined(separator: "\n"))
    let missing = findings.filter { $0.health == .missing }.map(\.subject)
    guard missing.isEmpty else {
      throw GalleyError(
        .unavailable, "this machine is not ready", why: missing.joined(separator: ", ") + " missing",
        remedy: "Do what stands behind each → above.")
    }
  }
}
