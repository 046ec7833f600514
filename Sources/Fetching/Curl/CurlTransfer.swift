// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CCurl
internal import Galley
internal import Glibc

/// One request, ready to be sent.
struct WebRequest: Sendable {
  enum Method: Sendable { case get, head }

  var method: Method
  var address: WebAddress
  /// Header lines, each without its end.
  var headers: [String]
  /// Whether a compressed body is unpacked; otherwise its bytes come as they were sent.
  var unpacks = false
}

/// Takes what a server answers, on the thread of the transfer. A fault ends the transfer.
protocol AnswerReceiver: AnyObject {
  /// The head of an answer 200 or 206; its body follows.
  func begin(_ head: ResponseHead) -> FetchFault?
  /// The next bytes of the body.
  func receive(_ bytes: UnsafeRawBufferPointer) -> FetchFault?
}

/// A request under way. It blocks its thread, and holds no more of the body than one buffer: libcurl reads on only when a
/// piece was taken.
final class CurlTransfer {
  private let library: CurlLibrary
  private let policy: FetchPolicy
  private let cancellation: Cancellation
  private let receiver: (any AnswerReceiver)?
  private let clock = ContinuousClock()

  private var head: ResponseHead?
  private var isHeadComplete = false
  private var headBytes = 0
  private var unwantedBytes = 0
  private var fault: FetchFault?
  private var isEnough = false
  private var silentSince: ContinuousClock.Instant
  private var patience: Duration

  init(_ library: CurlLibrary, _ policy: FetchPolicy, _ cancellation: Cancellation, _ receiver: (any AnswerReceiver)?) {
    self.library = library
    self.policy = policy
    self.cancellation = cancellation
    self.receiver = receiver
    silentSince = clock.now
    patience = policy.connectTimeout + policy.stallTimeout
  }

  /// Sends the request and waits for the answer's end. No redirection is followed.
  func perform(_ request: WebRequest) -> Result<ResponseHead, FetchFault> {
    // libcurl may write to it until the handle is gone.
    let message = UnsafeMutablePointer<CChar>.allocate(capacity: Int(GALLEY_CURL_ERROR_SIZE))
    message.initialize(repeating: 0, count: Int(GALLEY_CURL_ERROR_SIZE))
    defer { message.deallocate() }
    var lines: UnsafeMutableRawPointer?
    for line in request.headers { lines = library.append(lines, line) ?? lines }
    defer { library.freeList(lines) }
    guard let handle = library.makeHandle() else { return .failure(.lost("memory is exhausted")) }
    defer { library.cleanup(handle) }
    let settings = CurlSettings(library, handle)
    settings.set(GALLEY_CURL_HTTPHEADER, lines)
    settings.set(GALLEY_CURL_ERRORBUFFER, UnsafeMutableRawPointer(message))
    guard configure(settings, request) else { return .failure(.lost("libcurl refuses the request")) }
    let code = withExtendedLifetime(self) { Self.withoutPipeSignal { library.perform(handle) } }
    if let fault { return .failure(fault) }
    if code == CInt(GALLEY_CURL_OK) || isEnough {
      guard let head, isHeadComplete else { return .failure(.lost("it answered with something that is not HTTP")) }
      return .success(head)
    }
    let tunnel = galley_curl_get_number(library.getinfo, handle, CInt(GALLEY_CURL_HTTP_CONNECTCODE))
    let words = String(cString: message)
    return .failure(
      FetchFault(curl: code, words.isEmpty ? library.words(for: code) : words, tunnel: Int(tunnel), policy))
  }

