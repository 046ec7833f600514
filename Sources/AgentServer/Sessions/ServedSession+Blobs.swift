// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Dispatch
internal import Files
package import FoundationEssentials
internal import Galley
package import TargetProtocol
internal import Synchronization

/// Blobs that come and go. Files are opened and written on a queue of each upload; what comes meanwhile waits, as far as
/// credit goes.
extension ServedSession {
  func offered(_ stream: UInt32, _ blob: Blob) {
    if context.store.use(blob.digest, by: number) != nil { return port.perform { $0.have(stream, at: $1) } }
    let upload = Upload(blob: blob, queue: DispatchQueue(label: "galley.upload", qos: .userInitiated))
    state.withLock { $0.uploads[stream] = upload }
    note(busy: true)
    context.counters.count { $0.uploads += 1 }
    upload.queue.async { [self] in open(stream, blob) }
  }

  private func open(_ stream: UInt32, _ blob: Blob) {
    do throws(RequestFailure) {
      let file = try context.store.begin(blob, owner: owner, number: context.counters.number())
      let isWanted = state.withLock { state in
        state.uploads[stream]?.file = file
        return state.uploads[stream] != nil
      }
      guard isWanted else { return context.store.interrupt(file) }
      let (offset, window) = (file.offset, window)
      log(.debug, "a blob comes", ["digest": .string(blob.digest.hex), "from": .int(Int(clamping: offset))])
      port.perform { $0.want(stream, from: offset, window: window, at: $1) }
    } catch {
      fail(stream, error)
    }
  }

  /// How many bytes of an upload may be under way: what the agent has for that, shared by all transfers that the sessions
  /// of now may have, and 64 KiB at least.
  private var window: UInt32 {
    let shares = max(context.counters.counts.sessions, 1) * max(context.bounds.limits.transfers, 1)
    return UInt32(clamping: min(max(context.bounds.transferBytes / shares, 1 << 16), 1 << 22))
  }

  func received(_ stream: UInt32, _ bytes: Data, _ isEnd: Bool) {
    let queue = state.withLock { state -> DispatchQueue? in
      guard var upload = state.uploads[stream] else { return nil }
      upload.waiting.append(bytes)
      upload.hasEnd = isEnd
      defer { state.uploads[stream] = upload }
      guard !upload.isWriting else { return nil }
      upload.isWriting = true
      return upload.queue
    }
    queue?.async { [self] in write(stream) }
  }

  /// Writes what waits, and again until nothing does.
  private func write(_ stream: UInt32) {
    while true {
      let next = state.withLock { state -> (file: BlobUpload, pieces: [Data], isEnd: Bool)? in
        guard var upload = state.uploads[stream], let file = upload.file else { return nil }
        let pieces = upload.waiting
        (upload.waiting, upload.isWriting) = ([], !pieces.isEmpty)
        state.uploads[stream] = upload
        return pieces.isEmpty ? nil : (file, pieces, upload.hasEnd)
      }
      guard let (file, pieces, isEnd) = next else { return }
      var count = 0
      do throws(RequestFailure) {
        for piece in pieces {
          try context.store.append(piece, to: file)
          count += piece.count
        }
      } catch {
        context.store.abandon(file)
        return fail(stream, error)
      }
      context.counters.count { [count] in $0.receivedBytes += UInt64(count) }
      if isEnd { return complete(stream, file) }
      port.perform { [count] in $0.consumed(count, of: stream, at: $1) }
    }
  }

  private func complete(_ stream: UInt32, _ file: BlobUpload) {
    guard state.withLock({ $0.uploads.removeValue(forKey: stream) }) != nil else { return }
    note(busy: false)
    do throws(RequestFailure) {
      try context.store.complete(file, for: number)
      releaseIfEnded()
      log(
        .info, "a blob is here",
        ["digest": .string(file.blob.digest.hex), "bytes": .int(Int(clamping: file.blob.byteCount))])
      port.perform { $0.have(stream, at: $1) }
    } catch {
      log(.warning, "a blob was refused: \(error.why)")
      port.fail(stream, error)
    }
  }

  /// What was kept for a session that ended meanwhile is kept for nobody.
  func releaseIfEnded() {
    if state.withLock({ $0.hasEnded }) { context.store.release(number) }
  }

  private func fail(_ stream: UInt32, _ failure: RequestFailure) {
    guard state.withLock({ $0.uploads.removeValue(forKey: stream) }) != nil else { return }
    note(busy: false)
    log(.warning, "a blob was refused: \(failure.why)")
    port.fail(stream, failure)
  }

  func stopped(_ stream: UInt32) {
    let (upload, download) = state.withLock { state in
      (state.uploads.removeValue(forKey: stream), state.downloads.removeValue(forKey: stream))
    }
    if let upload { close(upload) }
    if upload != nil || download != nil { note(busy: false) }
  }

  /// Keeps what came of an upload, behind what is being written. One whose file isn't open yet is closed when it is.
  func close(_ upload: Upload) {
    guard let file = upload.file else { return }
    upload.queue.async { [context] in
      // What came and wasn't written yet is good too.
      do throws(RequestFailure) {
        for piece in upload.waiting { try context.store.append(piece, to: file) }
        context.store.interrupt(file)
      } catch {
        context.store.abandon(file)
      }
    }
  }

  // MARK: From the agent

  func fetched(_ stream: UInt32, _ digest: Digest, from offset: UInt64) {
    do throws(RequestFailure) {
      guard let (path, byteCount) = context.store.use(digest, by: number) else {
        throw RequestFailure(
          .absent, exitCode: .missingInput, what: "can't send a blob", why: "there is none with this digest")
      }
      // An offset beyond the end is refused by the session.
      if offset <= byteCount {
        let download = try BlobDownload(path, byteCount: byteCount)
        state.withLock { $0.downloads[stream] = download }
        note(busy: true)
      }
      let blob = Blob(digest: digest, byteCount: byteCount)
      port.perform { $0.found(stream, blob, at: $1) }
    } catch {
      port.fail(stream, error)
    }
  }

  /// The bytes of a blob that can be sent now; `nil` if they can't be read, and the stream was failed.
  package func piece(_ wanted: WantedPiece) -> Data? {
    guard let download = state.withLock({ $0.downloads[wanted.stream] }) else { return nil }
    do throws(RequestFailure) {
      let bytes = try download.read(wanted.count, at: wanted.offset)
      context.counters.count { $0.sentBytes += UInt64(bytes.count) }
      if wanted.offset + UInt64(wanted.count) >= download.byteCount { stopped(wanted.stream) }
      return bytes
    } catch {
      stopped(wanted.stream)
      port.fail(wanted.stream, error)
      return nil
    }
  }
}
