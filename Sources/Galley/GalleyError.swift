// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What went wrong, told to a person: what failed, where, why, and what to do.
///
/// Rooms below have errors of their own kind; whoever knows the user's intent turns them into this one.
public struct GalleyError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The exit code of a program that ends with this error.
  public var exitCode: ExitCode
  /// What failed, as a clause: "can't read the recipe".
  public var what: String
  /// The place: a file with line and column, a key path, an item; `nil` if the failure has none.
  public var place: String?
  /// The reason, with what was found and what was expected.
  public var why: String
  /// What the reader can do about it.
  public var remedy: String?

  /// Creates an error.
  public init(_ exitCode: ExitCode, _ what: String, at place: String? = nil, why: String, remedy: String? = nil) {
    self.exitCode = exitCode
    self.what = what
    self.place = place
    self.why = why
    self.remedy = remedy
  }

  public var description: String {
    let head = place.map { "\($0): \(what): \(why)" } ?? "\(what): \(why)"
    return remedy.map { "\(head)\n  \($0)" } ?? head
  }
}

/// The documented exit codes; those from 64 on follow BSD's `sysexits.h`.
public struct ExitCode: Sendable, Hashable, Codable {
  /// The number that the process ends with.
  public let rawValue: Int32

  private init(_ rawValue: Int32) { self.rawValue = rawValue }

  /// All went well.
  public static let success = ExitCode(0)
  /// The work is done and the verdict is no: a bound broken, a gate failed.
  public static let verdictNo = ExitCode(1)
  /// Some items failed and the rest is complete.
  public static let partial = ExitCode(2)
  /// The command line is wrong.
  public static let usage = ExitCode(64)
  /// The content of a file is wrong.
  public static let badData = ExitCode(65)
  /// A file is missing or can't be read.
  public static let missingInput = ExitCode(66)
  /// Something that is needed isn't installed or doesn't answer.
  public static let unavailable = ExitCode(69)
  /// A mistake in Galley itself.
  public static let software = ExitCode(70)
  /// A file can't be created or written.
  public static let cantCreate = ExitCode(73)
  /// A passing failure; trying again may help.
  public static let tryAgain = ExitCode(75)
  /// A recipe or a setting is wrong.
  public static let configuration = ExitCode(78)
  /// Stopped by the user (Ctrl-C): 128 + SIGINT.
  public static let interrupted = ExitCode(130)

  /// The code with this number, if it is a documented one.
  public init?(rawValue: Int32) {
    let known: [ExitCode] = [
      .success, .verdictNo, .partial, .usage, .badData, .missingInput, .unavailable, .software, .cantCreate,
      .tryAgain, .configuration, .interrupted,
    ]
    guard let code = known.first(where: { $0.rawValue == rawValue }) else { return nil }
    self = code
  }

  public init(from decoder: any Decoder) throws {
    let number = try decoder.singleValueContainer().decode(Int32.self)
    self = ExitCode(rawValue: number) ?? .software
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(rawValue)
  }
}
