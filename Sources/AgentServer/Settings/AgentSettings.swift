// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
public import Galley
internal import Glibc
internal import Targets
public import TargetProtocol
public import TargetTransport

/// How an agent runs.
public struct AgentSettings: Sendable, Hashable {
  /// Where hosts connect.
  public var listen: [Endpoint]
  /// The folder of blobs, certificate and known hosts.
  public var stateFolder: String
  /// The socket of `pair` and `health`.
  public var control: String
  /// The name in the certificate.
  public var name: String
  /// The tokens that are taken.
  public var tokens: [AccessToken] = []
  /// The numbers of the users who may use the agent's Unix sockets.
  public var localUsers: Set<UInt32>
  /// Most bytes of all blobs.
  public var blobQuota: UInt64
  /// Seconds that what came of an interrupted upload is kept.
  public var keepInterrupted: Double
  /// Most resident bytes of a measuring process; `nil` for no bound.
  public var memoryLimit: UInt64?
  /// What a session may use.
  public var bounds: SessionBounds
  /// Connections at once.
  public var connections: Int
  /// Connections at once whose host isn't known.
  public var unknownConnections: Int
  /// Where `/metrics` and `/healthz` are served; `nil` for nowhere.
  public var metrics: Endpoint?
  /// Least level of lines that are logged.
  public var logLevel: LogLevel
  /// Seconds that what runs may go on after the end was asked for.
  public var stopSeconds: Double
  /// The file that reserves the machine while it measures; `nil` for none.
  public var machineLock: String?

  /// Understands settings.
  /// - Parameters:
  ///   - flags: Keys without their dashes, and values, in the order of the command line.
  ///   - environment: The process's variables.
  ///   - file: The configuration's path; `nil` for none.
  /// - Throws: `GalleyError` (`configuration`) that names what can't be used and where it stands.
  public init(
    flags: [(key: String, value: String)] = [], environment: [String: String] = [:], file: String? = nil
  ) throws(GalleyError) {
    let reader = try SettingsReader(flags: flags, environment: environment, file: file)
    listen =
      try reader.all(.listen)?.map { value throws(GalleyError) in try value.endpoint(.listen) }
      ?? [.tcp(host: "0.0.0.0", port: Endpoint.defaultPort)]
    stateFolder =
      try reader.one(.stateFolder)?.path(.stateFolder)
      ?? environment["STATE_DIRECTORY"].flatMap { $0.split(separator: ":").first.map(String.init) }
      ?? "/var/lib/galley-agent"
    control = try Self.control(reader, environment, stateFolder)
    name = reader.one(.name)?.text ?? Self.machineName()
    localUsers = Set(
      try reader.all(.localUsers)?.map { value throws(GalleyError) in try value.user(.localUsers) } ?? [getuid()])
    blobQuota = try reader.one(.blobQuota)?.bytes(.blobQuota) ?? 16 << 30
    keepInterrupted = try reader.one(.keepInterrupted)?.seconds(.keepInterrupted, 0...31_536_000) ?? 86_400
    let limit = try reader.one(.memoryLimit)?.bytes(.memoryLimit) ?? Self.memoryBytes() / 5 * 4
    memoryLimit = limit == 0 ? nil : limit
    bounds = try Self.bounds(reader)
    connections = try reader.one(.connections)?.number(.connections, 1...4096) ?? 128
    unknownConnections = try reader.one(.unknownConnections)?.number(.unknownConnections, 1...4096) ?? 64
    metrics = try reader.one(.metrics)?.endpoint(.metrics)
    logLevel = try reader.one(.logLevel)?.level(.logLevel) ?? .info
    stopSeconds = try reader.one(.stopTime)?.seconds(.stopTime, 0...3600) ?? 5
    machineLock = try reader.one(.machineLock)?.path(.machineLock) ?? MachineLock.defaultPath
    tokens = try Self.tokens(reader.one(.tokenFile))
    try check(reader)
  }

