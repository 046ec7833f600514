// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What a command did while it was cut off.
public struct SandboxRecord: Sendable, Hashable, Codable {
  /// How it ended.
  public var exit: SandboxExit
  /// How it was cut off.
  public var isolation: Isolation
  /// The paths it opened or wanted to open, in the order of their bytes.
  public var opened: [OpenedPath]
  /// The programs it executed or wanted to execute, in the order of their paths' bytes.
  public var executed: [OpenedPath]
  /// Where it wanted to connect or to send, except through AF_UNIX and to the kernel.
  public var connections: [ConnectionAttempt]
  /// AF_UNIX sockets it wanted to connect to.
  public var localConnections: [ConnectionAttempt]
  /// Sockets it opened that are not AF_UNIX, whether or not it used them.
  public var sockets: [SocketOpening]
  /// Calls whose arguments couldn't be read; zero unless a program hides its memory.
  public var unreadable: Int
  /// Seconds from the start to the end.
  public var seconds: Double
  /// Seconds of processor time of the program and of the processes it waited for; `nil` if it was killed from outside.
  public var processorSeconds: Double?
  /// The largest memory of one of its processes, in bytes; `nil` as above.
  public var peakMemory: Int?

  /// How many attempts to ask a name server there were (port 53).
  public var nameLookups: Int { connections.filter { $0.port == 53 }.reduce(0) { $0 + $1.count } }
  /// It ended with 0 in time.
  public var isSuccess: Bool { exit.code == 0 }
  /// It wanted to reach nobody beyond this machine's own sockets.
  public var isSilent: Bool { connections.isEmpty }
}

/// How a command ended.
public struct SandboxExit: Sendable, Hashable, Codable, CustomStringConvertible {
  /// Its exit code; `nil` if it was killed.
  public var code: Int32?
  /// The number of the signal that killed it.
  public var signal: Int32?
  /// It was killed because its time was over.
  public var isOverTime: Bool

  /// An end.
  public init(code: Int32?, signal: Int32?, isOverTime: Bool = false) {
    (self.code, self.signal, self.isOverTime) = (code, signal, isOverTime)
  }

  public var description: String {
    if isOverTime { return "killed: its time was over" }
    if let code { return "exit code \(code)" }
    return signal.map { "killed by signal \($0)" } ?? "killed"
  }
}

/// A path that was opened, however often.
public struct OpenedPath: Sendable, Hashable, Codable {
  /// The absolute path as it was asked for; relative ones are completed by the folder they are relative to.
  public var path: String
  /// Where it led, every link followed; `nil` if it led nowhere or the kernel doesn't tell.
  public var resolved: String?
  /// Something was there, at least once.
  public var existed: Bool
  /// It was opened for writing, at least once.
  public var isWritten: Bool
  /// How often.
  public var count: Int

  /// A path.
  public init(path: String, resolved: String? = nil, existed: Bool, isWritten: Bool = false, count: Int = 1) {
    self.path = path
    self.resolved = resolved
    self.existed = existed
    self.isWritten = isWritten
    self.count = count
  }
}

/// An attempt to reach somebody, however often.
public struct ConnectionAttempt: Sendable, Hashable, Codable, CustomStringConvertible {
  /// The kind of address.
  public enum Family: String, Sendable, Codable { case unix, inet, inet6, other }

  /// The kind of address.
  public var family: Family
  /// The address: an IP address, or the path of an AF_UNIX socket (`@` for an abstract one), or the number of the family.
  public var address: String
  /// The port; `nil` if the family has none.
  public var port: Int?
  /// `tcp`, `udp`, or the protocol's number; `nil` if the kernel doesn't tell.
  public var transport: String?
  /// How often.
  public var count: Int

  /// An attempt.
  public init(family: Family, address: String, port: Int? = nil, transport: String? = nil, count: Int = 1) {
    self.family = family
    self.address = address
    self.port = port
    self.transport = transport
    self.count = count
  }

  public var description: String {
    let place = family == .inet6 ? "[\(address)]" : address
    return [transport, port.map { "\(place):\($0)" } ?? place].compactMap { $0 }.joined(separator: " ")
  }
}

/// A kind of socket that was opened, however often.
public struct SocketOpening: Sendable, Hashable, Codable {
  /// The family's number, `AF_…`: 2 for IPv4, 10 for IPv6, 16 for the kernel's messages.
  public var family: Int
  /// The type's number, `SOCK_…`: 1 for a stream, 2 for datagrams, 3 raw.
  public var type: Int
  /// How often.
  public var count: Int
}
