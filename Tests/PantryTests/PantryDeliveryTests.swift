// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import FoundationEssentials
import Galley
import Glibc
import NativeLibraries
import Pantry
import Testing

@Suite struct PantryDeliveryTests {
  private func deliver(into pantry: Pantry, id: String, version: String) throws {
    let delivery = try PantryDelivery(into: pantry, id: id)
    let bytes = Data("artifact \(version)".utf8)
    let digest = Digest(of: bytes)
    if let place = delivery.place(forArtifact: digest) { try AtomicFile.write(bytes, to: place) }
    try delivery.add(artifact: digest, note: ArtifactNote(name: "a-\(version)"))
    let library = Data("library \(version)".utf8)
    let tree = PantryTree(
      name: "lib", kind: .library,
      library: .init(
        name: "lib", version: version, path: "lib", main: "lib/x.so", sha256: Digest(of: library).hex, licence: "MIT",
        preload: ["lib/y.so"]),
      entries: [.init(path: "lib/x.so", digest: Digest(of: library)), .init(path: "lib/y.so", link: "x.so")])
    let place = delivery.place(forTree: tree)
    try AtomicFile.write(library, to: "\(place)/lib/x.so")
    try FileManager.default.createSymbolicLink(atPath: "\(place)/lib/y.so", withDestinationPath: "x.so")
    try delivery.add(tree: tree)
    let content = FolderContent(entries: [.init(path: "f", digest: digest, byteCount: bytes.count)])
    if let place = delivery.place(forFolder: content.digest) { try AtomicFile.write(bytes, to: "\(place)/f") }
    try delivery.add(folder: content, note: ArtifactNote(name: "f"))
    try delivery.commit { try $0.add(document: Data("{}".utf8), at: "bundles/\(version).json") }
  }

  @Test func everythingComesAtOnceAndReplacesWhatWasThere() async throws {
    try await withPantry { pantry in
      for version in ["1", "2"] {
        try deliver(into: pantry, id: "d\(version)", version: version)
        #expect(try pantry.artifacts().contains { $0.name == "a-\(version)" })
        #expect(pantry.trees().map(\.name) == ["lib"])
        let tree = try #require(pantry.tree("lib"))
        #expect(pantry.faults(of: tree, using: DigestCache(pantry)).isEmpty)
        let located = try NativeLibraryLocator(environment: ["GALLEY_HOME": pantry.root], executable: "")
          .locate(NativeLibrary(name: "lib", displayName: "lib", fileNames: ["x"]))
        #expect(located.origin == .pantry && located.version == version)
        #expect(located.preload == ["\(pantry.nativeFolder)/lib/lib/y.so"])
        #expect(FileManager.default.contents(atPath: "\(pantry.root)/bundles/\(version).json") != nil)
        #expect(!FileManager.default.fileExists(atPath: "\(pantry.root)/deliveries"))
        #expect(try pantry.check().isSound)
      }
      try overwrite("\(pantry.nativeFolder)/lib/lib/x.so", with: Data("changed".utf8))
      let tree = try #require(pantry.tree("lib"))
      #expect(pantry.faults(of: tree, using: DigestCache(pantry)).map(\.kind) == [.changed])
    }
  }

  @Test func oneThatIsGivenUpLeavesNothing() async throws {
    try await withPantry { pantry in
      try deliver(into: pantry, id: "d1", version: "1")
      let before = try contents(pantry.root)
      let delivery = try PantryDelivery(into: pantry, id: "d2")
      let digest = Digest(of: "x")
      let place = try #require(delivery.place(forArtifact: digest))
      try AtomicFile.write(Data("x".utf8), to: place)
      try delivery.add(artifact: digest, note: ArtifactNote())
      #expect(throws: CocoaError.self) { try delivery.commit { _ in throw CocoaError(.fileReadUnknown) } }
      delivery.discard()
      #expect(try contents(pantry.root) == before)
    }
  }

