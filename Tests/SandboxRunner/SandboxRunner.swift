// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Glibc
import Sandbox

/// `sandbox-runner SHOWN PROGRAM ARGUMENT…` runs a program in a sandbox, which sees the host's files, itself and one more
/// path, and prints what it did; the variable `SHOWN` adds paths, `OUTPUT`
/// names a file for what the program prints. `namespaces` in place of the path demands them. Tests run
/// it as other users and where the kernel forbids namespaces.
@main
enum SandboxRunner {
  static func main() async {
    let words = Array(CommandLine.arguments.dropFirst())
    if words.first == "latch" { return await LatchedProgram.run(Array(words.dropFirst())) }
    guard words.count >= 2 else { exit(64) }
    do {
      let shown: [SandboxMount] = words[0] == "namespaces" ? [] : [.readOnly(words[0])]
      let more = setting("SHOWN") ?? ""
      let isFolder = words[0].hasPrefix("/") && !words[0].hasSuffix("file")
      let command = SandboxedCommand(
        program: words[1], arguments: Array(words.dropFirst(2)),
        mounts: try HostFiles.ofThisMachine(program: words[1]).mounts + [.readOnly(words[1])]
          + more.split(separator: ":").map { .readOnly(String($0)) } + (isFolder ? [.writable(words[0])] : shown),
        timeLimit: .seconds(3), output: setting("OUTPUT"), errors: setting("OUTPUT"),
        weakest: words[0] == "namespaces" ? .namespaces : .seccompOnly)
      let record = try await command.run()
      print(record.isolation)
      print(record.exit)
      for path in record.opened where path.existed { print("opened \(path.path)") }
      for attempt in record.connections { print("connected \(attempt)") }
    } catch {
      print("\(error)")
      exit(1)
    }
  }

  private static func setting(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
