// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import Glibc

/// The course of fetching one artifact.
struct OneFetch: Sendable {
  let wanted: Wanted
  let policy: FetchPolicy
  let destination: String
  /// The folder of partial files and locks.
  let folder: String
  let report: @Sendable (FetchProgress) -> Void

  private var requirement: ArtifactRequirement { wanted.requirement }

  func run() async throws(GalleyError) -> Fetched {
    let (lock, earlier) = try await acquire()
    if let earlier {
      lock.end()
      return earlier
    }
    do throws(GalleyError) {
      let fetched = try await bring()
      lock.finish(at: destination)
      return fetched
    } catch {
      lock.end()
      throw error
    }
  }

  /// Waits until nobody else fetches the artifact; gives what another left, if it is what is needed.
  private func acquire() async throws(GalleyError) -> (FetchLock, Fetched?) {
    while true {
      let lock = try await waitForLock()
      if let here = await present() { return (lock, here) }
      if let path = lock.result, let shared = try? await copy(path, .shared) { return (lock, shared) }
      if lock.isCurrent {
        lock.clear()
        return (lock, nil)
      }
    }
  }

  private func waitForLock() async throws(GalleyError) -> FetchLock {
    do throws(FileError) {
      let lock = try FetchLock.open("\(folder)/\(wanted.key).lock")
      while try !lock.attempt() {
        guard (try? await Task.sleep(for: .milliseconds(50))) != nil else { break }
      }
      if !Task.isCancelled { return lock }
    } catch {
      throw GalleyError(writing: error, "can't keep '\(requirement.name)'")
    }
    throw Self.stopped(requirement)
  }

  /// The bytes, if they lie at the destination already.
  private func present() async -> Fetched? {
    let (wanted, destination) = (wanted, destination)
    return await OwnThread.run { _ in
      guard let size = FilePaths.size(ofFileAt: destination), wanted.fault(ofSize: size) == nil,
        let digest = try? Digest(ofFileAt: destination), wanted.requirement.accepts(digest)
      else { return nil }
      return Fetched(digest: digest, byteCount: size, origin: destination, way: .present, resumedFrom: 0)
    }
  }

  /// Tries what is kept, then this machine, then each origin in order.
  private func bring() async throws(GalleyError) -> Fetched {
    if let kept = try await completePart() { return kept }
    for path in await candidates() {
      if let fetched = try? await copy(path, .cache) { return fetched }
      if Task.isCancelled { throw Self.stopped(requirement) }
    }
    var failures = FailureReport()
    for text in requirement.origins {
      let fault: FetchFault
      do throws(FetchFault) {
        return try await bring(from: text)
      } catch {
        fault = error
      }
      if fault == .cancelled || Task.isCancelled { throw Self.stopped(requirement) }
      if case .local(let error) = fault { throw error }
      failures.add(Origin.shown(text), fault)
    }
    throw failures.error(wanted, policy)
  }

  private func bring(from text: String) async throws(FetchFault) -> Fetched {
    let origin: Origin
    do throws(WebAddress.Fault) {
      origin = try Origin(text)
    } catch {
      throw .refused(error.words)
    }
    switch origin {
    case .file(let path): return try await copy(path, .file)
    case .web(let address): return try await download(address)
    }
  }

  private func download(_ address: WebAddress) async throws(FetchFault) -> Fetched {
    guard policy.allows(address) else { throw .refused(WebExchange.offlineWords) }
    let source = WebOrigin(wanted: wanted, address: address, policy: policy, folder: folder, report: report)
    let success = try await source.fetch().get()
    try await place()
    return Fetched(
      digest: success.digest, byteCount: success.byteCount, origin: address.shown, way: .network,
      resumedFrom: success.resumedFrom)
  }

  /// Gives the checked partial file its place.
  private func place() async throws(FetchFault) {
    let (folder, key, destination) = (folder, wanted.key, destination)
    try await OwnThread.run { _ in
      Self.keeping { () throws(FileError) in try PartialFile(folder: folder, key: key).move(to: destination) }
    }.get()
  }

  private static func keeping<Value>(_ body: () throws(FileError) -> Value) -> Result<Value, FetchFault> {
    do throws(FileError) {
      return .success(try body())
    } catch {
      return .failure(.local(GalleyError(writing: error, "can't keep what is fetched")))
    }
  }

  /// A fetch that was killed between the last byte and the new name needs no request.
  private func completePart() async throws(GalleyError) -> Fetched? {
    let (wanted, folder, destination) = (wanted, folder, destination)
    let result = await OwnThread.run { _ -> Result<Fetched?, FetchFault> in
      let path = "\(folder)/\(wanted.key).part"
      guard let size = FilePaths.size(ofFileAt: path), size > 0 else { return .success(nil) }
      return Self.keeping { () throws(FileError) in
        let file = try PartialFile(folder: folder, key: wanted.key)
        let state = file.state
        guard size == wanted.requirement.byteCount ?? state?.total ?? -1 else { return nil }
        let digest = try Digest(ofFileAt: path)
        guard wanted.requirement.accepts(digest) else {
          file.discard()
          return nil
        }
        try file.move(to: destination)
        return Fetched(
          digest: digest, byteCount: size, origin: state?.origin ?? path, way: .network, resumedFrom: size)
      }
    }
    if case .failure(.local(let error)) = result { throw error }
    return try? result.get()
  }

  private func candidates() async -> [String] {
    let search = LocalSearch(requirement: requirement, caches: policy.caches)
    return await OwnThread.run { _ in search.candidates }
  }

  private func copy(_ path: String, _ way: Fetched.Way) async throws(FetchFault) -> Fetched {
    let copy = LocalCopy(wanted: wanted, source: path, way: way, folder: folder, destination: destination)
    let report = report
    return try await OwnThread.run { cancellation in copy.perform(cancellation, report) }.get()
  }

  static func stopped(_ requirement: ArtifactRequirement) -> GalleyError {
    GalleyError(
      .interrupted, "can't fetch '\(requirement.name)'", why: "it was stopped",
      remedy: "Run the same command again: bytes that came are kept.")
  }
}
