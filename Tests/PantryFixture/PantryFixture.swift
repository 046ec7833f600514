// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import FoundationEssentials
import Galley
import Glibc
import NativeLibraries
import Pantry

/// A process that uses a pantry, for tests that need several of them, or one to kill.
///
///     pantry-fixture PANTRY add SEED [COUNT]   adds files of random bytes; prints each digest once it is kept
///     pantry-fixture PANTRY store FILE         adds one file and prints its digest
///     pantry-fixture PANTRY folder FOLDER      keeps a folder and prints its digest
///     pantry-fixture PANTRY deliver COUNT      says that it begins; delivers COUNT artifacts, and as many files of `lib`
///     pantry-fixture PANTRY lease DIGEST       holds a lease until standard input ends
///     pantry-fixture PANTRY work               stays in a work folder until standard input ends
///     pantry-fixture PANTRY list               prints how many artifacts there are, and how long listing took in s,
///                                          and how long of it the processor
///     pantry-fixture PANTRY limited BYTES FILE adds one file while no file may grow beyond BYTES
@main
struct PantryFixture {
  static func main() async {
    do {
      try await run()
    } catch {
      say("error: \(error)")
      exit((error as? GalleyError)?.exitCode.rawValue ?? 70)
    }
  }

  private static func run() async throws {
    let words = Array(CommandLine.arguments.dropFirst())
    guard words.count >= 2 else { exit(64) }
    let pantry = try Pantry(root: words[0], notify: { say("notice: \($0)") })
    switch (words[1], words.dropFirst(2).first ?? "") {
    case ("add", let seed): try add(to: pantry, UInt64(seed) ?? 1, Int(words.dropFirst(3).first ?? "") ?? .max)
    case ("store", let file): say(try pantry.store(fileAt: file))
    case ("folder", let folder): say(try pantry.store(folderAt: folder))
    case ("deliver", let count): try deliver(Int(count) ?? 1, into: pantry)
    case ("lease", let hex):
      guard let digest = Digest(hex: hex) else { exit(64) }
      let lease = try pantry.lease(digest)
      say("leased")
      while readLine() != nil {}
      withExtendedLifetime(lease) {}
    case ("work", _):
      try await pantry.withWorkFolder { folder in
        say(folder)
        while readLine() != nil {}
      }
    case ("list", _):
      let (start, before) = (ContinuousClock.now, clock())
      let artifacts = try pantry.artifacts()
      let used = Double(clock() - before) / Double(CLOCKS_PER_SEC)
      say("\(artifacts.count) \(start.duration(to: .now) / .seconds(1)) \(used)")
    case ("limited", let bytes):
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: UInt(bytes) ?? 0, rlim_max: UInt(bytes) ?? 0)
      setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      say(try pantry.store(fileAt: words.last ?? ""))
    default: exit(64)
    }
  }

  /// Writes a line at once: a test waits for it.
  private static func say(_ text: some CustomStringConvertible) {
    let bytes = Array("\(text)\n".utf8)
    _ = write(1, bytes, bytes.count)
  }

  private static func deliver(_ count: Int, into pantry: Pantry) throws {
    say("begin")
    let delivery = try PantryDelivery(into: pantry, id: "fixture")
    var tree = PantryTree(
      name: "lib", kind: .library,
      library: .init(name: "lib", version: "9", path: "lib", main: "0", sha256: Digest(of: "0").hex, licence: "MIT"),
      entries: [])
    for number in 0..<count {
      let bytes = Data("\(number)".utf8)
      let digest = Digest(of: bytes)
      if let place = delivery.place(forArtifact: digest) { try AtomicFile.write(bytes, to: place) }
      try delivery.add(artifact: digest, note: ArtifactNote(name: "\(number)"))
      try AtomicFile.write(bytes, to: "\(delivery.place(forTree: tree))/\(number)")
      tree.entries.append(.init(path: "\(number)", digest: digest))
    }
    try delivery.add(tree: tree)
    try delivery.commit()
    say("end")
  }

  /// Adds small and middling files, with names, pins and records among them, as fast as it can.
  private static func add(to pantry: Pantry, _ seed: UInt64, _ count: Int) throws {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    func next() -> UInt64 {
      // xorshift64 (Marsaglia 2003).
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state
    }
    let file = "\(pantry.root)-source-\(getpid())"
    defer { unlink(file) }
    for round in 0..<count {
      let length = Int(next() % (round % 8 == 7 ? 2_000_000 : 20_000))
      let bytes = Data((0..<length / 8 + 1).flatMap { _ in withUnsafeBytes(of: next(), Array.init) })
      let note = ArtifactNote(name: "\(seed)-\(round)", role: .data, origin: "https://example.org/\(round)")
      let digest: Digest
      if round % 2 == 0 {
        digest = try pantry.store(bytes, note: note)
      } else {
        try AtomicFile.write(bytes, to: file)
        digest = try pantry.store(fileAt: file, note: note)
      }
      if round % 3 == 0 { try pantry.pin(digest) }
      if round % 4 == 0 {
        try pantry.keep(
          StageRecord(
            key: Digest(of: "\(seed)-\(round)"), stage: "train", outputs: ["weights": digest], seconds: 1, finished: 2))
      }
      say(digest)
    }
  }
}
