// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Foundation
internal import Galley
internal import Reports
internal import Scenarios
internal import WorkerProtocol
internal import Workers

/// Registers a file.
struct WorkerAddCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Register a Python file: what it offers then appears where Galley's own ingredients do.",
    discussion: """
      Examples:
        galley worker add stripes.py
        galley worker add models.py:SmallForest --name forest --python .venv/bin/python

      The file is started once and asked what it offers; when it changes it is asked again.

      Exit codes: 64 the name is taken · 65 the file offers nothing, or has a mistake · 66 no such file · 69 no Python, \
      or no environment · 78 what it offers is there already.
      """)

  @Argument(help: "The file, or FILE:Class.", completion: .file())
  var file: String

  @Option(name: .long, help: "A name for it (default: the class's, else the file's).")
  var name: String?

  @OptionGroup var interpreter: InterpreterOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let worker = try await WorkerRegister(home: .ofThisProgram).add(
      WorkerProgram(argument: file), name: name, python: interpreter.python, taken: RegisteredWorkers.taken,
      onLog: { if console.isVerbose { console.note($0) } })
    try console.result(json: worker)
    console.result(
      "\(worker.name) is registered. It offers:\n\(worker.offers.map { "  \($0)" }.joined(separator: "\n"))")
  }
}

/// Lists what is registered.
struct WorkerListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List the registered workers.")

  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let (workers, faults) = WorkerRegister(home: .ofThisProgram).all()
    for fault in faults { console.note(fault) }
    try console.result(json: workers)
    guard !workers.isEmpty else { return console.result("No worker is registered; galley worker add FILE does it.") }
    console.result(
      TextTable(
        columns: [.init("name"), .init("offers"), .init("file"), .init("")],
        rows: workers.map { worker in
          let state = (try? worker.source.program.digest()).map { $0 == worker.digest ? "" : "changed" } ?? "missing"
          return [worker.name, worker.offers.joined(separator: ", "), worker.source.program.argument, state]
        }
      ).render())
  }
}

/// Shows one of them.
struct WorkerShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show what a registered worker offers, with all options.")

  @Argument(help: "The worker's name.")
  var name: String

  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let register = WorkerRegister(home: .ofThisProgram)
    let worker = try await register.current(register.read(name))
    try console.result(json: worker)
    var parts = ["\(worker.name): \(worker.source.program.argument)"]
    parts += worker.cards.map { Self.text("\($0.taxonomy) \($0.version): \($0.summary)", $0.options) }
    if let backend = worker.description.backend {
      parts.append(
        "\(backend.id) \(backend.version): \(backend.summary)\ngalley models show \(backend.id) shows its options.")
    }
    if let adapter = worker.adapter {
      let functions = (adapter.functions ?? []).joined(separator: ", ")
      parts.append(
        Self.text(
          "\(adapter.name): \(adapter.summary ?? "a model adapter")\nIt has \(functions).", adapter.options ?? []))
    }
    console.result(parts.joined(separator: "\n\n"))
  }

  private static func text(_ head: String, _ options: [OptionDeclaration]) -> String {
    guard !options.isEmpty else { return head }
    return head + "\n"
      + TextTable(
        columns: [.init("option"), .init("accepts"), .init("default"), .init("help")],
        rows: options.map { [$0.name, $0.kind.summary, EngineHelp.defaultText($0), $0.help] }
      ).render()
  }
}

/// Forgets one of them.
struct WorkerRemoveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove", abstract: "Forget a registered worker; its file stays.")

  @Argument(help: "The worker's name.")
  var name: String

  @OptionGroup var options: OutputOptions

  func run() async throws {
    try WorkerRegister(home: .ofThisProgram).remove(name)
    Console(options).note("\(name) is forgotten.")
  }
}

extension RegisteredWorker {
  /// What it offers, in words.
  fileprivate var offers: [String] {
    cards.map(\.taxonomy) + (description.backend.map { ["backend \($0.id)"] } ?? [])
      + (adapter.map { ["adapter \($0.name)"] } ?? [])
  }
}