  /// Where the socket of `pair` and `health` is, for who may not read all that the settings name.
  /// - Returns: `nil` if no setting says it.
  /// - Throws: `GalleyError` (`configuration`) as the settings do.
  public static func control(
    flags: [(key: String, value: String)], environment: [String: String], file: String?
  ) throws(GalleyError) -> String? {
    let reader = try SettingsReader(flags: flags, environment: environment, file: file)
    guard reader.one(.control) != nil || reader.one(.stateFolder) != nil else { return nil }
    return try control(reader, environment, reader.one(.stateFolder)?.path(.stateFolder) ?? "")
  }

  private static func control(
    _ reader: SettingsReader, _ environment: [String: String], _ stateFolder: String
  ) throws(GalleyError) -> String {
    let folder = environment["RUNTIME_DIRECTORY"].flatMap { $0.split(separator: ":").first.map(String.init) }
    return try reader.one(.control)?.path(.control) ?? "\(folder ?? stateFolder)/control.sock"
  }

  /// The keys, each with a line of help.
  public static var keys: [(key: String, help: String)] { SettingKey.allCases.map { ($0.rawValue, $0.help) } }

  private static func bounds(_ reader: SettingsReader) throws(GalleyError) -> SessionBounds {
    var bounds = SessionBounds()
    if let value = reader.one(.blobSize) { bounds.limits.blobBytes = try value.bytes(.blobSize) }
    if let value = reader.one(.transfers) { bounds.limits.transfers = try value.number(.transfers, 1...32) }
    if let value = reader.one(.runs) { bounds.limits.runs = try value.number(.runs, 1...32) }
    if let value = reader.one(.requestTime) {
      bounds.limits.requestSeconds = try value.seconds(.requestTime, 1...31_536_000)
    }
    if let value = reader.one(.workers) { bounds.workers = try value.number(.workers, 1...256) }
    if let value = reader.one(.transferMemory) {
      bounds.transferBytes = Int(clamping: try value.bytes(.transferMemory))
    }
    return bounds
  }

  private func check(_ reader: SettingsReader) throws(GalleyError) {
    if let metrics, !metrics.isOfThisMachine {
      throw (reader.one(.metrics) ?? SettingValue(text: "", place: "")).refusal(
        .metrics, "\(metrics) can be reached from other machines, and the metrics have no lock")
    }
    guard control.utf8.count <= 100 else {
      throw GalleyError(
        .configuration, "can't use the control socket", at: control, why: "its path has more than 100 bytes",
        remedy: "Choose another with 'control'.")
    }
  }

  /// Tokens stand one a line; nobody but their owner may read them.
  private static func tokens(_ value: SettingValue?) throws(GalleyError) -> [AccessToken] {
    guard let value else { return [] }
    let path = try value.path(.tokenFile)
    guard let text = try PrivateFile.read(path, "can't read the tokens") else {
      throw value.refusal(.tokenFile, "there is no file '\(path)'")
    }
    var tokens: [AccessToken] = []
    for (index, line) in text.split(separator: "\n").enumerated() {
      let digits = line.trimmed
      guard !digits.isEmpty, !digits.hasPrefix("#") else { continue }
      guard let token = Data(hexadecimal: digits).flatMap({ AccessToken($0) }) else {
        throw value.refusal(
          .tokenFile, "line \(index + 1) of '\(path)' isn't \(2 * AccessToken.shortest) or more hexadecimal digits")
      }
      tokens.append(token)
    }
    return tokens
  }

  private static func machineName() -> String {
    var name = utsname()
    uname(&name)
    let text = withUnsafeBytes(of: &name.nodename) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    return text.isEmpty ? "galley-agent" : text
  }

  private static func memoryBytes() -> UInt64 {
    UInt64(max(sysconf(CInt(_SC_PHYS_PAGES)), 0)) * UInt64(max(sysconf(CInt(_SC_PAGESIZE)), 0))
  }
}

extension Endpoint {
  /// Whether only processes of this machine can reach it.
  var isOfThisMachine: Bool {
    switch self {
    case .unix: true
    case .tcp(let host, _): host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
  }
}
