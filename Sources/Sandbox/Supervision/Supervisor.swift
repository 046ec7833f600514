// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CSandbox
internal import Galley
internal import Glibc

/// Answers the calls of one command and writes down what they are, on the thread that it is used on.
struct Supervisor: ~Copyable {
  private let command: SandboxedCommand
  private let stop: StopSignal
  private let allowed: AllowedPaths?
  private let began = ContinuousClock.now
  private var started: StartedSandbox
  /// Known from the first call on.
  private var root: CInt = -1
  private var seen = Observations()
  private var end: galley_sandbox_report?
  private var failure: StartFailure?
  private var isOverTime = false
  private var isStopped = false

  init(_ command: SandboxedCommand, _ started: StartedSandbox, _ stop: StopSignal) {
    (self.command, self.started, self.stop) = (command, started, stop)
    let isWeaker = started.isolation.kind == .seccompOnly
    allowed = isWeaker ? AllowedPaths(command.mounts) : nil
  }

  deinit {
    if root >= 0 { close(root) }
    if started.control >= 0 { close(started.control) }
    if started.listener >= 0 { close(started.listener) }
  }

  /// Serves the command until it and all it started are gone.
  consuming func supervise() throws(GalleyError) -> SandboxRecord {
    while started.control >= 0 { step() }
    let number = galley_sandbox_reap(started.guardian)
    if isStopped {
      throw GalleyError(
        .interrupted, "can't finish a command that runs cut off", at: command.program, why: "it was stopped")
    }
    if let failure { throw failure.error(command) }
    guard number == 0 else {
      throw GalleyError(
        .software, "can't see the end of a command that runs cut off", at: command.program,
        why: String(cString: strerror(number)))
    }
    let processor = end.map { Double($0.user_time + $0.system_time) / 1e6 }
    return seen.record(
      exit: exit, isolation: started.isolation, seconds: (ContinuousClock.now - began) / .seconds(1),
      processor: processor, memory: end.map { Int($0.peak_memory) })
  }

  /// As `waitpid` encodes it: a signal in the lowest seven bits, else an exit code in the next byte.
  private var exit: SandboxExit {
    guard let status = end?.status else {
      return SandboxExit(code: nil, signal: SIGKILL, isOverTime: isOverTime)
    }
    let signal = status & 0x7f
    return SandboxExit(
      code: signal == 0 ? (status >> 8) & 0xff : nil, signal: signal == 0 ? nil : signal, isOverTime: isOverTime)
  }

  private mutating func step() {
    var set = [
      pollfd(fd: started.listener, events: Int16(POLLIN), revents: 0),
      pollfd(fd: started.control, events: Int16(POLLIN), revents: 0),
      pollfd(fd: isEnding ? -1 : stop.descriptor, events: Int16(POLLIN), revents: 0),
    ]
    let ready = poll(&set, nfds_t(set.count), timeout)
    if ready == 0 {
      isOverTime = true
      kill()
    }
    guard ready > 0 else { return }
    if set[0].revents & Int16(POLLIN) != 0 {
      answerNext()
    } else if set[0].revents != 0 {
      // Everything under the filter is gone.
      close(started.listener)
      started.listener = -1
    }
    if set[2].revents != 0 {
      isStopped = true
      kill()
    }
    if set[1].revents != 0 { hear() }
  }

  private var isEnding: Bool { isOverTime || isStopped }

  /// Milliseconds until the time is over, rounded up; -1 without a limit.
  private var timeout: CInt {
    guard let limit = command.timeLimit, !isEnding else { return -1 }
    let left = (limit - (ContinuousClock.now - began)) / .milliseconds(1)
    return CInt(min(max(0, left.rounded(.up)), 1e9))
  }

  /// Ends everything: a PID namespace goes with its first process; without one the guardian kills what it guards as soon
  /// as it is alone.
  private mutating func kill() {
    if started.isolation.kind == .namespaces { _ = Glibc.kill(started.guardian, SIGKILL) }
    closeControl()
  }

  private mutating func closeControl() {
    if started.control >= 0 { close(started.control) }
    started.control = -1
  }

