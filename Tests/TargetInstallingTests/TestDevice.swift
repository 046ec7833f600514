// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import TargetInstalling
import TransportSupport

/// A device: this machine's sshd, started by the present user on a port of its own, with a home in a temporary folder and
/// programs of the test's own before the system's.
final class TestDevice: Sendable {
  static let sshd = "/usr/sbin/sshd"

  /// Why there can be none here; `nil` if there can.
  static let absence: String? = {
    for program in [sshd, "/usr/bin/ssh", "/usr/bin/ssh-keygen"]
    where !FileManager.default.isExecutableFile(atPath: program) {
      return "\(program) is missing: Native/system-packages.sh --tests"
    }
    guard FileManager.default.isExecutableFile(atPath: galley), agent != nil else { return "galley wasn't built" }
    // sshd of root wants this folder, which the service of its package makes.
    return geteuid() != 0 || makeFolder("/run/sshd") ? nil : "/run/sshd can't be made"
  }()

  private static let built: URL = {
    let runner = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? runner
    return URL(filePath: bundle).deletingLastPathComponent()
  }()
  static let galley = built.appending(path: "galley").path(percentEncoded: false)

  /// An agent's program with Swift's libraries beside it, in a folder that lasts as long as the tests.
  static let agent: String? = {
    let folder = "/tmp/galley-agent-\(getpid())"
    let program = built.appending(path: "galley-agent").path(percentEncoded: false)
    guard makeFolder(folder), FileManager.default.isExecutableFile(atPath: program) else { return nil }
    atexit { try? FileManager.default.removeItem(atPath: "/tmp/galley-agent-\(getpid())") }
    let copy = "\(folder)/galley-agent"
    // Without its symbols it is a third as long.
    if (try? plainly("/usr/bin/strip", ["-o", copy, program]))?.status != 0 {
      guard (try? FileManager.default.copyItem(atPath: program, toPath: copy)) != nil else { return nil }
    }
    let words = (try? plainly("/usr/bin/ldd", [program]))?.text.split(whereSeparator: \.isWhitespace) ?? []
    for library in words where library.hasPrefix("/") && library.contains("/swift/") {
      let name = library.split(separator: "/").last ?? ""
      try? FileManager.default.createSymbolicLink(atPath: "\(folder)/\(name)", withDestinationPath: String(library))
    }
    return copy
  }()

