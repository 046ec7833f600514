// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import AgentServer
import Files
import FoundationEssentials
import Galley
import TargetProtocol
import Tensors

/// What a host does, as its tests write it.
extension SessionLink {
  @discardableResult
  func begin(
    _ method: String, worker: UInt32? = nil, within: Double = 60,
    _ parameters: some Encodable & Sendable = NoParameters()
  ) async throws -> UInt32 {
    try await host { try $0.request(method, worker: worker, within: within, parameters, at: $1) }
  }

  func answer<Result: Decodable>(to stream: UInt32, as type: Result.Type = Result.self) async throws -> Result {
    guard case .answer(let answer) = try await waiters.outcome(of: stream) else { throw Unexpected() }
    return try answer.result(as: Result.self)
  }

  func ask<Result: Decodable>(
    _ method: String, worker: UInt32? = nil, within: Double = 60,
    _ parameters: some Encodable & Sendable = NoParameters(), as type: Result.Type = Result.self
  ) async throws -> Result {
    try await answer(to: try await begin(method, worker: worker, within: within, parameters))
  }

  func takeMachine() async throws {
    await waiters.wait { $0.isReady }
    let _: NoParameters = try await ask(SessionMethod.acquireTurn)
  }

  func startWorker() async throws -> UInt32 {
    let result: StartWorkerResult = try await ask(
      SessionMethod.startWorker, StartWorkerParameters(runtime: "onnxruntime"))
    return result.worker
  }

  /// Sends a blob, or what its digest is said to be.
  func upload(_ bytes: Data, digest: Digest? = nil) async throws -> (digest: Digest, sent: Bool) {
    await waiters.wait { $0.isReady }
    let blob = Blob(digest: digest ?? Digest(of: bytes), byteCount: UInt64(bytes.count))
    let stream = try await host { session, now in
      let stream = try session.offer(blob, at: now)
      self.setBlob(bytes, of: stream)
      return stream
    }
    guard case .stored(let sent) = try await waiters.outcome(of: stream) else { throw Unexpected() }
    return (blob.digest, sent)
  }

  func download(_ digest: Digest) async throws -> Data {
    await waiters.wait { $0.isReady }
    let stream = try await host { try $0.fetch(digest, window: 1 << 16, at: $1) }
    guard case .bytes(let bytes) = try await waiters.outcome(of: stream) else { throw Unexpected() }
    return bytes
  }

  func run(_ worker: UInt32, _ inputs: [Tensor]) async throws -> (nanoseconds: UInt64, outputs: [Tensor]) {
    let stream = try await host { try $0.run(inputs, worker: worker, at: $1) }
    guard case .ran(let nanoseconds, let outputs) = try await waiters.outcome(of: stream) else { throw Unexpected() }
    return (nanoseconds, outputs)
  }
}

struct Unexpected: Error {}

/// A folder of one test, gone with it.
final class TestFolder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "agent-\(UUID().uuidString.prefix(8))").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