  private mutating func hear() {
    guard started.control >= 0 else { return }
    var report = galley_sandbox_report()
    guard galley_sandbox_receive(started.control, &report) > 0 else { return closeControl() }
    if report.kind == Int32(GALLEY_REPORT_ENDED) { end = report }
    if report.kind == Int32(GALLEY_REPORT_FAILED) {
      failure = StartFailure(step: Int(report.step), number: report.number, index: Int(report.index))
    }
  }

  // MARK: Calls

  private mutating func answerNext() {
    var notice = galley_notice()
    guard galley_notice_receive(started.listener, &notice) == 0 else { return }
    let number = judge(notice)
    _ = galley_notice_answer(started.listener, notice.id, number)
  }

  /// Writes a call down; the error number that it gets, zero if it may go on.
  private mutating func judge(_ notice: galley_notice) -> CInt {
    switch notice.call {
    case CInt(GALLEY_CALL_OPEN), CInt(GALLEY_CALL_OPEN_HOW), CInt(GALLEY_CALL_EXECUTE): return judgePath(notice)
    case CInt(GALLEY_CALL_SOCKET):
      seen.socket(family: notice.family, type: notice.flags)
      return 0
    case CInt(GALLEY_CALL_CONNECT), CInt(GALLEY_CALL_SEND_TO), CInt(GALLEY_CALL_SEND_MESSAGE),
      CInt(GALLEY_CALL_SEND_MESSAGES):
      return judgeAddresses(notice)
    default: return 0
    }
  }

  /// For the calls of the command, whose processes all have one root folder: none may change it.
  private mutating func reader(_ notice: galley_notice) -> CallReader? {
    if allowed != nil { return CallReader(root: .shared) }
    if root < 0 { root = galley_root_open(notice.thread) }
    return root >= 0 ? CallReader(root: .folder(root)) : nil
  }

  private mutating func judgePath(_ notice: galley_notice) -> CInt {
    guard let reader = reader(notice), let flags = reader.flags(notice), let path = reader.asked(notice) else {
      return unreadable(notice)
    }
    let isExecution = notice.call == CInt(GALLEY_CALL_EXECUTE)
    let isWriting = !isExecution && flags & (O_ACCMODE | O_CREAT | O_TRUNC) != 0
    if allowed == nil, !isExecution, seen.isKnown(path, isWriting: isWriting) {
      seen.countOpened(path)
      return 0
    }
    let named = reader.look(path, notice.thread)
    guard galley_notice_is_valid(started.listener, notice.id) != 0 else { return 0 }
    let number = refusal(of: named, isWriting: isWriting, reader)
    var shown = named
    // What it may not see does not exist for it, as in namespaces.
    if number == EACCES { shown = CallReader.NamedPath(path: named.path, resolved: nil, exists: false) }
    if isExecution { seen.execute(shown) } else { seen.open(shown, isWriting: isWriting) }
    return number
  }

  private func refusal(of named: CallReader.NamedPath, isWriting: Bool, _ reader: CallReader) -> CInt {
    guard let allowed else { return 0 }
    if let place = named.resolved ?? reader.resolvedParent(of: named.path) {
      let number = allowed.refusal(place, isWriting: isWriting)
      // To a program without permission a file that isn't there isn't there.
      return number != 0 && !named.exists ? ENOENT : number
    }
    return ENOENT
  }

  private mutating func judgeAddresses(_ notice: galley_notice) -> CInt {
    guard let addresses = reader(notice)?.addresses(notice) else { return unreadable(notice) }
    guard galley_notice_is_valid(started.listener, notice.id) != 0 else { return 0 }
    var refusal: CInt = 0
    for address in addresses where address.isReachedOut {
      let transport = address.isLocal ? nil : Self.transport(notice)
      seen.connect(address, transport)
      if allowed != nil, !address.isLocal { refusal = EACCES }
    }
    return refusal
  }

  private static func transport(_ notice: galley_notice) -> String? {
    switch galley_socket_protocol(notice.thread, notice.descriptor) {
    case ..<0: nil
    case CInt(IPPROTO_TCP): "tcp"
    case CInt(IPPROTO_UDP): "udp"
    case let number: "protocol \(number)"
    }
  }

  /// Where nothing else protects, what can't be read isn't allowed.
  private mutating func unreadable(_ notice: galley_notice) -> CInt {
    guard galley_notice_is_valid(started.listener, notice.id) != 0 else { return 0 }
    seen.unreadable += 1
    return allowed == nil ? 0 : EACCES
  }
}
