// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CSandbox
internal import Galley
internal import Glibc

/// What could not be done on the way to executing a command.
struct StartFailure: Error, Sendable, Hashable {
  /// `GALLEY_STEP_…`
  var step: Int
  var number: CInt
  /// Of a mount or limit.
  var index: Int

  var reason: String { String(cString: strerror(number)) }

  /// What was tried, and why it failed.
  var words: String { "\(doing): \(reason)" }

  private var doing: String {
    switch step {
    case Int(GALLEY_STEP_CHANNEL): "speaking with the guardian of the new processes"
    case Int(GALLEY_STEP_CLONE): "making namespaces"
    case Int(GALLEY_STEP_USER_MAP): "mapping the user into a new user namespace"
    case Int(GALLEY_STEP_STREAMS): "giving it its standard streams"
    case Int(GALLEY_STEP_ROOT): "making a new root folder"
    case Int(GALLEY_STEP_MOUNT): "mounting"
    case Int(GALLEY_STEP_PROCESSES): "mounting a new /proc"
    case Int(GALLEY_STEP_FOLDER): "entering the working folder"
    case Int(GALLEY_STEP_LIMITS): "setting a limit"
    case Int(GALLEY_STEP_PRIVILEGES): "giving up privileges"
    case Int(GALLEY_STEP_FILTER): "installing the seccomp filter with a listener"
    case Int(GALLEY_STEP_PROGRAM): "executing the program"
    default: "starting"
    }
  }

  /// The kernel or its administrator does not allow namespaces, as opposed to a mistake in the command.
  var isForbidden: Bool {
    switch step {
    case Int(GALLEY_STEP_CLONE): [EPERM, EACCES, ENOSPC, EINVAL, ENOSYS, EUSERS].contains(number)
    case Int(GALLEY_STEP_USER_MAP), Int(GALLEY_STEP_ROOT): true
    case Int(GALLEY_STEP_MOUNT), Int(GALLEY_STEP_PROCESSES): number == EPERM
    default: false
    }
  }

  /// The error for a person.
  func error(_ command: SandboxedCommand) -> GalleyError {
    let mount = command.mounts.indices.contains(index) ? command.mounts[index] : nil
    switch step {
    case Int(GALLEY_STEP_MOUNT):
      let words = mount.map { "'\($0.source)' can't appear there: \(reason)" } ?? reason
      return GalleyError(
        [ENOENT, EACCES, ENOTDIR].contains(number) ? .missingInput : .unavailable,
        "can't show a file to a command that runs cut off", at: mount?.target, why: words,
        remedy: "Check that it exists and that nothing read-only lies where its folder is to be made.")
    case Int(GALLEY_STEP_PROGRAM):
      return GalleyError(
        number == ENOENT || number == EACCES || number == ENOEXEC ? .missingInput : .unavailable,
        "can't execute a program cut off", at: command.program, why: reason,
        remedy: "Check that it, its loader and its libraries are among the mounts.")
    case Int(GALLEY_STEP_FOLDER):
      return GalleyError(.missingInput, "can't run a command cut off", at: command.folder, why: words)
    case Int(GALLEY_STEP_FILTER):
      return GalleyError(
        .unavailable, "can't run a command cut off", at: command.program, why: words,
        remedy: "Linux 5.5 with seccomp is needed, and that no other program already listens to this one's calls.")
    default:
      return GalleyError(.unavailable, "can't run a command cut off", at: command.program, why: words)
    }
  }
}
