// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Foundation
internal import Galley
internal import Recipes

/// Prints results to standard output and everything else to standard error.
struct Console: Sendable {
  /// What a person or a program wants to see.
  enum Style: Sendable { case text, json }

  let style: Style
  let isQuiet: Bool
  let isVerbose: Bool

  init(_ options: OutputOptions) {
    style = options.json ? .json : .text
    isQuiet = options.quiet
    isVerbose = options.verbose
  }

  /// A console for errors that come before the options are known.
  init(arguments: [String]) {
    style = arguments.contains("--json") ? .json : .text
    isQuiet = false
    isVerbose = false
  }

  /// Prints a result for people; nothing if the result is wanted as JSON.
  func result(_ text: String) {
    if style == .text { StandardStream.output.write(text + "\n") }
  }

  /// Prints a document as it is, whatever the style.
  func write(_ text: String) { StandardStream.output.write(text) }

  /// Prints a result for programs; nothing if it is wanted as text.
  func result(json document: some Encodable) throws {
    guard style == .json else { return }
    StandardStream.output.write(try Self.encoded(document, pretty: true) + Data("\n".utf8))
  }

  /// Prints a line about the work.
  func note(_ text: String) {
    if style == .text, !isQuiet { Self.writeError(text + "\n") }
  }

  /// Prints an event for programs; nothing in text.
  func event(_ document: some Encodable) {
    guard style == .json, !isQuiet, let line = try? Self.encoded(document, pretty: false) else { return }
    StandardStream.error.write(line + Data("\n".utf8))
  }

  /// Explains why the program ends, and with which code.
  func report(_ error: any Error) -> Int32 {
    switch error {
    case let error as GalleyError:
      print(problems: [error])
      return error.exitCode.rawValue
    case let error as RecipeError:
      print(problems: error.problems)
      return error.problems.first?.exitCode.rawValue ?? ExitCode.configuration.rawValue
    case let exit as SilentExit:
      return exit.code.rawValue
    case is CancellationError:
      print(problems: [
        GalleyError(
          .interrupted, "stopped", why: "interrupted", remedy: "Run the same command again: finished stages are kept.")
      ])
      return ExitCode.interrupted.rawValue
    default:
      return reportParsing(error)
    }
  }

  /// Errors of the command line itself, and requests for help, which are none.
  private func reportParsing(_ error: any Error) -> Int32 {
    let code = GalleyCommand.exitCode(for: error)
    let text = GalleyCommand.fullMessage(for: error)
    if code.isSuccess {
      StandardStream.output.write(text + "\n")
      return 0
    }
    if code == .validationFailure {
      Self.writeError(text + "\n")
      return ExitCode.usage.rawValue
    }
    print(problems: [
      GalleyError(
        .software, "stopped by an unexpected failure", why: "\(error)",
        remedy: "This is a mistake in Galley; please report it with the command and this text.")
    ])
    return ExitCode.software.rawValue
  }

  private func print(problems: [GalleyError]) {
    for problem in problems {
      if style == .json {
        let line = try? Self.encoded(ErrorDocument(problem), pretty: false)
        StandardStream.error.write((line ?? Data()) + Data("\n".utf8))
      } else {
        Self.writeError("galley: \(problem)\n")
      }
    }
  }

  static func writeError(_ text: String) { StandardStream.error.write(text) }

  /// A document as JSON with sorted keys.
  static func encoded(_ document: some Encodable, pretty: Bool) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting =
      pretty ? [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes] : [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(document)
  }
}

/// An error as programs read it.
private struct ErrorDocument: Encodable {
  var event = "error"
  var exitCode: Int32
  var what: String
  var place: String?
  var why: String
  var remedy: String?

  init(_ error: GalleyError) {
    exitCode = error.exitCode.rawValue
    what = error.what
    place = error.place
    why = error.why
    remedy = error.remedy
  }
}

/// The end of a command whose result says already why its exit code isn't 0.
struct SilentExit: Error {
  var code: Galley.ExitCode
}
