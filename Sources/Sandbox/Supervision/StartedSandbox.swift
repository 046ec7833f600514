// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CSandbox
internal import Galley
internal import Glibc

/// A command whose guardian runs.
struct StartedSandbox: Sendable {
  var guardian: pid_t
  /// -1 without a filter.
  var listener: CInt
  var control: CInt
  var isolation: Isolation

  /// Starts as strongly as the kernel allows and the command demands.
  /// - Throws: `GalleyError`.
  static func start(_ command: SandboxedCommand, _ streams: OutputStreams) throws(GalleyError) -> StartedSandbox {
    var reasons: [StartFailure] = []
    for separation in Separation.strongestFirst {
      switch attempt(command, streams, separation) {
      case .success(let started): return started
      case .failure(let failure):
        guard failure.isForbidden else { throw failure.error(command) }
        reasons.append(failure)
      }
    }
    let reason = NamespaceObstacle.words(reasons.map(\.words))
    guard command.weakest == .seccompOnly else { throw NamespaceObstacle.error(reason) }
    let weaker = try AllowedPaths.identical(command, reason)
    switch attempt(weaker, streams, .seccomp) {
    case .success(var started):
      started.isolation = Isolation(.seccompOnly, reason: reason)
      return started
    case .failure(let failure): throw failure.error(command)
    }
  }

  /// One attempt; where the kernel shows a new `/proc` to nobody, with the old one.
  private static func attempt(
    _ command: SandboxedCommand, _ streams: OutputStreams, _ separation: Separation
  ) -> Result<StartedSandbox, StartFailure> {
    let first = launch(command, streams, separation)
    guard case .failure(let failure) = first, failure.step == GALLEY_STEP_PROCESSES else { return first }
    var changed = command
    for index in changed.mounts.indices where changed.mounts[index].kind == .processes {
      changed.mounts[index] = .readOnly("/proc", at: changed.mounts[index].target)
    }
    return launch(changed, streams, separation).map { started in
      var started = started
      started.isolation.reason = "with this machine's /proc, because a new one is forbidden: \(failure.reason)"
      return started
    }
  }

  static func launch(
    _ command: SandboxedCommand, _ streams: OutputStreams, _ separation: Separation, executes: Bool = true
  ) -> Result<StartedSandbox, StartFailure> {
    let texts = TextStore()
    var result = galley_sandbox_start_result()
    let status = withExtendedLifetime(texts) {
      start(command, streams, separation, executes: executes, texts, &result)
    }
    guard status == 0 else {
      return .failure(StartFailure(step: Int(result.step), number: result.number, index: Int(result.index)))
    }
    return .success(
      StartedSandbox(
        guardian: result.guardian, listener: result.listener, control: result.control,
        isolation: Isolation(separation == .seccomp ? .seccompOnly : .namespaces)))
  }

  private static func start(
    _ command: SandboxedCommand, _ streams: OutputStreams, _ separation: Separation, executes: Bool,
    _ texts: TextStore, _ result: inout galley_sandbox_start_result
  ) -> CInt {
    let mounts = command.mounts.map { mount in
      galley_sandbox_mount(
        kind: mount.kind.number, source: texts.keep(mount.source), target: texts.keep(mount.target),
        size: UInt64(max(0, mount.byteLimit ?? 0)))
    }
    let limits = command.limits.map { galley_sandbox_limit(resource: $0.resource, value: $0.value) }
    let program = executes ? UnsafePointer(texts.keep(command.program)) : nil
    return texts.withVector([command.program] + command.arguments) { arguments in
      texts.withVector(command.environment.map { "\($0)=\($1)" }.sorted()) { environment in
        mounts.withUnsafeBufferPointer { mounts in
          limits.withUnsafeBufferPointer { limits in
            var plan = galley_sandbox_plan(
              separation: separation.bits, program: program, arguments: arguments, environment: environment,
              folder: texts.keep(command.folder), base: texts.keep(Separation.base), mounts: mounts.baseAddress,
              mount_count: mounts.count, limits: limits.baseAddress, limit_count: limits.count, input: streams.input,
              output: streams.output, error: streams.errors)
            return galley_sandbox_start(&plan, &result)
          }
        }
      }
    }
  }
}

/// The kernel's means that a command is cut off by.
struct Separation: Sendable, Hashable {
  let bits: CInt

  static let userNamespaces = Separation(
    bits: CInt(GALLEY_SANDBOX_NAMESPACES | GALLEY_SANDBOX_USER_NAMESPACE | GALLEY_SANDBOX_LISTENER))
  static let rootNamespaces = Separation(bits: CInt(GALLEY_SANDBOX_NAMESPACES | GALLEY_SANDBOX_LISTENER))
  static let seccomp = Separation(bits: CInt(GALLEY_SANDBOX_LISTENER))
  /// Nothing is separated or written down.
  static let none = Separation(bits: 0)

  /// Root can do without a user namespace where those are forbidden.
  static var strongestFirst: [Separation] {
    geteuid() == 0 ? [.userNamespaces, .rootNamespaces] : [.userNamespaces]
  }

  /// Where the new root is built: any folder that exists will do, because only the command sees it.
  static let base = "/tmp"
}

extension SandboxMount.Kind {
  fileprivate var number: CInt {
    switch self {
    case .readOnly: CInt(GALLEY_MOUNT_READ_ONLY)
    case .writable: CInt(GALLEY_MOUNT_READ_WRITE)
    case .device: CInt(GALLEY_MOUNT_DEVICE)
    case .temporary: CInt(GALLEY_MOUNT_TEMPORARY)
    case .processes: CInt(GALLEY_MOUNT_PROCESSES)
    case .link: CInt(GALLEY_MOUNT_LINK)
    }
  }
}

/// C texts that live as long as the store.
private final class TextStore {
  private var texts: [UnsafeMutablePointer<CChar>] = []

  func keep(_ text: String) -> UnsafeMutablePointer<CChar> {
    let bytes = Array(text.utf8CString)
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
    copy.initialize(from: bytes, count: bytes.count)
    texts.append(copy)
    return copy
  }

  /// Texts as C's vectors of them, with a null at the end.
  func withVector<Value>(
    _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Value
  ) -> Value {
    let vector: [UnsafeMutablePointer<CChar>?] = texts.map(keep) + [nil]
    return vector.withUnsafeBufferPointer { buffer in
      var none: UnsafeMutablePointer<CChar>?
      return buffer.baseAddress.map(body) ?? body(&none)
    }
  }

  deinit { for text in texts { text.deallocate() } }
}
