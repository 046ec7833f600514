// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What the requests to one server taught so far: whether and when to ask again, and how.
struct FetchCourse: Sendable {
  private var failures = 0
  /// The most bytes that were ever kept.
  private var furthest = 0
  private var hasRestarted = false
  /// Bytes that an earlier fetch had left and that this one used; `nil` until the server answers.
  private(set) var resumedFrom: Int?
  /// Whether a compressed body is unpacked from now on.
  private(set) var unpacks = false

  /// Learns where the server began.
  mutating func began(at start: Int) {
    if resumedFrom == nil || start == 0 { resumedFrom = start }
  }

  /// Learns from a fault, and drops kept bytes that turned out useless.
  mutating func note(_ fault: FetchFault, _ file: PartialFile, _ offset: Int, _ download: Download) {
    switch fault {
    case .wrongBytes, .mustRestart:
      file.discard()
      if download.encoding != nil, !unpacks {
        // Perhaps the file was compressed only for sending: the next request unpacks it.
        unpacks = true
        hasRestarted = false
      } else if offset > 0, !hasRestarted {
        // Perhaps only the kept beginning was wrong: the next request asks for everything.
        hasRestarted = true
      } else {
        failures = .max
      }
    case .lost, .busy, .unreachable:
      if file.length > furthest + Self.progress {
        furthest = file.length
        failures = 0
      }
      note(fault)
    case .cancelled, .local, .refused, .denied, .proxyDenied, .untrusted:
      note(fault)
    }
  }

  /// Learns from a fault of a request of which nothing is kept.
  mutating func note(_ fault: FetchFault) {
    switch fault {
    case .lost, .busy, .unreachable: failures += 1
    case .wrongBytes, .mustRestart, .cancelled, .local, .refused, .denied, .proxyDenied, .untrusted: failures = .max
    }
  }

  /// Fewer new bytes than this are no reason to be patient with an origin.
  private static let progress = 1 << 16

  /// How long to wait before the next request; `nil` if there should be none.
  func pause(after fault: FetchFault, _ policy: FetchPolicy) -> Duration? {
    // An address that gives no connection is asked only once more: another origin may be better.
    let most = if case .unreachable = fault { min(2, policy.attempts) } else { policy.attempts }
    guard failures < most else { return nil }
    switch fault {
    case .wrongBytes, .mustRestart: return .zero
    case .busy(_, let wish?): return wish <= policy.longestPause ? wish : nil
    default:
      let doubled = policy.firstPause * (1 << min(max(0, failures - 1), 16))
      // Many who lost the same server should not all come back at once.
      return min(doubled, policy.longestPause) * Double.random(in: 0.75...1)
    }
  }
}
