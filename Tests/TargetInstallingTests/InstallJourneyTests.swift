// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import TargetInstalling
import Testing

private let model = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .appending(path: "ONNXTests/Fixtures/plain.onnx").path(percentEncoded: false)

/// Agents on a device behind this machine's sshd, from the first installation to the last.
@Suite(.serialized, .timeLimit(.minutes(30)), .enabled(if: TestDevice.absence == nil, "\(TestDevice.absence ?? "")"))
struct InstallJourneyTests {
  @Test func anAgentIsInstalledMeasuredOnUpgradedAndRemoved() async throws {
    let device = try await TestDevice()
    let installed = try await device.install(["--json"], runtime: "onnxruntime")
    try #require(installed.status == 0, "\(installed.text)")
    let first = try TestDevice.report(installed.text)
    #expect(first.action == .installed && first.manager == "none" && first.runtimes["onnxruntime"] != nil)
    #expect(first.certificate != nil && first.sentFiles > 2 && device.current == "versions/\(first.version)")
    #expect(try await device.run(["target", "list"]).text.contains("certificate"))

    // Each knows the other, and the runtime is the one that was copied.
    let check = try await device.run(["target", "check", "board"])
    #expect([0, 1].contains(check.status) && check.text.contains("onnxruntime"), "\(check.text)")
    let bench = try await device.run([
      "bench", model, "--target", "board", "--folder", "\(device.folder)/out", "--processes", "1", "--blocks", "2",
      "--block-milliseconds", "1", "--throughput-seconds", "0.02", "--samples", "2",
    ])
    // 2: runtimes that the device does not have are rows with that reason.
    #expect([0, 2].contains(bench.status) && bench.text.contains("onnxruntime"), "\(bench.text)")

    let second = try await device.install(["--json"], runtime: "onnxruntime")
    let kept = try TestDevice.report(second.text)
    #expect(kept.action == .kept && kept.sentBytes == 0 && kept.version == first.version)

    let process = device.agentProcess
    let other = try await device.run(["target", "upgrade", "board", "--json", "--agent", device.otherAgent()])
    try #require(other.status == 0, "\(other.text)")
    let upgraded = try TestDevice.report(other.text)
    #expect(upgraded.action == .upgraded && upgraded.sentFiles == 1 && upgraded.version != first.version)
    #expect(upgraded.certificate == first.certificate && device.agentProcess != process)
    #expect(upgraded.runtimes == first.runtimes && device.current == "versions/\(upgraded.version)")

    // A program that starts and serves nobody; the version before comes back.
    let broken = try await device.run(["target", "upgrade", "board", "--agent", "/bin/true"])
    #expect(broken.status == 69 && broken.text.contains("the version before runs again"), "\(broken.text)")
    #expect(device.current == "versions/\(upgraded.version)")
    #expect([0, 1].contains(try await device.run(["target", "check", "board"]).status))

    let last = device.agentProcess
    let removed = try await device.run(["target", "uninstall", "board"])
    #expect(removed.status == 0, "\(removed.text)")
    #expect(!FileManager.default.fileExists(atPath: device.place) && Self.hasEnded(last))
    #expect(try await device.run(["target", "list"]).text.contains("No target is declared"))
  }

