// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Testing

/// Gives `body` an empty folder.
func withFolder(_ body: (String) async throws -> Void) async throws {
  let folder = FileManager.default.temporaryDirectory.path() + "galley-\(UUID().uuidString)"
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try await body(folder)
}

/// Every path below a folder, with the size of each file.
func contents(_ folder: String) throws -> [String] {
  try FileManager.default.subpathsOfDirectory(atPath: folder).sorted().map { path in
    let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(path)")
    return attributes[.type] as? FileAttributeType == .typeRegular ? "\(path) \(attributes[.size] ?? 0)" : path
  }
}

/// xorshift64 (Marsaglia 2003), so that a failure can be repeated.
struct Dice: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }
  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }

  mutating func bytes(_ count: Int) -> Data {
    Data((0..<(count + 7) / 8).flatMap { _ in withUnsafeBytes(of: next(), Array.init) }.prefix(count))
  }
}

/// A program that runs beside the tests.
final class RunningProgram {
  private let process = Process()
  private let output = Pipe()

  /// The fixture, which is built beside the tests.
  static let fixture: String = {
    let executable = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    let folder = executable.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
    return "\(folder)/offline-fixture"
  }()

  init(_ words: [String], environment: [String: String]? = nil) throws {
    process.executableURL = URL(filePath: words[0])
    process.arguments = Array(words.dropFirst())
    if let environment { process.environment = environment }
    process.standardOutput = output
    process.standardError = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
  }

  /// Waits for the first line.
  func begin() { _ = output.fileHandleForReading.availableData }

  func kill() { Glibc.kill(process.processIdentifier, SIGKILL) }

  /// Waits for the end; everything that wasn't read before.
  @discardableResult
  func finish() -> (code: Int32, text: String) {
    let data = (try? output.fileHandleForReading.readToEnd()) ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }

  static func run(_ words: [String], environment: [String: String]? = nil) throws -> (code: Int32, text: String) {
    try RunningProgram(words, environment: environment).finish()
  }
}

/// Mounts of this process alone, for tests that hide folders or need a small disk.
enum PrivateMounts {
  static let areAllowed: Bool = {
    let result = try? RunningProgram.run([
      "/usr/bin/unshare", "-rm", "/bin/sh", "-c", "mount -t tmpfs none /mnt",
    ])
    return result?.code == 0
  }()

  /// Runs a program where nothing is left of the folders of libraries but the C library, and nothing of Swift's.
  static func runAlone(
    _ words: [String], environment: [String: String] = [:], in folder: String
  ) throws -> (code: Int32, text: String) {
    let script = """
      set -e
      mkdir -p '\(folder)/c'
      mount -t tmpfs none '\(folder)/c'
      libraries=$(dirname "$(ldd /bin/sh | sed -n 's|.*libc.so.6 => \\([^ ]*\\).*|\\1|p')")
      for name in libc.so.6 libm.so.6 libdl.so.2 libpthread.so.0 librt.so.1 libresolv.so.2 libutil.so.1 libmvec.so.1; do
        [ ! -e "$libraries/$name" ] || cp -L "$libraries/$name" '\(folder)/c/'
      done
      cp -L /lib64/ld-linux-x86-64.so.2 '\(folder)/c/' 2>/dev/null || cp -L /lib/ld-linux-aarch64.so.1 '\(folder)/c/'
      for folder in /opt /usr/local /usr/share /root /home; do [ ! -d $folder ] || mount -t tmpfs none $folder; done
      mount --bind '\(folder)/c' "$(realpath "$libraries")"
      exec "$@"
      """
    return try RunningProgram.run(
      ["/usr/bin/unshare", "-rm", "/bin/sh", "-c", script, "sh"] + words, environment: environment)
  }
}
