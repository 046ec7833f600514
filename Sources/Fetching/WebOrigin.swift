// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley

/// Fetches an artifact from one server: asks again when the connection breaks off, and goes on where it stopped.
struct WebOrigin: Sendable {
  let wanted: Wanted
  let address: WebAddress
  let policy: FetchPolicy
  /// The folder of partial files.
  let folder: String
  let report: @Sendable (FetchProgress) -> Void

  /// The whole bytes, checked, in the partial file.
  struct Success: Sendable, Hashable {
    var digest: Digest
    var byteCount: Int
    var resumedFrom: Int
  }

  /// Fetches until the bytes are there or there is no hope.
  func fetch() async -> Result<Success, FetchFault> {
    var course = FetchCourse()
    while true {
      let now = course
      let attempt = await OwnThread.run { cancellation in self.attempt(now, cancellation) }
      course = attempt.course
      switch attempt.result {
      case .success(let success): return .success(success)
      case .failure(let fault):
        guard let pause = course.pause(after: fault, policy) else { return .failure(fault) }
        guard (try? await Task.sleep(for: pause)) != nil else { return .failure(.cancelled) }
      }
    }
  }

  private struct Attempt: Sendable {
    var course: FetchCourse
    var result: Result<Success, FetchFault>
  }

  private func attempt(_ course: FetchCourse, _ cancellation: Cancellation) -> Attempt {
    var course = course
    do throws(FileError) {
      let file = try PartialFile(folder: folder, key: wanted.key)
      let offset = offset(in: file)
      let download = Download(
        wanted, to: file, from: address, at: offset, unpacks: course.unpacks, report: report)
      let answer = WebExchange(policy: policy).perform(request(offset, file, course), cancellation, download)
      if let start = download.continuedFrom { course.began(at: start) }
      let result = answer.flatMap { _ in check(file, download, course) }
      if case .failure(let fault) = result { course.note(fault, file, offset, download) }
      return Attempt(course: course, result: result)
    } catch {
      return Attempt(
        course: course, result: .failure(.local(GalleyError(writing: error, "can't keep what is fetched"))))
    }
  }

  /// How many bytes need not be sent: those that the same address gave, or, where the digest will judge the whole, that
  /// any gave.
  private func offset(in file: PartialFile) -> Int {
    guard file.length > 0, let state = file.state, file.length < state.total ?? .max else { return 0 }
    if let byteCount = wanted.requirement.byteCount, file.length >= byteCount { return 0 }
    let isSame = state.originDigest == Digest(of: address.text) && state.validator != nil
    return isSame || wanted.requirement.digest != nil ? file.length : 0
  }

  private func request(_ offset: Int, _ file: PartialFile, _ course: FetchCourse) -> WebRequest {
    var request = WebRequest(method: .get, address: address, headers: [], unpacks: course.unpacks)
    guard offset > 0, !course.unpacks else { return request }
    request.headers.append("Range: bytes=\(offset)-")
    if let state = file.state, state.originDigest == Digest(of: address.text), let validator = state.validator {
      request.headers.append("If-Range: \(validator)")
    }
    return request
  }

  private func check(_ file: PartialFile, _ download: Download, _ course: FetchCourse) -> Result<Success, FetchFault> {
    download.tell()
    if let total = download.total, file.length < total {
      return .failure(.lost("it sent \(file.length) of \(total) bytes"))
    }
    if let fault = wanted.fault(ofSize: file.length) { return .failure(fault) }
    do throws(FileError) {
      let digest = try Digest(ofFileAt: file.path)
      if let fault = wanted.fault(ofDigest: digest) {
        let note = download.encoding.map { "; it sent them compressed (\($0)) though asked not to" } ?? ""
        return .failure(.wrongBytes(fault.words + note))
      }
      return .success(Success(digest: digest, byteCount: file.length, resumedFrom: course.resumedFrom ?? 0))
    } catch {
      return .failure(.local(GalleyError(reading: error, "can't check what was fetched")))
    }
  }
}
