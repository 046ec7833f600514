// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
public import Galley

/// Brings artifacts to this machine: from other programs' caches, from files, from servers, in that order of
/// preference; and nothing counts before its digest is right.
///
/// Processes that need the same artifact at once wait for each other. What an interrupted fetch got is kept, and the next
/// one goes on from there.
public struct Fetcher: Sendable {
  /// What is allowed.
  public let policy: FetchPolicy

  /// Creates a fetcher.
  public init(_ policy: FetchPolicy) { self.policy = policy }

  /// Puts an artifact's bytes at `destination`.
  /// - Parameters:
  ///   - requirement: what is needed; a digest, or at least eight digits of it, must be known.
  ///   - destination: path of the file to be; its folders are created, and it appears whole or not at all.
  ///   - partial: a folder for unfinished files, best on the destination's disk.
  ///   - progress: called from another thread, at most ten times a second, while bytes arrive.
  /// - Throws: `GalleyError`: `unavailable` if no origin gave the bytes, `badData` if wrong ones came, `configuration` for
  ///   a requirement or setting that can't be used, `cantCreate` if they can't be kept, `interrupted` if the task was
  ///   cancelled.
  public func fetch(
    _ requirement: ArtifactRequirement, to destination: String, partial: String,
    progress: @escaping @Sendable (FetchProgress) -> Void = { _ in }
  ) async throws(GalleyError) -> Fetched {
    let wanted = try Wanted(requirement, policy)
    do throws(FileError) {
      try AtomicFile.createFolder(partial)
      try AtomicFile.createFolder(FilePaths.parent(of: destination))
    } catch {
      throw GalleyError(writing: error, "can't keep '\(requirement.name)'")
    }
    let fetch = OneFetch(
      wanted: wanted, policy: policy, destination: destination, folder: partial, report: progress)
    return try await fetch.run()
  }

  /// Looks for an artifact's bytes on this machine without asking anybody: in the policy's caches, then among the
  /// requirement's origins that are files. Each candidate is read to the end, because only its digest proves what it is.
  /// - Returns: `nil` if there are none, or if the requirement names no digest to check them by.
  public func locate(_ requirement: ArtifactRequirement) async -> LocalSource? {
    guard let wanted = try? Wanted(requirement, policy) else { return nil }
    let files = requirement.origins.compactMap { origin -> String? in
      if case .file(let path) = try? Origin(origin) { path } else { nil }
    }
    let caches = policy.caches
    return await OwnThread.run { cancellation in
      let cached = LocalSearch(requirement: requirement, caches: caches).candidates.map { ($0, Fetched.Way.cache) }
      for (path, way) in cached + files.map({ ($0, .file) }) where !cancellation.isRequested {
        guard let size = FilePaths.size(ofFileAt: path), wanted.fault(ofSize: size) == nil,
          let digest = try? Digest(ofFileAt: path), requirement.accepts(digest)
        else { continue }
        return LocalSource(path: path, digest: digest, byteCount: size, way: way)
      }
      return nil
    }
  }

  /// The size of an artifact in bytes: as the requirement says, or else as a file or a server says, which is asked for
  /// the head only.
  /// - Returns: `nil` if nobody says.
  /// - Throws: `GalleyError` (`interrupted`) if the task was cancelled.
  public func size(of requirement: ArtifactRequirement) async throws(GalleyError) -> Int? {
    if let byteCount = requirement.byteCount { return byteCount }
    let policy = policy
    for text in requirement.origins {
      guard let origin = try? Origin(text) else { continue }
      let size = await OwnThread.run { cancellation in
        switch origin {
        case .file(let path): FilePaths.size(ofFileAt: path)
        case .web(let address): Self.size(at: address, policy, cancellation)
        }
      }
      if Task.isCancelled { throw OneFetch.stopped(requirement) }
      if let size { return size }
    }
    return nil
  }

  private static func size(at address: WebAddress, _ policy: FetchPolicy, _ cancellation: Cancellation) -> Int? {
    let request = WebRequest(method: .head, address: address, headers: [])
    guard case .success(let head) = WebExchange(policy: policy).perform(request, cancellation, nil) else { return nil }
    return head.contentEncoding == nil ? head.contentLength : nil
  }
}
