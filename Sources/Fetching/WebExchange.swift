// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CCurl
internal import Galley
internal import Synchronization

/// Asks a server for one file and follows where it points, with the user's credentials only as long as the host stays
/// the same.
struct WebExchange: Sendable {
  let policy: FetchPolicy

  static let mostRedirections = 10
  static let offlineWords = "not asked, because Galley is offline"

  /// Asks, on the calling thread, until an answer is no redirection.
  /// - Returns: the head of an answer 200 or 206, whose body the receiver took.
  func perform(
    _ request: WebRequest, _ cancellation: Cancellation, _ receiver: (any AnswerReceiver)?
  ) -> Result<ResponseHead, FetchFault> {
    guard policy.allows(request.address) else { return .failure(.refused(Self.offlineWords)) }
    guard policy.isOffline, let onLoopback = policy.onLoopback else { return ask(request, cancellation, receiver) }
    let answer = Mutex<Result<ResponseHead, FetchFault>>(.failure(.cancelled))
    // The caller waits meanwhile, so the receiver has one user at a time.
    nonisolated(unsafe) let receiver = receiver
    onLoopback {
      let result = ask(request, cancellation, receiver)
      answer.withLock { $0 = result }
    }
    return answer.withLock { $0 }
  }

  private func ask(
    _ request: WebRequest, _ cancellation: Cancellation, _ receiver: (any AnswerReceiver)?
  ) -> Result<ResponseHead, FetchFault> {
    CurlLibrary.shared.mapError(FetchFault.local).flatMap { library in
      walk(request) { request in
        CurlTransfer(library, policy, cancellation, receiver).perform(request)
      }
    }
  }

  private func walk(
    _ first: WebRequest, _ send: (WebRequest) -> Result<ResponseHead, FetchFault>
  ) -> Result<ResponseHead, FetchFault> {
    var identification = identification(for: first.address)
    var request = first
    for _ in 0...Self.mostRedirections {
      request.headers = first.headers + ["Accept-Encoding: identity"] + identification.lines
      switch send(request) {
      case .failure(let fault): return .failure(fault)
      case .success(let head):
        guard head.isRedirection else { return check(head, request.address, identification) }
        do throws(FetchFault) {
          let next = try target(of: head, from: request.address)
          if !next.hasSameOrigin(as: request.address) { identification = Identification() }
          request.address = next
        } catch {
          return .failure(error)
        }
      }
    }
    return .failure(.refused("it redirects more than \(Self.mostRedirections) times"))
  }

  private func target(of head: ResponseHead, from address: WebAddress) throws(FetchFault) -> WebAddress {
    guard let location = head["location"], !location.isEmpty else {
      throw .refused("it redirects without saying where (HTTP \(head.status))")
    }
    let next: WebAddress
    do throws(WebAddress.Fault) {
      next = try address.resolving(location)
    } catch {
      throw .refused("it redirects to an address that can't be used: \(error.words)")
    }
    guard next.isSecure || !address.isSecure else {
      throw .refused("it redirects from https to http, where anybody could change the bytes")
    }
    guard policy.allows(next) else { throw .refused("it redirects to another machine, and Galley is offline") }
    return next
  }

  /// What is sent to prove who asks, and what the user should know if that isn't enough.
  private struct Identification {
    var lines: [String] = []
    var note: String?
  }

  private func identification(for address: WebAddress) -> Identification {
    switch policy.credentials.answer(for: address.host) {
    case .none: return Identification()
    case .refused(let words): return Identification(note: words)
    case .found(let credential):
      guard address.isSecure || address.isLoopback else {
        return Identification(note: "the credential for this host was not sent, because the address is not https")
      }
      return Identification(lines: ["Authorization: \(credential.header)"])
    }
  }

  private func check(
    _ head: ResponseHead, _ address: WebAddress, _ identification: Identification
  ) -> Result<ResponseHead, FetchFault> {
    switch head.status {
    case 200, 206: return .success(head)
    case 401, 403:
      let reason = head.status == 401 ? "it wants to know who asks (HTTP 401)" : "access is forbidden (HTTP 403)"
      let note = identification.note ?? (identification.lines.isEmpty ? nil : "it did not accept the credential")
      return .failure(.denied(host: address.host, note.map { "\(reason); \($0)" } ?? reason))
    case 404, 410: return .failure(.refused("it has no such file (HTTP \(head.status))"))
    case 407: return .failure(.proxyDenied)
    case 416: return .failure(.mustRestart("it has fewer bytes than were kept (HTTP 416)"))
    case 408, 425, 429, 500...599:
      let reason = head.status == 429 ? "too many requests" : "the server fails"
      return .failure(.busy("\(reason) (HTTP \(head.status))", pause: Self.pause(head)))
    default: return .failure(.refused("it answers with HTTP \(head.status)"))
    }
  }

  /// How long the server wants to be left alone: seconds or a date (RFC 9110, section 10.2.3).
  private static func pause(_ head: ResponseHead) -> Duration? {
    guard let text = head["retry-after"] else { return nil }
    if let seconds = Int(text) { return .seconds(min(max(0, seconds), 1 << 31)) }
    guard case .success(let library) = CurlLibrary.shared, let date = library.seconds(ofDate: text) else { return nil }
    return .seconds(max(0, date - WallClock.seconds))
  }
}
