// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley

/// What a host's stream is for and how far it is.
enum HostStream: Sendable {
  /// Waits for an answer.
  case request(method: String, until: Duration, isCancelled: Bool)
  /// Waits for outputs.
  case run(until: Duration, isCancelled: Bool)
  /// Waits to hear whether the blob is wanted.
  case offered(Blob, until: Duration)
  /// Sends the blob.
  case sending(OutgoingTransfer)
  /// All was sent; the agent checks.
  case checking(until: Duration)
  /// Waits to hear whether the agent has the blob.
  case fetching(offset: UInt64, window: UInt32, until: Duration)
  /// Receives the blob.
  case receiving(IncomingTransfer)
  /// A transfer that was cancelled and not yet closed by the agent.
  case stopping(RequestFailure, isFetch: Bool, until: Duration)

  func deadline(_ times: SessionTimes) -> Duration {
    switch self {
    case .request(_, let until, _), .run(let until, _), .offered(_, let until), .checking(let until),
      .fetching(_, _, let until), .stopping(_, _, let until):
      until
    case .sending(let transfer): transfer.moved + times.transfer
    case .receiving(let transfer): transfer.moved + times.transfer
    }
  }

  var isTransfer: Bool {
    switch self {
    case .request, .run: false
    case .offered, .sending, .checking, .fetching, .receiving, .stopping: true
    }
  }
}

/// Why a host can't begin something now.
public enum HostRefusal: Error, Sendable, Hashable {
  /// The session isn't ready, has ended, or says goodbye.
  case notReady
  /// As much is under way as the agent takes; it can be tried again when something has ended.
  case tooMany
  /// The agent doesn't take that much, or what was given can't be written.
  case tooLarge
}
