// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Why the script on the device gave up, told to a person.
struct DeviceFailure: Sendable {
  private let kind: String
  private let words: String
  private let back: String?
  private let device: String

  /// - Parameters:
  ///   - kind: Which of the script's failures.
  ///   - words: What the device's programs said.
  ///   - back: What became of the version before.
  init(_ kind: String, _ words: String, _ back: String?, _ device: String) {
    (self.kind, self.back, self.device) = (kind, back, device)
    self.words = words.split(whereSeparator: \.isNewline).joined(separator: "; ").onOneLine
  }

  private func failure(_ code: ExitCode, _ what: String, _ why: String, _ remedy: String?) -> GalleyError {
    GalleyError(code, what, at: device, why: why, remedy: remedy)
  }

  var error: GalleyError {
    switch kind {
    case "write" where words.contains("No space left") || words.contains("quota exceeded"):
      failure(
        .cantCreate, "can't install the agent", "the device's disk is full: \(words)",
        "Make room there, or choose another folder (--folder); then run the command again.")
    case "write":
      failure(
        .cantCreate, "can't write on the device", words,
        "Choose a folder that this user may write (--folder), or log in as root.")
    case "noexec":
      failure(
        .cantCreate, "can't install the agent", "no program can be executed in its folder: \(words)",
        "The file system may be mounted with 'noexec'; choose a folder on another one (--folder).")
    case "digest":
      failure(
        .tryAgain, "can't install the agent", "something arrived with other bytes than were sent: \(words)",
        "Run the command again: only that is sent again. If it goes on, look at the device's disk and memory.")
    case "start": failure(.unavailable, "can't install the agent", "its program doesn't start: \(words)", startAdvice)
    case "settings":
      failure(.configuration, "can't install the agent", words, "Correct --setting, or agent.conf in its folder there.")
    case "user":
      failure(
        .cantCreate, "can't make the user 'galley-agent' on the device", words,
        "Make a system user of this name there, and run the command again.")
    case "trust":
      failure(.unavailable, "can't make host and agent know each other", words, "Pair by digits: --pair-by-digits.")
    case "unhealthy": unhealthy
    default: failure(.software, "can't work on the device", "\(kind): \(words)", nil)
    }
  }

  private var startAdvice: String {
    if words.contains("GLIBC_") || words.contains("GLIBCXX_") {
      return "The device's C or C++ library is older than the program needs: build it on a system as old."
    }
    if words.contains("cannot open shared object file") {
      return "Install that library on the device (libstdc++6, libgcc-s1), or build the agent with 'make agent'."
    }
    if words.contains("not found") || words.contains("No such file") {
      return "The device lacks the loader of GNU's C library; systems with musl can't run agents."
    }
    return "See whether it was built for the device's processor."
  }

  private var unhealthy: GalleyError {
    let became =
      switch back {
      case "healthy": "; the version before runs again"
      case "unhealthy": "; nor is the version before, which was put back"
      default: "; nothing is installed, and what has arrived is kept for the next try"
      }
    return failure(
      .unavailable, "can't put the agent into service",
      "it isn't healthy\(words.isEmpty ? "" : " (\(words))")\(became)",
      "If its port is taken, choose another: --setting listen=0.0.0.0:PORT.")
  }
}
