// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Glibc
import Pantry

/// Gives `body` a pantry in a folder of its own.
func withPantry(_ body: (Pantry) async throws -> Void) async throws {
  try await withFolder { try await body(try Pantry(root: "\($0)/pantry")) }
}

/// Gives `body` an empty folder.
func withFolder(_ body: (String) async throws -> Void) async throws {
  let folder = FileManager.default.temporaryDirectory.path() + "/galley-\(UUID().uuidString)"
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try await body(folder)
}

/// Replaces a file's bytes where they lie, as a failing disk would.
func overwrite(_ path: String, with bytes: Data) throws {
  chmod(path, 0o644)
  let descriptor = open(path, O_WRONLY | O_TRUNC)
  defer { close(descriptor) }
  guard descriptor >= 0, bytes.withUnsafeBytes({ write(descriptor, $0.baseAddress, $0.count) }) == bytes.count else {
    throw CocoaError(.fileWriteUnknown)
  }
}

/// Flips one bit of one byte of a file.
func flip(_ path: String, at position: Int, bit: Int) throws {
  var bytes = try Data(contentsOf: URL(filePath: path))
  bytes[position] ^= 1 << UInt8(bit)
  try overwrite(path, with: bytes)
}

/// A program that runs beside the tests; its output goes to a file.
final class FixtureProcess {
  let number: pid_t
  private let outputPath: String
  private var input: CInt
  private var status: CInt?

  /// Starts `pantry-fixture`, which is built beside the tests.
  static func start(_ words: String...) throws -> FixtureProcess {
    try FixtureProcess([path] + words)
  }

  static var path: String {
    var bytes = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &bytes, bytes.count)
    let executable = String(decoding: bytes.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    return executable.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/pantry-fixture"
  }

  init(_ words: [String]) throws {
    outputPath = FileManager.default.temporaryDirectory.path() + "/galley-output-\(UUID().uuidString)"
    var ends: [CInt] = [0, 0]
    guard pipe(&ends) == 0 else { throw CocoaError(.fileWriteUnknown) }
    input = ends[1]
    _ = fcntl(input, F_SETFD, FD_CLOEXEC)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
    posix_spawn_file_actions_addclose(&actions, ends[0])
    posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    var arguments = words.map { strdup($0) }
    defer { for argument in arguments { free(argument) } }
    arguments.append(nil)
    var child: pid_t = 0
    let failure = posix_spawn(&child, words[0], &actions, nil, arguments, environ)
    close(ends[0])
    guard failure == 0 else { throw CocoaError(.fileNoSuchFile) }
    number = child
  }

  deinit {
    if status == nil { kill(number, SIGKILL) }
    closeInput()
    unlink(outputPath)
  }

  /// Everything the program has written so far.
  var output: String { (try? String(contentsOfFile: outputPath, encoding: .utf8)) ?? "" }

  /// The whole lines that the program has written so far.
  var lines: [String] {
    output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
  }

  /// Waits for the first line.
  func firstLine() async throws -> String {
    try await wait(forLines: 1)
    return lines.first ?? ""
  }

  /// Waits until so many lines are written.
  func wait(forLines count: Int) async throws {
    for _ in 0..<60_000 {
      if lines.count >= count { return }
      try await Task.sleep(for: .milliseconds(1))
    }
    throw CocoaError(.fileReadUnknown)
  }

  /// Ends standard input and waits for the program's end.
  /// - Returns: its exit code; 128 + N if signal N ended it.
  @discardableResult
  func finish() async throws -> CInt {
    closeInput()
    return try await wait()
  }

  /// Only once: the number may belong to another file already.
  private func closeInput() {
    if input >= 0 { close(input) }
    input = -1
  }

  @discardableResult
  func wait() async throws -> CInt {
    var raw: CInt = 0
    while waitpid(number, &raw, WNOHANG) == 0 { try await Task.sleep(for: .milliseconds(1)) }
    status = raw
    return raw & 0x7F == 0 ? (raw >> 8) & 0xFF : 128 + (raw & 0x7F)
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
