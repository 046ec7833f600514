// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import FoundationEssentials
import Statistics
import TargetProtocol
import Testing

/// Host and agent against each other through a connection that does what connections do.
struct SessionSimulationTests {
  static let small = Data((0..<700).map { UInt8(truncatingIfNeeded: $0 &* 37) })

  static func connection(_ model: Data = small, _ device: SimulatedDevice = SimulatedDevice(), seed: UInt64 = 1)
    -> SimulatedConnection
  {
    var connection = SimulatedConnection(model: model, device, seed: seed)
    connection.agent.window = 256
    connection.host.window = 256
    return connection
  }

  /// Runs to the end of both sides, which must come.
  static func run(
    _ connection: inout SimulatedConnection, within bound: Duration = .seconds(400), _ comment: Comment? = nil
  ) {
    let hasEnded = connection.run(within: bound)
    #expect(hasEnded, comment)
  }

  /// What must hold however a session went.
  static func check(_ connection: SimulatedConnection, _ comment: Comment) {
    let host = connection.host
    #expect(host.open.isEmpty, comment)
    #expect(host.sum == nil || host.sum == 42, comment)
    #expect(host.outputs == nil || host.outputs == SimulatedHost.inputs.reversed(), comment)
    // A user compares the digest of what it fetched; here it is the model's beginning unless bytes were changed.
    if host.stored != nil { #expect(connection.agent.device.blobs[Digest(of: host.model)] == host.model, comment) }
    for (digest, bytes) in connection.agent.device.blobs { #expect(Digest(of: bytes) == digest, comment) }
  }

  @Test func allThatIsAskedForComes() throws {
    for seed in 1...40 {
      var connection = Self.connection(seed: UInt64(seed))
      connection.upward.longest = seed % 2 == 0 ? 7 : 4096
      connection.downward.longest = seed % 3 == 0 ? 1 : 4096
      connection.upward.delay = seed * 500
      Self.run(&connection)
      #expect(connection.host.isComplete)
      #expect(connection.host.stored == true)
      #expect(connection.host.dataSent == Self.small.count)
      #expect(connection.host.end?.code == .done)
      #expect(connection.agent.end == SessionEnd(.done, "nothing is left to do", isRemote: true))
      #expect(connection.agent.identity == .token(0))
      Self.check(connection, "seed \(seed)")
    }
  }

  @Test func aBlobThatIsThereIsNotSent() {
    let device = SimulatedDevice(blobs: [Digest(of: Self.small): Self.small])
    var connection = Self.connection(Self.small, device)
    Self.run(&connection)
    #expect(connection.host.isComplete)
    #expect(connection.host.stored == false)
    #expect(connection.host.dataSent == 0)
  }

  @Test(arguments: [0, 1, 100, 255, 256, 257, 1_000_003])
  func blobsOfAnySizeArrive(_ count: Int) {
    let model = Data((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    var connection = SimulatedConnection(model: model)
    (connection.agent.window, connection.host.piece) = (1 << 14, 1 << 13)
    connection.agent.piece = 1 << 13
    Self.run(&connection)
    #expect(connection.host.isComplete)
  }

  @Test(arguments: [true, false])
  func cutAnywhereBothSidesEndAndAnotherSessionGoesOn(isUpward: Bool) {
    var whole = Self.connection()
    Self.run(&whole)
    let count = isUpward ? whole.upward.sent : whole.downward.sent
    #expect(count > 900)
    for place in 0..<count {
      var connection = Self.connection(seed: UInt64(place))
      if isUpward {
        connection.upward.fault = .cut(after: place)
      } else {
        connection.downward.fault = .cut(after: place)
      }
      Self.run(&connection, "cut after \(place)")
      Self.check(connection, "cut after \(place)")
      var again = Self.connection(Self.small, connection.agent.device, seed: UInt64(place))
      Self.run(&again)
      #expect(again.host.isComplete, "cut after \(place)")
      let kept = connection.agent.device.partial.values.first?.count ?? 0
      #expect(again.host.dataSent <= Self.small.count - kept)
    }
  }

  @Test(arguments: [true, false])
  func silenceAnywhereEndsInBoundedTime(isUpward: Bool) {
    for place in stride(from: 0, to: 1500, by: 3) {
      var connection = Self.connection(seed: UInt64(place))
      if isUpward {
        connection.upward.fault = .silence(after: place)
      } else {
        connection.downward.fault = .silence(after: place)
      }
      Self.run(&connection, within: .seconds(200), "silent after \(place)")
      Self.check(connection, "silent after \(place)")
    }
  }

  @Test(arguments: [true, false])
  func lostAndDamagedBytesNeverGiveAWrongBlobOrAHang(isUpward: Bool) {
    var random = SeededGenerator(seed: 9)
    for place in 0..<1500 {
      var connection = Self.connection(seed: UInt64(place))
      let fault: SimulatedPipe.Fault =
        place % 2 == 0 ? .damage(at: place) : .loss(after: place, count: 1 + random.number(below: 20))
      if isUpward { connection.upward.fault = fault } else { connection.downward.fault = fault }
      Self.run(&connection, within: .seconds(300), "\(fault)")
      #expect(connection.host.open.isEmpty)
      for (digest, bytes) in connection.agent.device.blobs { #expect(Digest(of: bytes) == digest) }
    }
  }

  @Test func largeTransfersNeverHoldMoreThanTheirCredit() {
    let model = Data(repeating: 7, count: 3_000_000)
    var connection = SimulatedConnection(model: model, seed: 4)
    (connection.upward.longest, connection.host.piece, connection.agent.piece) = (60_000, 1 << 14, 1 << 14)
    Self.run(&connection)
    #expect(connection.host.isComplete)
    #expect(connection.agent.session.heldByteCount == 0)
  }
}
