// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials

/// Where a measuring process takes the inputs of single inferences and leaves their outputs: two pipes, and memory that it
/// shares with the agent for lists that are too long to go through a pipe at once. A host can't ask for it.
///
/// The request lasts until ``RunOrder/leave`` comes; meanwhile the process does nothing else.
package struct ServeRunsParameters: Sendable, Hashable, Codable {
  package static let method = "runs.serve"

  /// The pipe on which each ``RunOrder`` comes.
  package var orders: String
  /// The pipe on which each ``RunReply`` goes.
  package var replies: String
  /// The memory with inputs that are too long for a pipe: a tensor list.
  package var inputs: String
  /// The memory for outputs that are too long for a pipe: a tensor list, or the JSON of a `RequestFailure`.
  package var outputs: String

  /// Names the four.
  package init(orders: String, replies: String, inputs: String, outputs: String) {
    self.orders = orders
    self.replies = replies
    self.inputs = inputs
    self.outputs = outputs
  }
}

/// What the process is to do; 16 bytes, in the machine's own order because both ends are on it. A short list follows at
/// once, in the same write; a longer one stands in the memory of the inputs.
package struct RunOrder: Sendable, Hashable {
  /// Bytes of the list's heads; 0 in the order to leave.
  package var headCount: UInt64
  /// Bytes of the whole list.
  package var total: UInt64

  package static let leave = RunOrder(headCount: 0, total: 0)

  /// Whether the list follows.
  package var isShort: Bool { RunPipe.takes(total) }

  /// Says how much there is.
  package init(headCount: UInt64, total: UInt64) { (self.headCount, self.total) = (headCount, total) }
}

/// What became of an inference; 24 bytes. What it gave goes as the inputs do.
package struct RunReply: Sendable, Hashable {
  /// How long the inference took; the greatest number if it failed.
  package var nanoseconds: UInt64
  /// Bytes of the heads of the outputs' list, or of the failure's JSON.
  package var headCount: UInt64
  /// Bytes of the whole list.
  package var total: UInt64

  package static let failed = UInt64.max

  /// Whether the list or the JSON follows.
  package var isShort: Bool { RunPipe.takes(total) }

  /// Says how much there is.
  package init(nanoseconds: UInt64, headCount: UInt64, total: UInt64) {
    self.nanoseconds = nanoseconds
    self.headCount = headCount
    self.total = total
  }
}

/// What goes through the pipes.
package enum RunPipe {
  /// The longest write. The kernel passes it on whole (it is less than `PIPE_BUF`), and the order to leave still has room
  /// behind it where a user with many pipes is given single pages.
  package static let longestWrite = 1 << 11

  /// Whether a list of so many bytes goes through a pipe, behind what announces it.
  package static func takes(_ total: UInt64) -> Bool { total <= UInt64(longestWrite - MemoryLayout<RunReply>.size) }
}
