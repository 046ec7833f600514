// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import FoundationEssentials
internal import Galley
internal import Glibc
internal import Synchronization
public import TargetProtocol
internal import TargetTransport
public import Tensors

/// One inference that an agent did.
public struct SingleInference: Sendable, Hashable {
  /// How long it took, measured on the device.
  public var nanoseconds: UInt64
  /// The outputs in the model's order.
  public var outputs: [Tensor]
}

extension AgentClient {
  /// Sends a file if the agent doesn't have it, from where an earlier upload was interrupted.
  /// - Parameter onProgress: How many of its bytes were sent so far.
  /// - Returns: whether anything was sent.
  /// - Throws: `GalleyError`; `CancellationError`.
  public func upload(
    _ path: String, _ blob: Blob, onProgress: @escaping @Sendable (UInt64) -> Void = { _ in }
  ) async throws -> Bool {
    let source = try BlobSource(path, blob, onProgress)
    let answer = try await stream(.upload(source)) { session, now throws(HostRefusal) in
      try session.offer(blob, at: now)
    }
    guard case .stored(let sent) = answer else { throw mistake("offer") }
    return sent
  }

  /// Fetches a blob into a file, which appears whole or not at all; its digest is checked.
  /// - Throws: `GalleyError`; `CancellationError`.
  public func fetch(_ digest: Digest, to path: String) async throws {
    let sink = try BlobSink(path)
    guard
      case .fetched = try await stream(
        .fetch(sink),
        { session, now throws(HostRefusal) in
          try session.fetch(digest, at: now)
        })
    else { throw mistake("fetch") }
    try sink.finish(digest, from: name)
  }

  /// Runs a worker's loaded model once on new inputs.
  /// - Throws: `GalleyError`; `CancellationError`.
  public func run(_ inputs: [Tensor], worker: UInt32) async throws -> SingleInference {
    let answer = try await stream(.run) { session, now throws(HostRefusal) in
      try session.run(inputs, worker: worker, at: now)
    }
    guard case .ran(let inference) = answer else { throw mistake("run") }
    return inference
  }
}

/// A file that is sent.
final class BlobSource: Sendable {
  private let path: String
  private let descriptor: CInt
  private let onProgress: @Sendable (UInt64) -> Void
  private let problem = Mutex<GalleyError?>(nil)

  init(_ path: String, _ blob: Blob, _ onProgress: @escaping @Sendable (UInt64) -> Void) throws(GalleyError) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    (self.path, self.onProgress) = (path, onProgress)
    guard descriptor >= 0 else { throw Self.unreadable(FileError(.read, path)) }
    guard let facts = FileFacts(of: descriptor), UInt64(clamping: facts.byteCount) == blob.byteCount else {
      throw GalleyError(.tryAgain, "can't send a file", at: path, why: "it has changed since it was looked at")
    }
  }

  deinit { close(descriptor) }

  /// Why it can't be sent; `nil` as long as it can.
  var failure: GalleyError? { problem.withLock { $0 } }

  /// The next bytes; `nil` if they can't be read.
  func read(_ offset: UInt64, _ count: Int) -> Data? {
    do throws(FileError) {
      let bytes = try FilePiece.read(count, at: offset, of: descriptor, named: path)
      if bytes.count == count {
        onProgress(offset + UInt64(count))
        return bytes
      }
      problem.withLock {
        $0 = GalleyError(.tryAgain, "can't send a file", at: path, why: "it became shorter meanwhile")
      }
    } catch {
      problem.withLock { $0 = Self.unreadable(error) }
    }
    return nil
  }

  private static func unreadable(_ error: FileError) -> GalleyError {
    GalleyError(.missingInput, "can't send a file", at: error.path, why: error.reason)
  }
}

/// A file that is fetched.
final class BlobSink: Sendable {
  private struct State {
    var stream: AtomicFileStream
    var digest = RunningDigest()
    var failure: GalleyError?
  }

  private let path: String
  private let state: Mutex<State>

  init(_ path: String) throws(GalleyError) {
    do throws(FileError) {
      state = Mutex(State(stream: try AtomicFileStream(path)))
    } catch {
      throw GalleyError(writing: error, "can't keep what a target made")
    }
    self.path = path
  }

  var failure: GalleyError? { state.withLock { $0.failure } }

  /// Writes the next bytes.
  /// - Returns: whether that was possible.
  func write(_ bytes: Data) -> Bool {
    state.withLock { state in
      do throws(FileError) {
        try state.stream.append(bytes)
      } catch {
        state.failure = GalleyError(writing: error, "can't keep what a target made")
        return false
      }
      bytes.withUnsafeBytes { state.digest.update($0) }
      return true
    }
  }

  func finish(_ digest: Digest, from name: String) throws(GalleyError) {
    let failure = state.withLock { state -> GalleyError? in
      guard state.digest.finish() == digest else {
        return GalleyError(
          .badData, "can't take what the target made", at: name,
          why: "what arrived has another digest than was asked for")
      }
      do throws(FileError) { try state.stream.finish() } catch {
        return GalleyError(writing: error, "can't keep what a target made")
      }
      return nil
    }
    if let failure { throw failure }
  }
}
