// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley

/// What an agent's stream is for and how far it is.
enum AgentStream: Sendable {
  /// The agent's program works on an answer; `isRun` marks a single inference.
  case working(isRun: Bool, until: Duration, isCancelled: Bool)
  /// The program looks for an offered blob.
  case offered(Blob, until: Duration)
  /// The blob comes.
  case receiving(IncomingTransfer)
  /// All has come; the program checks.
  case checking(until: Duration)
  /// The agent has closed the stream, and what is on its way is ignored up to this credit.
  case draining(UInt64, until: Duration)
  /// The program looks for a blob that the host wants.
  case fetched(offset: UInt64, credit: UInt32, until: Duration)
  /// The blob goes.
  case sending(OutgoingTransfer)

  func deadline(_ times: SessionTimes) -> Duration {
    switch self {
    case .working(_, let until, _), .offered(_, let until), .checking(let until), .draining(_, let until),
      .fetched(_, _, let until):
      until
    // Without credit the word is the agent's own.
    case .receiving(let transfer): transfer.moved + (transfer.credit > 0 ? times.transfer : times.checking)
    case .sending(let transfer): transfer.moved + times.transfer
    }
  }

  var isTransfer: Bool {
    if case .working = self { return false }
    return true
  }
}
