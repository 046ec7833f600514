// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Bundles
import Files
import Foundation
import Galley
import Offline
import Pantry
import Testing

@Suite(.serialized) struct ExchangeFaultTests {
  @Test func anExportThatWasKilledIsGoneOnWith() async throws {
    try await withFolder { folder in
      let store = try Store(folder, size: 8_000_000)
      try store.export("\(folder)/whole.galley")
      let whole = try Digest(ofFileAt: "\(folder)/whole.galley")
      for seed in 1...20 as ClosedRange<UInt64> {
        var dice = Dice(seed)
        let path = "\(folder)/\(seed).galley"
        let words = [RunningProgram.fixture, "export", store.pantry.root, path, store.keyFile, "site"]
        let program = try RunningProgram(words)
        program.begin()
        try await Task.sleep(for: .microseconds(Int.random(in: 1...80_000, using: &dice)))
        program.kill()
        program.finish()
        if FileManager.default.fileExists(atPath: path) { #expect(try Digest(ofFileAt: path) == whole) }
        let second = try RunningProgram.run(words)
        #expect(second.code == 0, "\(second.text)")
        #expect(try Digest(ofFileAt: path) == whole)
        #expect(!FileManager.default.fileExists(atPath: BundleWriter.partialPath(path)))
      }
      #expect(try store.pantry.check().isSound)
    }
  }

  @Test func anImportThatWasKilledIsGoneOnWith() async throws {
    try await withFolder { folder in
      let store = try Store(folder, size: 8_000_000)
      try store.export()
      var counts = (untouched: 0, whole: 0, resumed: 0)
      let started = ContinuousClock.now
      let first = try RunningProgram.run(
        [RunningProgram.fixture, "import", "\(folder)/first", store.bundle, store.publicFile])
      let whole = started.duration(to: .now)
      #expect(first.code == 0)
      for seed in 1...20 as ClosedRange<UInt64> {
        var dice = Dice(seed)
        let root = "\(folder)/home-\(seed)"
        _ = try Pantry(root: root)
        let words = [RunningProgram.fixture, "import", root, store.bundle, store.publicFile]
        let program = try RunningProgram(words)
        program.begin()
        try await Task.sleep(for: whole * Double.random(in: 0...1, using: &dice))
        program.kill()
        program.finish()
        let home = try Pantry(root: root)
        #expect(try home.check().isSound)
        let count = try home.artifacts().count
        if count == 0 {
          counts.untouched += 1
          #expect(home.folders().isEmpty && home.trees().isEmpty && home.claims().isEmpty)
          #expect(!FileManager.default.fileExists(atPath: "\(root)/trust/seen.json"))
        } else {
          counts.whole += 1
          try store.isWhole(home)
        }
        let second = try RunningProgram.run(words)
        #expect(second.code == 0, "\(second.text)")
        if second.text.split(separator: " ").last.map({ $0 != "0\n" }) == true { counts.resumed += 1 }
        try store.isWhole(try Pantry(root: root))
        #expect(!FileManager.default.fileExists(atPath: "\(root)/deliveries"))
        try FileManager.default.removeItem(atPath: root)
      }
      print("killed imports: \(counts)")
    }
  }

  @Test func twoImportsAtOnceBothSucceed() async throws {
    try await withFolder { folder in
      let store = try Store(folder, size: 4_000_000)
      try store.export()
      for round in 1...5 {
        let root = "\(folder)/home-\(round)"
        let words = [RunningProgram.fixture, "import", root, store.bundle, store.publicFile]
        let programs = try (0..<2).map { _ in try RunningProgram(words) }
        for program in programs {
          let end = program.finish()
          #expect(end.code == 0, "\(end.text)")
        }
        try store.isWhole(try Pantry(root: root))
      }
    }
  }

  /// Disks of every size between too small and large enough.
  @Test(.enabled(if: PrivateMounts.areAllowed))
  func aFullDiskLeavesThePantryAsItWas() async throws {
    try await withFolder { folder in
      let store = try Store(folder, size: 400_000)
      try store.export()
      var refused = 0
      for size in stride(from: 300, through: 2400, by: 150) {
        let script = """
          set -e
          mount -t tmpfs -o size=\(size)k none '\(folder)'/small
          cd '\(folder)/small'
          mkdir pantry
          '\(RunningProgram.fixture)' import "$PWD/pantry" /nonexistent '\(store.publicFile)' >/dev/null 2>&1 || true
          find pantry | sort > /dev/shm/before.$$
          code=0
          '\(RunningProgram.fixture)' import "$PWD/pantry" '\(store.bundle)' '\(store.publicFile)' || code=$?
          find pantry | sort > /dev/shm/after.$$
          echo "code $code"
          cmp /dev/shm/before.$$ /dev/shm/after.$$ && echo same || echo changed
          rm -f /dev/shm/before.$$ /dev/shm/after.$$
          """
        try FileManager.default.createDirectory(atPath: "\(folder)/small", withIntermediateDirectories: true)
        let end = try RunningProgram.run(["/usr/bin/unshare", "-rm", "/bin/sh", "-c", script])
        if end.text.contains("code 0") {
          #expect(end.text.contains("changed"))
        } else {
          refused += 1
          #expect(end.text.contains("code 73") && end.text.contains("same"), "\(size)k: \(end.text)")
        }
      }
      #expect(refused > 2)
      print("refused for a full disk: \(refused)")
    }
  }

  /// Reads that fail as they do when a medium is pulled out, from the Nth on.
  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/cc")))
  func aMediumThatIsPulledOutIsReadOnLater() async throws {
    try await withFolder { folder in
      let source = #"""
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <errno.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <unistd.h>
        static int count;
        static int isGone(int file) {
          char link[64], path[4096];
          snprintf(link, sizeof link, "/proc/self/fd/%d", file);
          ssize_t length = readlink(link, path, sizeof path - 1);
          if (length < 7 || memcmp(path + length - 7, ".galley", 7)) return 0;
          return __atomic_add_fetch(&count, 1, __ATOMIC_SEQ_CST) > atoi(getenv("PULLED_AT"));
        }
        #define PREAD(name, offset) \
          ssize_t name(int file, void *bytes, size_t size, offset place) { \
            ssize_t (*next)(int, void *, size_t, offset) = dlsym(RTLD_NEXT, #name); \
            if (isGone(file)) { errno = EIO; return -1; } \
            return next(file, bytes, size, place); \
          }
        PREAD(pread, off_t)
        PREAD(pread64, off64_t)
        __attribute__((destructor)) static void tell(void) { fprintf(stderr, "reads %d\n", count); }
        """#
      try source.write(toFile: "\(folder)/pulled.c", atomically: true, encoding: .utf8)
      let library = "\(folder)/pulled.so"
      let compiled = try RunningProgram.run(["/usr/bin/cc", "-shared", "-fPIC", "-o", library, "\(folder)/pulled.c"])
      #expect(compiled.code == 0, "\(compiled.text)")
      let store = try Store(folder, size: 4_000_000)
      try store.export()
      var environment = ProcessInfo.processInfo.environment
      environment["LD_PRELOAD"] = library
      environment["PULLED_AT"] = "1000000"
      let whole = try RunningProgram.run(
        [RunningProgram.fixture, "import", "\(folder)/whole", store.bundle, store.publicFile], environment: environment)
      let reads = try #require(whole.text.split(whereSeparator: \.isWhitespace).last.flatMap { Int($0) })
      var resumed = 0
      // All is read twice: to be verified, and to be copied.
      for share in [0.01, 0.2, 0.45, 0.6, 0.75, 0.9, 0.97] {
        let number = Int(Double(reads) * share)
        let root = "\(folder)/home-\(number)"
        _ = try Pantry(root: root)
        let words = [RunningProgram.fixture, "import", root, store.bundle, store.publicFile]
        environment["PULLED_AT"] = "\(number)"
        let first = try RunningProgram.run(words, environment: environment)
        #expect(first.code == 66 && first.text.contains("Input/output error"), "\(number): \(first.text)")
        let home = try Pantry(root: root)
        #expect(try home.artifacts().isEmpty)
        #expect(home.folders().isEmpty && home.trees().isEmpty && home.claims().isEmpty)
        let second = try RunningProgram.run(words)
        #expect(second.code == 0, "\(second.text)")
        if !second.text.hasSuffix(" 0\n") { resumed += 1 }
        try store.isWhole(try Pantry(root: root))
      }
      #expect(resumed > 0)
    }
  }

  @Test func aChangedBundleIsRefusedAndChangesNothing() async throws {
    try await withFolder { folder in
      let store = try Store(folder, size: 20_000)
      try store.export()
      let bytes = try Data(contentsOf: URL(filePath: store.bundle))
      let home = try Pantry(root: "\(folder)/home")
      let before = try contents(home.root)
      var dice = Dice(7)
      for _ in 0..<200 {
        var changed = bytes
        let position = Int.random(in: 0..<bytes.count, using: &dice)
        changed[position] ^= 1 << UInt8.random(in: 0..<8, using: &dice)
        try changed.write(to: URL(filePath: "\(folder)/changed.galley"))
        #expect(throws: GalleyError.self) { try store.importing("\(folder)/changed.galley", into: home) }
      }
      #expect(try contents(home.root) == before)
    }
  }
}