  private static func makeFolder(_ path: String) -> Bool {
    (try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)) != nil
  }

  let folder = "/tmp/galley-device-\(UInt32.random(in: 0 ... .max))"
  /// sshd's.
  let port: Int
  private let server: SpawnedProgram
  /// Where the agent is to listen.
  var agentPort: Int { agentAddress.number }
  private let agentAddress = HeldPort()

  /// The agent's folder.
  var place: String { "\(folder)/agent" }
  var configuration: String { "\(folder)/ssh_config" }

  init() async throws {
    for name in ["bin", "home", "pantry"] { _ = Self.makeFolder("\(folder)/\(name)") }
    for key in ["host_key", "user_key"] {
      _ = try Self.plainly("/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", "\(folder)/\(key)"])
    }
    let key = try String(contentsOfFile: "\(folder)/host_key.pub", encoding: .utf8)
    try FileManager.default.copyItem(atPath: "\(folder)/user_key.pub", toPath: "\(folder)/authorized_keys")
    let configuration = """
      ListenAddress 127.0.0.1
      HostKey \(folder)/host_key
      AuthorizedKeysFile \(folder)/authorized_keys
      PidFile none
      UsePAM no
      StrictModes no
      PermitRootLogin yes
      PasswordAuthentication no
      KbdInteractiveAuthentication no
      ForceCommand \(folder)/shell
      LoginGraceTime 0
      MaxStartups 100

      """
    try configuration.write(toFile: "\(folder)/sshd_config", atomically: true, encoding: .utf8)
    (server, port) = try await Self.startServer(in: folder)
    let files = [
      "known_hosts": "[127.0.0.1]:\(port) \(key)",
      "shell": """
      #!/bin/sh
      PATH=\(folder)/bin:$PATH HOME=\(folder)/home
      export PATH HOME
      unset XDG_RUNTIME_DIR XDG_CONFIG_HOME XDG_DATA_HOME GALLEY_HOME
      echo 'Welcome to this device!'
      exec sh -c "$SSH_ORIGINAL_COMMAND"

      """,
      "ssh_config": """
      Host device
        HostName 127.0.0.1
        Port \(port)
        IdentityFile \(folder)/user_key
        IdentitiesOnly yes
        IdentityAgent none
        UserKnownHostsFile \(folder)/known_hosts
        GlobalKnownHostsFile /dev/null
        StrictHostKeyChecking yes

      """,
    ]
    for (name, text) in files { try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8) }
    chmod("\(folder)/shell", 0o755)
  }

  /// Starts sshd on a port that is its own. Nobody connects to find out whether it listens: it counts connections that
  /// haven't logged in, and closes others by chance when there are many (`MaxStartups`).
  private static func startServer(in folder: String) async throws -> (SpawnedProgram, Int) {
    let log = "\(folder)/sshd.log"
    for _ in 0..<20 {
      let port = freePort()
      let server = try SpawnedProgram(sshd, ["-D", "-e", "-p", "\(port)", "-f", "\(folder)/sshd_config"], log: log)
      var (said, listens) = ("", false)
      defer { if !listens { server.end() } }
      for _ in 0..<3000 {
        said = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        listens = said.contains("Server listening on 127.0.0.1 port \(port)")
        if listens { return (server, port) }
        // Somebody else took the port meanwhile.
        if said.contains("Cannot bind any address") { break }
        try await Task.sleep(for: .milliseconds(10))
      }
      guard said.contains("Cannot bind any address") else { throw Failure(log: said) }
    }
    throw Failure(log: "20 ports were taken, one after the other")
  }

  /// There is no device: sshd doesn't listen.
  private struct Failure: Error { let log: String }

  deinit {
    if let process = agentProcess { kill(process, SIGKILL) }
    server.end()
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// The agent that a script started.
  var agentProcess: pid_t? {
    (try? String(contentsOfFile: "\(place)/agent.pid", encoding: .utf8)).flatMap {
      pid_t($0.trimmingCharacters(in: .whitespacesAndNewlines))
    }
  }

  /// The version that is in service.
  var current: String? { try? FileManager.default.destinationOfSymbolicLink(atPath: "\(place)/current") }

  /// Puts a program before the system's of the same name.
  func put(_ name: String, _ script: String) throws {
    let path = "\(folder)/bin/\(name)"
    try "#!/bin/sh\n\(script)\n".write(toFile: path, atomically: true, encoding: .utf8)
    chmod(path, 0o755)
  }

  /// Runs galley with this device's ssh configuration.
  func run(_ words: [String], ssh: String? = nil) async throws -> (status: Int32, text: String) {
    let variables = [
      "GALLEY_SSH=\(ssh ?? "ssh -F \(configuration)")", "GALLEY_HOME=\(folder)/pantry", "GALLEY_OFFLINE=",
    ]
    return try await say("/usr/bin/env", variables + [Self.galley] + words)
  }

  /// Installs the agent with what a test needs.
  func install(
    _ more: [String] = [], agent: String? = nil, runtime: String = "none", ssh: String? = nil
  ) async throws -> (status: Int32, text: String) {
    try await run(
      [
        "target", "install", "board", "device", "--folder", place, "--agent", agent ?? Self.agent ?? "", "--runtime",
        runtime, "--setting", "listen=127.0.0.1:\(agentPort)", "--setting", "machine-lock=\(folder)/lock",
      ] + more, ssh: ssh)
  }

  /// The report in what galley said.
  static func report(_ text: String) throws -> InstallReport {
    let document = text.firstIndex(of: "{").map { text[$0...] } ?? ""
    return try JSONDecoder().decode(InstallReport.self, from: Data(document.utf8))
  }

  /// Another program that runs like the agent: what stands behind its end is not read.
  func otherAgent(_ program: String = TestDevice.agent ?? "") throws -> String {
    let folder = "\(folder)/other-\(UInt32.random(in: 0 ... .max))"
    _ = Self.makeFolder(folder)
    let beside = URL(filePath: program).deletingLastPathComponent().path(percentEncoded: false)
    for name in try FileManager.default.contentsOfDirectory(atPath: beside) where name.hasPrefix("lib") {
      try FileManager.default.createSymbolicLink(atPath: "\(folder)/\(name)", withDestinationPath: "\(beside)/\(name)")
    }
    try (Data(contentsOf: URL(filePath: program)) + Data("other".utf8))
      .write(to: URL(filePath: "\(folder)/galley-agent"))
    return "\(folder)/galley-agent"
  }

  // MARK: Small things

  private static func plainly(_ program: String, _ words: [String]) throws -> (status: Int32, text: String) {
    let (process, output) = (Process(), Pipe())
    (process.executableURL, process.arguments) = (URL(filePath: program), words)
    (process.standardOutput, process.standardError) = (output, FileHandle.nullDevice)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }

  /// A port that nobody had a moment ago.
  private static func freePort() -> Int { HeldPort().number }
}

/// A port of this machine that is given to nobody who asks for any port, as long as this lives; who names it may listen on
/// it (`SO_REUSEADDR`).
private final class HeldPort: Sendable {
  let number: Int
  private let descriptor: CInt

  init() {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var yes: CInt = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<CInt>.size))
    var (address, length) = (sockaddr_in(), socklen_t(MemoryLayout<sockaddr_in>.size))
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr = in_addr(s_addr: UInt32(0x7F00_0001).bigEndian)
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = bind(descriptor, $0, length)
        _ = getsockname(descriptor, $0, &length)
      }
    }
    (self.descriptor, number) = (descriptor, Int(UInt16(bigEndian: address.sin_port)))
  }

  deinit { close(descriptor) }
}
