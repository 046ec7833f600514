// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import FoundationEssentials
import Galley
import TargetProtocol
import Tensors

/// A device's blobs, whole and begun, which outlive a session.
struct SimulatedDevice {
  var blobs: [Digest: Data] = [:]
  var partial: [Digest: Data] = [:]
}

/// What an agent's program does, without processes and files.
struct SimulatedAgent {
  var session: AgentSession
  var device: SimulatedDevice
  /// How many bytes may be under way.
  var window: UInt32 = 1 << 16
  /// Longest piece of a blob.
  var piece = 100
  /// Blobs are looked for and checked, requests are done, after so long.
  var delay = Duration.milliseconds(2)
  var identity: HostIdentity?
  var end: SessionEnd?
  private var uploads: [UInt32: (blob: Blob, bytes: Data)] = [:]
  private var downloads: [UInt32: Data] = [:]
  private var work: [(at: Duration, done: Work)] = []

  private enum Work {
    case answer(UInt32, [String: Int])
    case outputs(UInt32, [Tensor])
    case look(UInt32, Blob)
    case check(UInt32)
    case find(UInt32, Digest)
  }

  init(_ session: AgentSession, _ device: SimulatedDevice = SimulatedDevice()) {
    (self.session, self.device) = (session, device)
  }

  var nextTime: Duration? { ([session.nextDeadline] + work.map { $0.at }).compactMap { $0 }.min() }

  /// Does what is due and gives back what is to be written.
  mutating func step(at now: Duration) -> [Data] {
    if let deadline = session.nextDeadline, deadline <= now { session.tick(at: now) }
    let due = work.filter { $0.at <= now }
    work.removeAll { $0.at <= now }
    for (_, done) in due { perform(done, at: now) }
    while let piece = session.nextPiece(most: piece) {
      let bytes = downloads[piece.stream] ?? Data()
      session.send(bytes.dropFirst(Int(piece.offset)).prefix(piece.count), of: piece.stream, at: now)
    }
    var written: [Data] = []
    var output = session.takeOutput()
    while !output.isEmpty {
      for item in output {
        switch item {
        case .send(let pieces): written += pieces
        case .event(let event): take(event, at: now)
        case .end(let end): self.end = end
        }
      }
      output = session.takeOutput()
    }
    return written
  }

  private mutating func take(_ event: AgentEvent, at now: Duration) {
    let soon = now + delay
    switch event {
    case .ready(let identity): self.identity = identity
    case .request(let stream, let request):
      guard request.method == "sum" else {
        return session.fail(
          stream,
          RequestFailure(.unknownMethod, exitCode: .usage, what: "can't do '\(request.method)'", why: "no such method"),
          at: now)
      }
      session.tell(.progress(RequestProgress(stage: "adding", completed: 1)), of: stream, at: now)
      do throws(RequestFailure) {
        let values = try request.parameters(as: [String: [Int]].self)
        work.append((soon, .answer(stream, ["sum": (values["values"] ?? []).reduce(0, +)])))
      } catch { session.fail(stream, error, at: now) }
    case .run(let stream, _, let inputs):
      let tensors = (try? inputs.tensors()) ?? []
      work.append((soon, .outputs(stream, tensors.reversed())))
    case .offered(let stream, let blob): work.append((soon, .look(stream, blob)))
    case .received(let stream, let bytes, let isEnd):
      uploads[stream]?.bytes.append(bytes)
      keep(stream)
      session.consumed(bytes.count, of: stream, at: now)
      if isEnd { work.append((soon, .check(stream))) }
    case .fetched(let stream, let digest, _): work.append((soon, .find(stream, digest)))
    case .stopped(let stream): uploads[stream] = nil
    case .pairingAsked, .code, .pin, .pairingOver, .goodbye, .cancelled: break
    }
  }

  private mutating func keep(_ stream: UInt32) {
    if let (blob, bytes) = uploads[stream] { device.partial[blob.digest] = bytes }
  }

  private mutating func perform(_ done: Work, at now: Duration) {
    switch done {
    case .answer(let stream, let result): session.answer(stream, result, at: now)
    case .outputs(let stream, let outputs):
      guard let outputs = try? EncodedTensors(outputs) else { return }
      session.answerRun(stream, nanoseconds: 7, outputs: outputs, at: now)
    case .look(let stream, let blob):
      if device.blobs[blob.digest] != nil { return session.have(stream, at: now) }
      let begun = device.partial[blob.digest] ?? Data()
      uploads[stream] = (blob, begun)
      session.want(stream, from: UInt64(begun.count), window: window, at: now)
    case .check(let stream):
      guard let (blob, bytes) = uploads.removeValue(forKey: stream) else { return }
      device.partial[blob.digest] = nil
      if Digest(of: bytes) == blob.digest {
        device.blobs[blob.digest] = bytes
        session.have(stream, at: now)
      } else {
        session.fail(
          stream, RequestFailure(.digest, exitCode: .badData, what: "can't keep a blob", why: "it differs"), at: now)
      }
    case .find(let stream, let digest):
      guard let bytes = device.blobs[digest] else {
        return session.fail(
          stream, RequestFailure(.absent, exitCode: .missingInput, what: "can't send a blob", why: "it isn't here"),
          at: now)
      }
      downloads[stream] = bytes
      session.found(stream, Blob(digest: digest, byteCount: UInt64(bytes.count)), at: now)
    }
  }
}