  /// Whether a process no longer runs; its parent may not have asked yet how it ended.
  private static func hasEnded(_ process: pid_t?) -> Bool {
    process.map { (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\($0)/exe")) == nil } ?? false
  }

  @Test func dataCanStay() async throws {
    let device = try await TestDevice()
    let first = try await device.install(["--json"])
    try #require(first.status == 0, "\(first.text)")
    let removed = try await device.run(["target", "uninstall", "board", "--keep-data"])
    #expect(removed.status == 0 && removed.text.contains("\(device.place)/state"), "\(removed.text)")
    #expect(device.current == nil)
    let second = try await device.install(["--json"])
    try #require(second.status == 0, "\(second.text)")
    let (before, after) = (try TestDevice.report(first.text), try TestDevice.report(second.text))
    #expect(before.certificate == after.certificate && after.action == .installed)
  }

  /// The connection breaks in the middle of the largest file; what ran runs on, and what came isn't sent again.
  @Test func aCutInstallationGoesOn() async throws {
    let device = try await TestDevice()
    let first = try await device.install(["--json"])
    try #require(first.status == 0, "\(first.text)")
    let process = device.agentProcess
    try device.put(
      "cat",
      """
      if [ $# = 0 ] && [ -e \(device.folder)/cut ]; then
        head -c 3000000 >\(device.folder)/piece
        /bin/cat \(device.folder)/piece
        [ "$(wc -c <\(device.folder)/piece)" -ge 3000000 ] || exit 0
        rm \(device.folder)/cut
        process=$$
        while [ "$(/bin/cat /proc/$process/comm)" != sshd ]; do
          process=$(sed -n 's/^PPid:[^0-9]*//p' /proc/$process/status)
        done
        kill -9 $process
        exit 1
      fi
      exec /bin/cat "$@"
      """)
    try Data().write(to: URL(filePath: "\(device.folder)/cut"))
    let agent = try device.otherAgent()
    let size = try Data(contentsOf: URL(filePath: agent)).count
    let cut = try await device.install(agent: agent)
    #expect(cut.status == 75 && cut.text.contains("connection was cut"), "\(cut.text)")
    let version = try TestDevice.report(first.text).version
    #expect(device.agentProcess == process && device.current == "versions/\(version)")
    let again = try await device.install(["--json"], agent: agent)
    try #require(again.status == 0, "\(again.text)")
    let report = try TestDevice.report(again.text)
    #expect(report.sentFiles == 1 && report.sentBytes < size && report.sentBytes > 0 && report.action == .upgraded)
  }

  @Test func digitsCanBeComparedAfterwards() async throws {
    let device = try await TestDevice()
    let installed = try await device.install(["--pair-by-digits"])
    #expect(installed.status == 0 && installed.text.contains("galley target pair board"), "\(installed.text)")
    #expect(try await device.run(["target", "list"]).text.contains("not paired"))
    #expect(!FileManager.default.fileExists(atPath: "\(device.place)/state/hosts.json"))
  }

  /// What stands for systemd here starts and ends what the unit says, for one user.
  @Test func systemdRunsTheAgentOfAUser() async throws {
    let device = try await TestDevice()
    let unit = "\(device.folder)/home/.config/systemd/user/galley-agent.service"
    try device.put("id", #"case ${1:-} in -u) echo 4242 ;; -un) echo somebody ;; *) exit 1 ;; esac"#)
    try device.put("loginctl", "exit 1")
    try device.put("journalctl", "/bin/cat \(device.folder)/journal")
    try device.put(
      "systemctl",
      """
      [ "$1" = --user ] || exit 1
      pid=\(device.place)/agent.pid
      runs() { [ -n "$(readlink "/proc/$(cat $pid)/exe")" ]; }
      stop() { [ ! -e $pid ] || { kill "$(cat $pid)"; while runs; do sleep 0.1; done; rm $pid; }; }
      case $2 in
        show-environment | daemon-reload) ;;
        enable) touch \(device.folder)/enabled ;;
        disable) rm -f \(device.folder)/enabled ;;
        stop) stop ;;
        restart)
          stop
          export "$(sed -n 's/^Environment=//p' \(unit))"
          setsid $(sed -n 's/^ExecStart=//p' \(unit)) >\(device.folder)/journal 2>&1 </dev/null &
          echo $! >$pid ;;
        is-active) if runs; then echo active; else echo failed; fi ;;
        *) exit 1 ;;
      esac
      """)
    let installed = try await device.install(["--json"])
    try #require(installed.status == 0, "\(installed.text)")
    let report = try TestDevice.report(installed.text)
    #expect(report.manager == "user" && report.remarks.contains { $0.contains("enable-linger") })
    let text = try String(contentsOfFile: unit, encoding: .utf8)
    #expect(text.contains("ExecStart=\(device.place)/current/bin/galley-agent serve"))
    #expect(FileManager.default.fileExists(atPath: "\(device.folder)/enabled"))
    #expect(!FileManager.default.fileExists(atPath: "\(device.place)/start-agent"))
    let removed = try await device.run(["target", "uninstall", "board"])
    #expect(removed.status == 0, "\(removed.text)")
    for path in [unit, "\(device.folder)/enabled", device.place] {
      #expect(!FileManager.default.fileExists(atPath: path), "\(path)")
    }
  }
}
