// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Comparisons
import Files
import Foundation
import Glibc
import Measuring
import RemoteTargets
import Statistics
import TargetProtocol

/// A file of 53 MB to the agent, which hashes it, writes it and flushes it before it says that it has it, beside a C
/// server that does the same.
struct Uploads {
  var programs: Programs
  /// Where the files go.
  var folder: String
  var place: String
  var byteCount = 53_000_000
  var rounds = 15

  /// On the disk, and in memory where nothing waits for a disk.
  static func everywhere(_ programs: Programs, disk: String) async throws -> [Finding] {
    let memory = "/dev/shm/galley-agent-bench-\(getpid())"
    defer { try? FileManager.default.removeItem(atPath: memory) }
    var findings: [Finding] = []
    for (folder, place) in [(disk, "disk"), (memory, "memory")] {
      findings += try await Uploads(programs: programs, folder: "\(folder)/uploads", place: place).run()
    }
    return findings
  }

  func run() async throws -> [Finding] {
    let agent = try ServedAgent(programs.agent, in: folder)
    defer { agent.child.stop() }
    let source = try UploadSource("\(folder)/source", byteCount)
    var findings: [Finding] = []
    for isSecure in [false, true] { findings.append(try await compare(agent, source, isSecure)) }
    return findings
  }

  private func compare(_ agent: ServedAgent, _ source: UploadSource, _ isSecure: Bool) async throws -> Finding {
    let peer = try UploadPeer(programs.peer, agent, source.path, isSecure: isSecure)
    defer { peer.stop() }
    var pairs: [(galley: Double, peer: Double)] = []
    var generator = SeededGenerator(seed: 9)
    for round in 0..<rounds + 2 {
      var pair = (galley: 0.0, peer: 0.0)
      // Bytes that the agent has never seen.
      let blob = try source.change(round)
      for isGalley in generator.shuffled([true, false]) {
        let nanoseconds = isGalley ? try await send(source.path, blob, agent, isSecure) : try peer.send(blob)
        let rate = Double(byteCount) / nanoseconds * 1000
        if isGalley { pair.galley = rate } else { pair.peer = rate }
      }
      if round >= 2 { pairs.append(pair) }
    }
    return Finding(
      "upload, \(place)\(isSecure ? ", TLS" : "")", unit: "MB/s", pairs: pairs, bound: 0.9, kind: .atLeast)
  }

  /// Sends it in a session of its own, whose beginning doesn't count.
  private func send(_ path: String, _ blob: Blob, _ agent: ServedAgent, _ isSecure: Bool) async throws -> Double {
    let client = try await agent.connect(isSecure: isSecure)
    let start = MonotonicClock.nanoseconds
    let isSent = try await client.upload(path, blob)
    let elapsed = MonotonicClock.nanoseconds &- start
    await client.leave()
    guard isSent, try Digest(ofFileAt: agent.file(of: blob)) == blob.digest else {
      throw Failure("the agent has other bytes than were sent")
    }
    // The next one finds as much room on the disk and in the cache as this one did.
    unlink(agent.file(of: blob))
    return Double(elapsed)
  }
}

/// The file that is sent.
struct UploadSource {
  let path: String
  let byteCount: Int

  init(_ path: String, _ byteCount: Int) throws {
    (self.path, self.byteCount) = (path, byteCount)
    var generator = SeededGenerator(seed: 3)
    var words = [UInt64](repeating: 0, count: byteCount / 8)
    for index in words.indices { words[index] = generator.next() }
    try words.withUnsafeBytes { Data($0) }.write(to: URL(filePath: path))
  }

  /// Makes it another file.
  func change(_ round: Int) throws -> Blob {
    let handle = try FileHandle(forWritingTo: URL(filePath: path))
    try handle.write(contentsOf: Data("\(MonotonicClock.nanoseconds) \(round)".utf8))
    try handle.close()
    return try Blob(ofFile: path)
  }
}

/// Bytes of a file.
func fileSize(_ path: String) throws -> Int {
  var status = stat()
  guard stat(path, &status) == 0 else { throw Failure("there is no \(path)") }
  return Int(status.st_size)
}

extension Blob {
  /// A file as a blob.
  init(ofFile path: String) throws {
    self.init(digest: try Digest(ofFileAt: path), byteCount: UInt64(try fileSize(path)))
  }
}

/// The C server that takes files, and its C client.
private final class UploadPeer {
  private let server: ChildProgram
  private let client: ChildProgram
  private let folder: String

  init(_ program: String, _ agent: ServedAgent, _ path: String, isSecure: Bool) throws {
    folder = "\(agent.folder)/peer"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let place = isSecure ? "tls:0" : "unix:\(agent.folder)/receive.sock"
    unlink("\(agent.folder)/receive.sock")
    server = try ChildProgram(program, ["receive", place, folder] + (isSecure ? [agent.identity] : []))
    guard let port = server.line() else { throw Failure("the C receiver didn't begin") }
    client = try ChildProgram(program, ["send", isSecure ? "tls:\(port)" : place, path])
  }

  /// Sends the file.
  /// - Returns: nanoseconds.
  func send(_ blob: Blob) throws -> Double {
    client.send("go")
    let words = client.line()?.split(separator: " ") ?? []
    guard words.count == 2, let nanoseconds = Double(words[0]), words[1] == blob.digest.hex else {
      throw Failure("the C receiver has other bytes than were sent")
    }
    unlink("\(folder)/blob")
    return nanoseconds
  }

  func stop() {
    client.finish()
    server.stop()
  }
}
