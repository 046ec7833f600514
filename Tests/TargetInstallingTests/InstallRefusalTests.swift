// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import NativeLibraries
import TargetInstalling
import Testing

/// What can be in the way of an installation; each ends with one message and its exit code, and leaves nothing that runs.
@Suite(.serialized, .timeLimit(.minutes(30)), .enabled(if: TestDevice.absence == nil, "\(TestDevice.absence ?? "")"))
struct InstallRefusalTests {
  private func expect(
    _ status: Int32, _ words: String, _ said: (status: Int32, text: String), _ device: TestDevice? = nil
  ) {
    #expect(said.status == status && said.text.contains(words), "\(said)")
    #expect(device?.current == nil && device?.agentProcess == nil)
  }

  @Test func sshSaysWhyItCanNot() async throws {
    let device = try await TestDevice()
    expect(69, "openssh-client", try await device.install(ssh: "/nonexistent/ssh"), device)
    let known = "\(device.folder)/known_hosts"
    let key = try Data(contentsOf: URL(filePath: known))
    try Data().write(to: URL(filePath: known))
    expect(78, "doesn't know the device's key", try await device.install(), device)
    let other = try String(contentsOfFile: "\(device.folder)/user_key.pub", encoding: .utf8)
    try "[127.0.0.1]:\(device.port) \(other)".write(toFile: known, atomically: true, encoding: .utf8)
    expect(78, "its key is another one", try await device.install(), device)
    try key.write(to: URL(filePath: known))
    try Data().write(to: URL(filePath: "\(device.folder)/authorized_keys"))
    expect(78, "none of your keys", try await device.install(), device)
    // Nobody listens there: no agent was installed.
    let closed = "Port=\(device.agentPort)"
    expect(69, "Connection refused", try await device.install(["--ssh-option", closed]), device)
  }

  @Test func whatCanNotRunThereIsNotSent() async throws {
    let device = try await TestDevice()
    let own = MachineName.processor
    let other = own == "x86_64" ? "aarch64" : "x86_64"
    try device.put("uname", #"case $1 in -s) echo Linux ;; *) echo armv7l ;; esac"#)
    expect(69, "armv7l", try await device.install(), device)
    try device.put("uname", "case $1 in -s) echo Linux ;; *) echo \(other) ;; esac")
    expect(66, "it was built for linux-\(own)", try await device.install(), device)
    let unnamed = try await device.run(["target", "install", "board", "device", "--folder", device.place])
    expect(69, "Documentation/agent.md", unnamed, device)
    try device.put("uname", "exec /bin/uname \"$@\"")
    try device.put("getconf", "echo glibc 2.4")
    expect(69, "needs glibc", try await device.install(), device)
    try FileManager.default.removeItem(atPath: "\(device.folder)/bin/getconf")
    expect(66, "no program of Linux", try await device.install(agent: "/etc/passwd"), device)
    expect(64, "Did you mean 'onnxruntime'?", try await device.install(runtime: "onxruntime"), device)
    #expect(!FileManager.default.fileExists(atPath: device.place))
    // A program that starts as nothing that an agent would.
    expect(69, "doesn't start", try await device.install(agent: "/bin/false"), device)
  }

  @Test func theDisksOfDevicesAreFullOrForbidden() async throws {
    let device = try await TestDevice()
    try device.put("df", "echo Filesystem; echo none 1000 900 100 90% /")
    expect(73, "are free", try await device.install(), device)
    try FileManager.default.removeItem(atPath: "\(device.folder)/bin/df")
    try device.put(
      "cat",
      """
      [ $# = 0 ] || exec /bin/cat "$@"
      head -c 100; echo 'cat: write error: No space left on device' >&2; exit 1
      """)
    expect(73, "disk is full", try await device.install(), device)
    try FileManager.default.removeItem(atPath: "\(device.folder)/bin/cat")
    expect(73, "can't write on the device", try await device.install(["--folder", "/dev/null/agent"]), device)
    try FileManager.default.createDirectory(atPath: "\(device.folder)/mine/else", withIntermediateDirectories: true)
    expect(73, "something else in it", try await device.install(["--folder", "\(device.folder)/mine"]), device)
    expect(64, "two folders deep", try await device.install(["--folder", "/agent"]), device)
    expect(64, "letters, digits", try await device.install(["--folder", "/tmp/a'b/agent"]), device)
    if let forbidden = Self.foldersWithoutPrograms.first {
      let place = "\(forbidden)/galley-\(UInt32.random(in: 0 ... .max))"
      defer { try? FileManager.default.removeItem(atPath: place) }
      expect(73, "no program can be executed", try await device.install(["--folder", place]), device)
    }
  }

  /// Places that this user may write and that are mounted with `noexec`.
  private static let foldersWithoutPrograms: [String] = {
    let mounts = (try? String(contentsOfFile: "/proc/mounts", encoding: .utf8)) ?? ""
    var places: [String] = []
    for line in mounts.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      guard words.count > 3, words[2] == "tmpfs", words[3].split(separator: ",").contains("noexec") else { continue }
      if access(words[1], W_OK) == 0, freeBytes(words[1]) > 512 << 20 { places.append(words[1]) }
    }
    return places
  }()

  private static func freeBytes(_ folder: String) -> UInt {
    var facts = statvfs()
    return statvfs(folder, &facts) == 0 ? facts.f_bavail * facts.f_frsize : 0
  }

  @Test func settingsAreCheckedBeforeAnythingChanges() async throws {
    let device = try await TestDevice()
    expect(78, "Did you mean 'runs'?", try await device.install(["--setting", "rums=3"]), device)
    expect(64, "KEY=VALUE", try await device.install(["--setting", "runs"]), device)
    // The port is sshd's.
    let taken = try await device.install(["--setting", "listen=127.0.0.1:\(device.port)", "--setting", "x-y=1"])
    expect(78, "x-y", taken, device)
    let words = ["--setting", "runs=2", "--setting", "listen=127.0.0.1:\(device.port)"]
    let unhealthy = try await device.run(
      [
        "target", "install", "board", "device", "--folder", device.place, "--agent", TestDevice.agent ?? "",
        "--runtime", "none",
      ]
        + words)
    expect(69, "nothing is installed", unhealthy)
    #expect(device.current == nil)
    let installed = try await device.install(["--json"])
    try #require(installed.status == 0, "\(installed.text)")
    // All of it had arrived.
    #expect(try TestDevice.report(installed.text).sentBytes == 0)
  }

  @Test func namesStandForOneDevice() async throws {
    let device = try await TestDevice()
    let pin = String(repeating: "ab", count: 32)
    #expect(try await device.run(["target", "add", "board", "192.0.2.1", "--pin", pin]).status == 0)
    expect(64, "there is a target of this name", try await device.install(), device)
    expect(78, "galley target install", try await device.run(["target", "upgrade", "board"]))
    expect(78, "galley target install", try await device.run(["target", "uninstall", "board"]))
    expect(78, "no target of this name", try await device.run(["target", "uninstall", "other"]))
    expect(
      64, "can't use '-oProxyCommand=x'", try await device.run(["target", "install", "a", "--", "-oProxyCommand=x"]))
    #expect(try await device.run(["target", "rm", "board"]).status == 0)
    expect(64, "no runtime of this name", try await device.install(runtime: "torch"), device)
  }

  /// ssh goes where it wants; nobody can say that it is only the device.
  @Test func offlineStartsNoSSH() async throws {
    let device = try await TestDevice()
    expect(69, "--offline", try await device.install(["--offline"]), device)
    #expect(!FileManager.default.fileExists(atPath: device.place))
  }
}
