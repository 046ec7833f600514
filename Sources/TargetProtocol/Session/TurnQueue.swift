// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Who has the machine, and who waits: one at a time, in the order in which they asked, and again from the end.
///
/// A client is in it once.
public struct TurnQueue: Sendable {
  /// Who asks, by the number of its session.
  public typealias Client = UInt64

  /// How long who has the machine may do nothing while others wait.
  public static var idleLimit: Duration { .seconds(60) }

  /// Who has the machine.
  public private(set) var holder: Client?
  /// Who waits, the next one first.
  public private(set) var waiting: [Client] = []
  private var lastUse = Duration.zero
  private var isBusy = false

  /// Nobody has the machine.
  public init() {}

  /// What a change means for those who wait.
  public struct Change: Sendable, Hashable {
    /// Who has the machine now and hadn't.
    public var granted: Client?
    /// Whose turn ended for doing nothing.
    public var expired: Client?
    /// The places of those who wait, which are to be told; 0 for the next one.
    public var places: [Client: Int] = [:]
  }

  /// Asks for the machine. Who has it or waits already stays where it is.
  public mutating func acquire(_ client: Client, at now: Duration) -> Change {
    if holder != client, !waiting.contains(client) { waiting.append(client) }
    return advance(at: now)
  }

  /// Gives the machine or a place up, also because the client has gone.
  public mutating func leave(_ client: Client, at now: Duration) -> Change {
    if holder == client { (holder, isBusy) = (nil, false) }
    waiting.removeAll { $0 == client }
    return advance(at: now)
  }

  /// Who has the machine does something (`isBusy`), or has done it.
  public mutating func use(_ client: Client, isBusy: Bool, at now: Duration) {
    guard holder == client else { return }
    (lastUse, self.isBusy) = (now, isBusy)
  }

  /// When the turn of who does nothing ends; `nil` if nobody waits, or the machine is used.
  public var nextDeadline: Duration? { holder == nil || waiting.isEmpty || isBusy ? nil : lastUse + Self.idleLimit }

  /// Ends the turn of who does nothing.
  public mutating func tick(at now: Duration) -> Change {
    guard let deadline = nextDeadline, now >= deadline, let idle = holder else { return Change() }
    var change = leave(idle, at: now)
    change.expired = idle
    return change
  }

  private mutating func advance(at now: Duration) -> Change {
    var change = Change()
    if holder == nil, !waiting.isEmpty {
      holder = waiting.removeFirst()
      change.granted = holder
      (lastUse, isBusy) = (now, false)
    } else if waiting.count == 1 {
      // The time of who was alone and did nothing begins when somebody waits.
      lastUse = max(lastUse, now)
    }
    for (place, client) in waiting.enumerated() { change.places[client] = place }
    return change
  }
}
