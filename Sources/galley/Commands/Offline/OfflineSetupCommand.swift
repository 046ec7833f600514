// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Galley
internal import Offline
internal import Pantry
internal import Reports

/// Puts what every recipe needs into the pantry.
struct OfflineSetupCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "setup",
    abstract: "Put Galley's programs, the native libraries and what reports embed into the pantry, once.",
    discussion: """
      Examples:
        galley offline setup
        galley offline setup --pantry /data/pantry

      Programs come with every shared library that they need but the C library's, libvips with all of its own. What is
      in the pantry already, byte for byte, stays. At the end the doctor of the programs in the pantry looks at everything
      where only it and the machine's declared files can be seen, with the network cut (galley offline host lists them).

      Exit codes: 0 done · 65 an installed library is damaged · 69 something is missing, or the programs don't start · \
      73 the pantry can't be written.
      """)

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let pantry = try place.open(console)
    let summary = try await OfflineSetup(try await MachineStaging.gather(for: pantry), into: pantry).run()
    try console.result(json: summary)
    console.result(
      TextTable(
        columns: [.init("tree"), .init("files", .trailing), .init("size", .trailing), .init("")],
        rows: summary.trees.map { ["\($0.name)", "\($0.files)", "\(ByteCount($0.bytes))", $0.action.rawValue] }
      ).render())
    for sentence in summary.absent { console.note(sentence) }
    for fault in summary.proof?.faults ?? [] { console.note("✗ \(fault)") }
    if let proof = summary.proof, proof.faults.isEmpty {
      console.note("The doctor found nothing missing, cut off by \(proof.isolation).")
    } else if let why = summary.unproven {
      console.note("Not proven: \(why)")
    }
    console.note("The programs in \(pantry.root)/\(PantryTree.programs) start: Galley \(summary.version).")
  }
}
