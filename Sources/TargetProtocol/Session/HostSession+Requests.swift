// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
public import Tensors

/// What a host asks for. Each call opens a stream, whose number events carry until `answered`, `ran`, `stored`, the end
/// of `received`, or `failed`.
extension HostSession {
  /// Asks for a method.
  /// - Parameters:
  ///   - worker: The measuring process; `nil` for methods of the agent.
  ///   - seconds: How long the answer may take.
  public mutating func request(
    _ method: String, worker: UInt32? = nil, within seconds: Double = RequestMessage.defaultSeconds,
    _ parameters: some Encodable, at now: Duration
  ) throws(HostRefusal) -> UInt32 {
    guard let payload = try? RequestMessage.encode(method, worker: worker, within: seconds, parameters),
      payload.count <= FrameLimits.message, seconds.isFinite, seconds > 0, seconds < 1e9
    else { throw .tooLarge }
    let until = max(now, core.now) + .seconds(seconds) + core.times.hostGrace
    let stream = try open(.request(method: method, until: until, isCancelled: false), at: now)
    core.send(OutgoingFrame.message(.request, stream: stream, payload))
    return stream
  }

  /// Runs a worker's model once.
  public mutating func run(
    _ inputs: [Tensor], worker: UInt32, at now: Duration
  ) throws(HostRefusal) -> UInt32 {
    var writer = WireWriter()
    writer.uint32(worker)
    guard let list = try? TensorList.encode(inputs), writer.data.count + list.count <= FrameLimits.message else {
      throw .tooLarge
    }
    let running = streams.values.count { if case .run = $0 { true } else { false } }
    guard running < welcome?.limits.runs ?? 0 else { throw welcome == nil ? .notReady : .tooMany }
    let until = max(now, core.now) + core.times.run + core.times.hostGrace
    let stream = try open(.run(until: until, isCancelled: false), at: now)
    core.send(OutgoingFrame.message(.run, stream: stream, beginning: writer.data, list))
    return stream
  }

  /// No longer wants what a stream is for. It ends with `failed`, or with its result if that was under way.
  public mutating func cancel(_ stream: UInt32, at now: Duration) {
    core.advance(to: now)
    guard core.isOpen, let state = streams[stream] else { return }
    switch state {
    case .request(let method, let until, false):
      core.send(OutgoingFrame.message(.cancel, stream: stream))
      let soon = core.now + core.times.agentGrace + core.times.hostGrace
      streams[stream] = .request(method: method, until: min(until, soon), isCancelled: true)
    case .run(let until, false):
      core.send(OutgoingFrame.message(.cancel, stream: stream))
      let soon = core.now + core.times.agentGrace + core.times.hostGrace
      streams[stream] = .run(until: min(until, soon), isCancelled: true)
    case .run, .request, .stopping: return
    case .offered, .sending, .checking, .fetching, .receiving:
      stop(
        stream, state,
        RequestFailure(.cancelled, exitCode: .interrupted, what: "a transfer ended", why: "it was cancelled"))
    }
  }

  /// Gives a new stream its number.
  mutating func open(_ state: HostStream, at now: Duration) throws(HostRefusal) -> UInt32 {
    core.advance(to: now)
    guard core.isOpen, case .ready = stage, goodbye == nil, !isLeaving, lastStream < .max else { throw .notReady }
    guard streams.count < FrameLimits.streams else { throw .tooMany }
    lastStream += 1
    streams[lastStream] = state
    return lastStream
  }

  /// A stream's time is over.
  mutating func expire(_ stream: UInt32, _ state: HostStream) {
    switch state {
    case .request(let method, _, _):
      finish(SessionEnd(.timeout, "the agent didn't answer '\(method)' in time"))
    case .run: finish(SessionEnd(.timeout, "the agent didn't answer a run in time"))
    case .stopping: finish(SessionEnd(.timeout, "the agent didn't end a transfer in time"))
    case .offered, .sending, .checking, .fetching, .receiving:
      stop(
        stream, state,
        RequestFailure(
          .deadline, exitCode: .tryAgain, what: "a transfer ended", why: "the agent didn't go on with it in time"))
    }
  }

  /// Tells the agent that a transfer isn't wanted; the stream stays until the agent closes it.
  mutating func stop(_ stream: UInt32, _ state: HostStream, _ failure: RequestFailure) {
    core.send(OutgoingFrame.message(.cancel, stream: stream))
    let isFetch =
      switch state {
      case .fetching, .receiving: true
      default: false
      }
    streams[stream] = .stopping(
      failure, isFetch: isFetch, until: core.now + core.times.agentGrace + core.times.hostGrace)
  }
}
