// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials

/// Where a measuring process takes the inputs of single inferences and leaves their outputs: memory that it shares with
/// the agent, and two pipes on which a few bytes say that there is something. A host can't ask for it.
///
/// The request lasts until ``RunOrder/leave`` comes; meanwhile the process does nothing else.
package struct ServeRunsParameters: Sendable, Hashable, Codable {
  package static let method = "runs.serve"

  /// The pipe on which each ``RunOrder`` comes.
  package var orders: String
  /// The pipe on which each ``RunReply`` goes.
  package var replies: String
  /// The memory with the inputs: a tensor list.
  package var inputs: String
  /// The memory for the outputs: a tensor list, or the JSON of a `RequestFailure`.
  package var outputs: String

  /// Names the four.
  package init(orders: String, replies: String, inputs: String, outputs: String) {
    self.orders = orders
    self.replies = replies
    self.inputs = inputs
    self.outputs = outputs
  }
}

/// What the process is to do; 16 bytes, in the machine's own order because both ends are on it.
package struct RunOrder: Sendable, Hashable {
  /// Bytes of heads in the memory of the inputs; 0 in the order to leave.
  package var headCount: UInt64
  /// Bytes of the whole list.
  package var total: UInt64

  package static let leave = RunOrder(headCount: 0, total: 0)

  /// Says how much there is.
  package init(headCount: UInt64, total: UInt64) { (self.headCount, self.total) = (headCount, total) }
}

/// What became of an inference; 24 bytes.
package struct RunReply: Sendable, Hashable {
  /// How long the inference took; the greatest number if it failed.
  package var nanoseconds: UInt64
  /// Bytes of heads in the memory of the outputs, or of the failure's JSON.
  package var headCount: UInt64
  /// Bytes of the whole list.
  package var total: UInt64

  package static let failed = UInt64.max

  /// Says how much there is.
  package init(nanoseconds: UInt64, headCount: UInt64, total: UInt64) {
    self.nanoseconds = nanoseconds
    self.headCount = headCount
    self.total = total
  }
}