  @Test func killedAtAnyInstantItIsThereOrNot() async throws {
    for seed in 1...30 as ClosedRange<UInt64> {
      try await withFolder { folder in
        var dice = Dice(seed)
        let root = "\(folder)/pantry"
        try deliver(into: try Pantry(root: root), id: "d0", version: "0")
        let fixture = try FixtureProcess.start(root, "deliver", "60")
        try await fixture.wait(forLines: 1)
        try await Task.sleep(for: .microseconds(Int.random(in: 1...60_000, using: &dice)))
        kill(fixture.number, SIGKILL)
        try await fixture.wait()
        let pantry = try Pantry(root: root)
        #expect(try pantry.check().isSound)
        let artifacts = try pantry.artifacts().count
        #expect(artifacts == 1 || artifacts == 61, "\(artifacts)")
        let tree = try #require(pantry.tree("lib"))
        #expect(tree.entries.count == (artifacts == 1 ? 2 : 60))
        #expect(pantry.faults(of: tree, using: DigestCache(pantry)).isEmpty)
        try pantry.collect(limit: 1 << 40)
        #expect(!FileManager.default.fileExists(atPath: "\(root)/deliveries"))
      }
    }
  }

  @Test(arguments: [
    "../x", "/x", "a//b", "a/./b", "a/../b", "", "a\u{0}b", "a\nb", ".", "a/", String(repeating: "x", count: 256),
  ])
  func hostilePathsAreRefused(path: String) {
    let tree = PantryTree(name: "programs", kind: .programs, entries: [.init(path: path, digest: Digest(of: "x"))])
    #expect(tree.fault != nil)
  }

  @Test(arguments: [("l", "/etc"), ("l", ".."), ("a/l", "../../x"), ("l", ""), ("l", "a//b")])
  func linksThatLeadOutAreRefused(path: String, link: String) {
    #expect(PantryTree(name: "programs", kind: .programs, entries: [.init(path: path, link: link)]).fault != nil)
  }

  @Test func whatLiesBelowALinkOrAFileIsRefused() {
    let file = PantryTree.Entry(path: "a/b", digest: Digest(of: "x"))
    let tree = { (entries: [PantryTree.Entry]) in PantryTree(name: "programs", kind: .programs, entries: entries) }
    #expect(tree([file]).fault == nil)
    #expect(tree([file, .init(path: "a", link: "c")]).fault != nil)
    #expect(tree([file, .init(path: "a", digest: Digest(of: "x"))]).fault != nil)
    #expect(tree([file, file]).fault != nil)
    #expect(PantryTree(name: "../x", kind: .programs, entries: [file]).fault != nil)
    #expect(PantryTree(name: "x", kind: .programs, entries: [file]).fault != nil)
    #expect(PantryTree(name: ".x", kind: .report, entries: [file]).fault != nil)
  }

  @Test func digestsAreComputedOnce() async throws {
    try await withFolder { folder in
      let pantry = try Pantry(root: "\(folder)/pantry")
      let file = "\(folder)/file"
      try AtomicFile.write(Data("one".utf8), to: file)
      var old = [timespec(tv_sec: 1000, tv_nsec: 0), timespec(tv_sec: 1000, tv_nsec: 0)]
      utimensat(AT_FDCWD, file, &old, 0)
      let cache = DigestCache(pantry)
      #expect(try cache.digest(ofFileAt: file) == Digest(of: "one"))
      cache.save()
      // The same file by all that is looked at: the cache believes it.
      try overwrite(file, with: Data("two".utf8))
      utimensat(AT_FDCWD, file, &old, 0)
      #expect(try DigestCache(pantry).digest(ofFileAt: file) == Digest(of: "one"))
      try overwrite(file, with: Data("three".utf8))
      #expect(try DigestCache(pantry).digest(ofFileAt: file) == Digest(of: "three"))
      try flip("\(pantry.root)/digests.json", at: 100, bit: 2)
      utimensat(AT_FDCWD, file, &old, 0)
      #expect(try DigestCache(pantry).digest(ofFileAt: file) == Digest(of: "three"))
    }
  }
}
