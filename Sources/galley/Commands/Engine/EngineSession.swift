// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Backends
internal import Engines
internal import Foundation
internal import Galley
internal import Measuring
internal import Reports
internal import Statistics

/// One command of the engine from its arguments to its result and exit code.
struct EngineSession {
  private let verb: EngineVerb
  private let arguments: EngineArguments
  private let rest: [String]
  private let planOnly: Bool
  private let console: Console

  init(_ verb: EngineVerb, _ arguments: EngineArguments, _ rest: [String], planOnly: Bool) {
    self.verb = verb
    self.arguments = arguments
    self.rest = rest
    self.planOnly = planOnly
    console = Console(arguments.output)
  }

  func run() async throws {
    let invocation = try await EngineInvocation(verb, arguments, rest, console)
    let engine = invocation.engine
    guard !planOnly else {
      let plan = try await engine.plan(invocation.work)
      try console.result(json: plan)
      return console.result(plan.text)
    }
    let display = EngineDisplay(console)
    defer { display.end() }
    let run = try await Self.explainingStops(engine.workspace, verb) {
      try await engine.run(invocation.work) { event in
        display.show(event)
        return .goOn
      }
    }
    display.end()
    try console.result(json: run)
    console.result(Self.text(run, engine.data?.path ?? "DATA"))
    if run.manifest.status == .partial { throw SilentExit(code: .partial) }
  }

  /// Says how to go on with what was stopped.
  static func explainingStops<Result>(
    _ workspace: EngineWorkspace, _ verb: EngineVerb, _ body: () async throws -> Result
  ) async throws -> Result {
    do {
      return try await body()
    } catch is CancellationError {
      let run = workspace.runs().first { $0.process == .current() }
      let place = workspace.path == EngineWorkspace("galley-workspace").path ? "" : " --workspace \(workspace.path)"
      throw GalleyError(
        .interrupted, "stopped", at: run?.id, why: "interrupted; what was finished is kept",
        remedy: verb == .train
          ? "Go on with: galley train --resume \(run?.id ?? "RUN")\(place)"
          : "Run the same command again: a \(verb.rawValue) begins anew.")
    }
  }

  /// What a run gave and what can be done with it.
  static func text(_ run: EngineRun, _ data: String) -> String {
    let manifest = run.manifest
    var lines: [String] = []
    if let path = run.path(of: "evaluation"), let evaluation = try? EvaluationFile.reading(path) {
      lines.append(table(evaluation.report))
      lines += evaluation.report.notes + evaluation.notes
    } else if !manifest.figures.isEmpty {
      let rows = manifest.figures.sorted { $0.key < $1.key }.map { [$0.key, figure($0.key, $0.value)] }
      lines.append(TextTable(columns: [.init("figure"), .init("value", .trailing)], rows: rows).render())
    }
    lines += manifest.notes.map { "! \($0)" }
    let counts = manifest.itemCounts
    if counts.failed + counts.skipped > 0 {
      lines.append("\(counts.ok) items answered, \(counts.failed) failed, \(counts.skipped) skipped.")
    }
    let files = manifest.files.keys.sorted().compactMap { name in run.path(of: name).map { "\(name): \($0)" } }
    lines += files + ["run: \(run.folder)"]
    if manifest.verb == .train, let checkpoint = run.path(of: "checkpoint") {
      lines += ["", "Next: galley test --model \(checkpoint) --data \(data)"]
      lines.append("      galley export --model \(checkpoint) --data \(data)")
    }
    return lines.joined(separator: "\n")
  }

  private static func figure(_ name: String, _ value: Double) -> String {
    guard name.hasSuffix("Bytes"), value >= 0, value < 0x1p62 else { return number(value) }
    return ByteCount(Int(value)).description
  }

  /// Small figures keep their digits: a difference of 6e-06 isn't 0.
  private static func number(_ value: Double) -> String {
    value != 0 && abs(value) < 1e-3 ? String(format: "%.2g", value) : ProgressDisplay.short(value)
  }

  private static func table(_ report: ClassificationReport) -> String {
    let rows = report.metrics.map { metric in
      [
        metric.metric.name, metric.value.map { number($0) } ?? "not defined",
        metric.interval.map { "\(number($0.lower)) to \(number($0.upper))" } ?? "",
        "\(metric.itemCount)", metric.notes.joined(separator: "; "),
      ]
    }
    return TextTable(
      columns: [
        .init("metric"), .init("value", .trailing), .init("95 % interval"), .init("n", .trailing), .init("note"),
      ], rows: rows
    ).render()
  }
}