  private func configure(_ settings: CurlSettings, _ request: WebRequest) -> Bool {
    let context = UnsafeMutableRawPointer(Unmanaged.passUnretained(self).toOpaque())
    let address = request.address
    settings.set(GALLEY_CURL_URL, address.text)
    settings.set(GALLEY_CURL_PROTOCOLS, GALLEY_CURL_HTTP_AND_HTTPS)
    settings.set(GALLEY_CURL_NOBODY, request.method == .head ? 1 : 0)
    settings.set(GALLEY_CURL_FOLLOWLOCATION, 0)
    settings.set(GALLEY_CURL_NOSIGNAL, 1)
    settings.set(GALLEY_CURL_USERAGENT, "galley/\(galleyVersion)")
    settings.set(GALLEY_CURL_CONNECTTIMEOUT_MS, max(1, policy.connectTimeout.milliseconds))
    settings.set(GALLEY_CURL_TCP_KEEPALIVE, 1)
    // An empty text means no proxy; without it libcurl would read the environment itself.
    settings.set(GALLEY_CURL_PROXY, policy.proxy(for: address) ?? "")
    settings.set(GALLEY_CURL_NOPROXY, policy.proxies.exceptions)
    settings.set(GALLEY_CURL_SUPPRESS_CONNECT_HEADERS, 1)
    if let file = policy.certificateAuthority {
      settings.set(GALLEY_CURL_CAINFO, file)
      settings.setIfKnown(GALLEY_CURL_PROXY_CAINFO, file)
    }
    if request.unpacks { settings.set(GALLEY_CURL_ACCEPT_ENCODING, "") }
    settings.set(GALLEY_CURL_NOPROGRESS, 0)
    for data in [GALLEY_CURL_HEADERDATA, GALLEY_CURL_WRITEDATA, GALLEY_CURL_XFERINFODATA] {
      settings.set(data, context)
    }
    settings.set(GALLEY_CURL_BUFFERSIZE, 256 << 10)
    settings.receive(GALLEY_CURL_HEADERFUNCTION) { bytes, one, count, context in
      CurlTransfer.of(context)?.take(headerLine: UnsafeRawBufferPointer(start: bytes, count: one * count)) ?? 0
    }
    settings.receive(GALLEY_CURL_WRITEFUNCTION) { bytes, one, count, context in
      CurlTransfer.of(context)?.take(body: UnsafeRawBufferPointer(start: bytes, count: one * count)) ?? 0
    }
    settings.watch { context, _, _, _, _ in CurlTransfer.of(context)?.mustEnd == false ? 0 : 1 }
    return settings.areAccepted
  }

  private static func of(_ context: UnsafeMutableRawPointer?) -> CurlTransfer? {
    context.map { Unmanaged<CurlTransfer>.fromOpaque($0).takeUnretainedValue() }
  }

  /// libcurl tells about headers line by line, those of a trailer after the body too.
  private func take(headerLine bytes: UnsafeRawBufferPointer) -> Int {
    silentSince = clock.now
    patience = policy.stallTimeout
    headBytes += bytes.count
    guard headBytes <= 1 << 18 else { return end(.refused("its answer's head is longer than 256 KiB")) }
    let line = String(decoding: bytes, as: UTF8.self).trimmingWhitespace
    if line.hasPrefix("HTTP/") {
      guard let head = ResponseHead(statusLine: line) else { return end(.refused("its status line can't be read")) }
      self.head = head
      isHeadComplete = false
    } else if !isHeadComplete {
      if !line.isEmpty {
        head?.add(line)
      } else if let head, head.status >= 200 {
        isHeadComplete = true
        if head.status == 200 || head.status == 206, let fault = receiver?.begin(head) { return end(fault) }
      }
    }
    return bytes.count
  }

  private func take(body bytes: UnsafeRawBufferPointer) -> Int {
    // What writing to a slow disk takes is not the server's silence.
    defer { silentSince = clock.now }
    guard let head, isHeadComplete else { return end(.lost("it answered with something that is not HTTP")) }
    guard head.status == 200 || head.status == 206, let receiver else {
      // The page that comes with an error: read if it is short, so that the connection ends in order.
      unwantedBytes += bytes.count
      if unwantedBytes <= 1 << 16 { return bytes.count }
      isEnough = true
      return 0
    }
    if let fault = receiver.receive(bytes) { return end(fault) }
    return bytes.count
  }

  private func end(_ fault: FetchFault) -> Int {
    self.fault = fault
    return 0
  }

  /// Asked about once a second.
  private var mustEnd: Bool {
    if cancellation.isRequested {
      fault = .cancelled
    } else if clock.now - silentSince > patience {
      fault = .lost("it sent nothing for \(patience.words)")
    }
    return fault != nil
  }

  /// OpenSSL writes to a socket that the server closed in a way that raises SIGPIPE, which would end the process.
  private static func withoutPipeSignal<T>(_ body: () -> T) -> T {
    var blocked = sigset_t()
    var earlier = sigset_t()
    sigemptyset(&blocked)
    sigaddset(&blocked, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &blocked, &earlier)
    let result = body()
    if sigismember(&earlier, SIGPIPE) == 0 {
      var none = timespec()
      while sigtimedwait(&blocked, nil, &none) == SIGPIPE {}
    }
    pthread_sigmask(SIG_SETMASK, &earlier, nil)
    return result
  }
}
