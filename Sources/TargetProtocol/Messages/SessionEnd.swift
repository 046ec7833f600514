// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// How a session ended: the one reason that both its user and its log are told.
public struct SessionEnd: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of end.
  public var code: CloseCode
  /// The reason, as a clause.
  public var reason: String
  /// Whether the other side said so.
  public var isRemote: Bool

  /// Describes an end.
  public init(_ code: CloseCode, _ reason: String, isRemote: Bool = false) {
    self.code = code
    self.reason = reason
    self.isRemote = isRemote
  }

  public var description: String { reason }
}

extension SessionEnd {
  /// The end for a person at the host.
  /// - Parameters:
  ///   - what: What can't be done now, as a clause.
  ///   - place: The target.
  public func galleyError(_ what: String, at place: String?) -> GalleyError {
    // What the other side says is shown as its own words, on one line and not without end.
    let words = reason.prefix(300).onOneLine
    let why = isRemote ? "the agent says: \(words)" : words
    return GalleyError(code.exitCode, what, at: place, why: why, remedy: code.remedy)
  }
}

extension CloseCode {
  /// The exit code of a program that can't go on after such an end.
  public var exitCode: ExitCode {
    switch self {
    case .done, .busy, .shuttingDown, .timeout, .pairingPaused, .cut: .tryAgain
    case .notAuthenticated, .pairingRefused, .version: .configuration
    case .violation, .internalError: .software
    }
  }

  fileprivate var remedy: String? {
    switch self {
    case .done, .violation, .internalError: nil
    case .version: "Install the same version of Galley on both sides."
    case .notAuthenticated: "Pair with the agent, or give the token that it has."
    case .timeout, .cut: "Look whether the device and the network between are up, and try again."
    case .busy, .shuttingDown: "Try again later."
    case .pairingRefused: "Open pairing on the device and try again; the digits are new each time."
    case .pairingPaused: "Wait, and try again."
    }
  }
}
