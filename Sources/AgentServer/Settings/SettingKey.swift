// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// What can be set of an agent, in its file (`key = value`), by flags (`--key value`) and in the environment
/// (`GALLEY_AGENT_KEY`).
enum SettingKey: String, Sendable, CaseIterable {
  case listen
  case stateFolder = "state-folder"
  case control
  case name
  case tokenFile = "token-file"
  case localUsers = "local-users"
  case blobQuota = "blob-quota"
  case blobSize = "blob-size"
  case keepInterrupted = "keep-interrupted"
  case memoryLimit = "memory-limit"
  case workers
  case connections
  case unknownConnections = "unknown-connections"
  case transfers
  case runs
  case requestTime = "request-time"
  case transferMemory = "transfer-memory"
  case machineLock = "machine-lock"
  case metrics
  case logLevel = "log-level"
  case stopTime = "stop-time"

  var variable: String {
    "GALLEY_AGENT_" + String(rawValue.map { $0 == "-" ? "_" : Character($0.uppercased()) })
  }

  /// Whether it may be given more than once; each value stands in a list.
  var isList: Bool { self == .listen || self == .localUsers }

  /// One line for `--help`.
  var help: String {
    switch self {
    case .listen: "where hosts connect: HOST:PORT or unix:PATH; may be repeated (0.0.0.0:4270)"
    case .stateFolder:
      "the folder for blobs, the certificate and known hosts ($STATE_DIRECTORY or /var/lib/galley-agent)"
    case .control: "the socket for 'pair' and 'health' (control.sock in $RUNTIME_DIRECTORY or in the state folder)"
    case .name: "the name in the certificate that is made at the first start (the machine's name)"
    case .tokenFile: "a file that only the agent's user can read, with a token in hexadecimal digits on each line"
    case .localUsers: "users who may use the agent's Unix sockets, by name or number; may be repeated (the agent's own)"
    case .blobQuota: "most bytes of all blobs (16GiB)"
    case .blobSize: "most bytes of one blob (16GiB)"
    case .keepInterrupted: "how long what came of an interrupted upload is kept (24h)"
    case .memoryLimit: "most resident memory of a measuring process; 0 for no limit (80% of the machine's)"
    case .workers: "measuring processes of one session (8)"
    case .connections: "connections at once (128)"
    case .unknownConnections: "of these, connections whose host isn't known yet (64)"
    case .transfers: "blobs on their way at once in one session (4)"
    case .runs: "single inferences that wait at once in one session (4)"
    case .requestTime: "longest time of a request (24h)"
    case .transferMemory: "bytes of uploads on their way to the disk, over all sessions (64MiB)"
    case .machineLock: "the file by which all of Galley on this machine takes turns (/tmp/galley-measuring.lock)"
    case .metrics: "where /metrics and /healthz are served: HOST:PORT of this machine or unix:PATH (nowhere)"
    case .logLevel: "least level that is logged: \(LogLevel.words) (info)"
    case .stopTime: "how long what runs may go on after SIGTERM (5s)"
    }
  }
}
