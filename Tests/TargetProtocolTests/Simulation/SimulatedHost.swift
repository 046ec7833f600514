// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import FoundationEssentials
import TargetProtocol
import Tensors

/// A host that sends a model, asks for a sum and a run meanwhile, fetches the model again and leaves.
struct SimulatedHost {
  var session: HostSession
  let model: Data
  var window: UInt32 = 1 << 16
  /// Longest piece of a blob.
  var piece = 100
  var end: SessionEnd?
  var sum: Int?
  var outputs: [Tensor]?
  var stored: Bool?
  var fetched = Data()
  var fetchEnded = false
  var failures: [RequestFailure] = []
  /// How many bytes of data were given to be sent.
  var dataSent = 0
  /// Streams that were begun and didn't end.
  var open: Set<UInt32> = []
  private var sumStream: UInt32?
  private var fetchStream: UInt32?
  private var digest: Digest { Digest(of: model) }

  init(_ session: HostSession, model: Data) { (self.session, self.model) = (session, model) }

  static let inputs = [Tensor]([Float(1), 2], [3])

  /// Whether all that was asked for has come, and is right.
  var isComplete: Bool {
    sum == 42 && outputs == Self.inputs.reversed() && stored != nil && fetchEnded && fetched == model
  }

  mutating func step(at now: Duration) -> [Data] {
    if let deadline = session.nextDeadline, deadline <= now { session.tick(at: now) }
    while let piece = session.nextPiece(most: piece) {
      dataSent += piece.count
      session.send(model.dropFirst(Int(piece.offset)).prefix(piece.count), of: piece.stream, at: now)
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

  private mutating func begun(_ stream: UInt32?) -> UInt32? {
    if let stream { open.insert(stream) }
    return stream
  }

  private mutating func take(_ event: HostEvent, at now: Duration) {
    switch event {
    case .ready:
      let blob = Blob(digest: digest, byteCount: UInt64(model.count))
      _ = begun(try? session.offer(blob, at: now))
      sumStream = begun(try? session.request("sum", within: 30, ["values": [40, 2]], at: now))
      _ = begun(try? session.run(Self.inputs, worker: 1, at: now))
    case .answered(let stream, let answer):
      open.remove(stream)
      if stream == sumStream { sum = (try? answer.result(as: [String: Int].self))?["sum"] }
    case .ran(let stream, _, let outputs):
      open.remove(stream)
      self.outputs = outputs
    case .failed(let stream, let failure):
      open.remove(stream)
      failures.append(failure)
    case .stored(let stream, let sent):
      open.remove(stream)
      stored = sent
      fetchStream = begun(try? session.fetch(digest, window: window, at: now))
    case .received(let stream, let bytes, let isEnd):
      fetched += bytes
      session.consumed(bytes.count, of: stream, at: now)
      if isEnd {
        open.remove(stream)
        fetchEnded = true
      }
    case .code, .paired, .goodbye, .told, .found: break
    }
    if sumStream != nil, open.isEmpty { session.leave(within: 5, at: now) }
  }
}

extension [Tensor] {
  /// Two lists of numbers as tensors.
  init(_ first: [Float], _ second: [Int64]) {
    self = [
      try? Tensor(first, shape: [first.count]), try? Tensor(second, shape: [second.count]),
    ].compactMap { $0 }
  }
}
