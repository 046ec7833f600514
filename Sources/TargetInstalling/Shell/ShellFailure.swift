// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Why ssh itself failed, from what it said.
struct ShellFailure: Sendable {
  private let words: String
  private let destination: String
  private let asksNothing: Bool
  private let wasConnected: Bool

  init(_ words: String, destination: String, asksNothing: Bool, wasConnected: Bool) {
    self.words = words
    (self.destination, self.asksNothing, self.wasConnected) = (destination, asksNothing, wasConnected)
  }

  private func says(_ parts: String...) -> Bool { parts.contains { words.contains($0) } }

  private static let what = "can't reach the device"

  var error: GalleyError {
    if says("IDENTIFICATION HAS CHANGED") {
      return refusal(
        .configuration, "its key is another one than ssh knows for it",
        "If the device was set up anew, forget the old key with 'ssh-keygen -R HOST'; else somebody may stand between.")
    }
    if says("Host key verification failed") {
      return refusal(
        .configuration, "ssh doesn't know the device's key yet",
        "Run 'ssh \(destination)' once, and compare the key's fingerprint with the device's own.")
    }
    if says("Permission denied", "Too many authentication failures") {
      return refusal(
        .configuration, "it takes none of your keys" + (asksNothing ? ", and ssh may not ask for a password here" : ""),
        "Give it one with 'ssh-copy-id \(destination)', or see whether 'ssh \(destination)' works.")
    }
    if wasConnected || says("closed by remote host", "Broken pipe", "Connection reset", "not responding", "closed by") {
      return GalleyError(
        .tryAgain, "can't go on on the device", at: destination, why: "the connection was cut" + (last(": ") ?? ""),
        remedy: "Run the command again: what has arrived is not sent again.")
    }
    return refusal(
      .unavailable, last("") ?? "ssh failed without a word",
      "See whether 'ssh \(destination)' works, and whether the device is on.")
  }

  private func refusal(_ code: ExitCode, _ why: String, _ remedy: String) -> GalleyError {
    GalleyError(code, Self.what, at: destination, why: why, remedy: remedy)
  }

  /// The last line that says something.
  private func last(_ before: String) -> String? {
    words.split(whereSeparator: \.isNewline).map(String.init).last { !$0.allSatisfy(\.isWhitespace) }
      .map { before + $0.onOneLine }
  }
}
