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
  let port = TestDevice.freePort()
  /// Where the agent is to listen.
  let agentPort = TestDevice.freePort()
  private let server: SpawnedProgram

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
      "sshd_config": """
      ListenAddress 127.0.0.1
      Port \(port)
      HostKey \(folder)/host_key
      AuthorizedKeysFile \(folder)/authorized_keys
      PidFile none
      UsePAM no
      StrictModes no
      PermitRootLogin yes
      PasswordAuthentication no
      KbdInteractiveAuthentication no
      ForceCommand \(folder)/shell

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
    server = try SpawnedProgram(Self.sshd, ["-D", "-e", "-f", "\(folder)/sshd_config"], log: "\(folder)/sshd.log")
    for _ in 0..<1000 where !Self.answers(port) { try await Task.sleep(for: .milliseconds(10)) }
  }

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

  private static func address(_ port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr = in_addr(s_addr: UInt32(0x7F00_0001).bigEndian)
    return address
  }

  private static func answers(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = address(port)
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }

  /// A port that nobody had a moment ago.
  static func freePort() -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var (address, length) = (address(0), socklen_t(MemoryLayout<sockaddr_in>.size))
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = bind(descriptor, $0, length)
        _ = getsockname(descriptor, $0, &length)
      }
    }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
