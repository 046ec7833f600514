// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Bundles
import Files
import Foundation
import Galley
import Glibc
import NativeLibraries
import Offline
import Pantry
import Recipes
import Testing

/// A pantry with a little of everything, a key, and a place for a bundle.
struct Store {
  let folder: String
  let pantry: Pantry
  let key: SigningKey
  var bundle: String { "\(folder)/site.galley" }
  var keyFile: String { "\(folder)/key" }
  var publicFile: String { "\(folder)/key.pub" }

  init(_ folder: String, seed: UInt64 = 1, size: Int = 200_000) throws {
    self.folder = folder
    pantry = try Pantry(root: "\(folder)/pantry")
    key = SigningKey()
    try key.write(to: keyFile)
    try key.verifyingKey.write(to: publicFile)
    var dice = Dice(seed)
    let weights = try pantry.store(
      dice.bytes(size), note: ArtifactNote(name: "w.pth", role: .weights, origin: "https://x.org/w", licence: "MIT"))
    try pantry.store(Data(), note: ArtifactNote(name: "empty"))
    let document = try pantry.store(Data("recipe".utf8), note: ArtifactNote(name: "recipe"))
    for number in 0..<12 {
      try AtomicFile.write(dice.bytes(size / 10), to: "\(folder)/data/\(number % 3)/\(number).png")
    }
    let data = try pantry.store(folderAt: "\(folder)/data", note: ArtifactNote(name: "data", role: .data))
    try deliverTrees(&dice, size)
    let trees = pantry.trees().map { KeptClaim.Tree(name: $0.name, digest: $0.digest) }
    try ClaimStore(pantry).keep(
      KeptClaim(
        recipe: "Digits", recipeDigest: Digest(of: "recipe"), document: document, task: .train,
        platform: Platform.current, artifacts: [weights], folders: [data], trees: trees))
  }

  private func deliverTrees(_ dice: inout Dice, _ size: Int) throws {
    let delivery = try PantryDelivery(into: pantry, id: "trees")
    let (program, library) = (dice.bytes(size), dice.bytes(size / 2))
    let programs = PantryTree(
      name: "programs", kind: .programs,
      entries: [
        .init(path: "galley", digest: Digest(of: program), isExecutable: true),
        .init(path: "libx.so", digest: Digest(of: library)),
      ])
    let tree = PantryTree(
      name: "x-1", kind: .library,
      library: .init(
        name: "x", version: "1", path: "x-1", main: "lib/libx.so", sha256: Digest(of: library).hex, licence: "MIT"),
      entries: [.init(path: "lib/libx.so", digest: Digest(of: library)), .init(path: "lib/x.so", link: "libx.so")])
    try AtomicFile.write(program, to: "\(delivery.place(forTree: programs))/galley")
    chmod("\(delivery.place(forTree: programs))/galley", 0o555)
    try AtomicFile.write(library, to: "\(delivery.place(forTree: programs))/libx.so")
    try AtomicFile.write(library, to: "\(delivery.place(forTree: tree))/lib/libx.so")
    try FileManager.default.createSymbolicLink(
      atPath: "\(delivery.place(forTree: tree))/lib/x.so", withDestinationPath: "libx.so")
    try delivery.add(tree: programs)
    try delivery.add(tree: tree)
    try delivery.commit()
  }

  var order: BundleExport.Order {
    get throws {
      BundleExport.Order(
        name: "site", claims: try ClaimStore(pantry).all(),
        contents: try pantry.artifacts().map(\.digest) + pantry.folders().map(\.digest))
    }
  }

  @discardableResult
  func export(_ path: String? = nil, bases: [Envelope] = []) throws -> BundleExport.Outcome {
    var order = try order
    order.bases = bases
    return try BundleExport(order, from: pantry).write(to: path ?? bundle, keys: [key])
  }

  @discardableResult
  func importing(_ path: String? = nil, into other: Pantry) throws -> BundleImport.Outcome {
    let trust = try TrustRoot(keys: [.init(name: "test", key: key.verifyingKey)])
    return try BundleImport(into: other, trust: trust).run(path ?? bundle)
  }

  /// Whether another pantry holds all that this one exported.
  func isWhole(_ other: Pantry) throws {
    #expect(try other.check().isSound)
    let (there, here) = (try other.artifacts().map(\.digest), try pantry.artifacts().map(\.digest))
    #expect(Set(there) == Set(here))
    #expect(other.folders().map(\.digest) == pantry.folders().map(\.digest))
    #expect(other.trees() == pantry.trees())
    for tree in other.trees() { #expect(other.faults(of: tree, using: DigestCache(other)).isEmpty) }
    for folder in other.folders() { #expect(other.verifyFolder(folder.digest)) }
    let (others, claims) = (try ClaimStore(other).all().map(\.id), try ClaimStore(pantry).all().map(\.id))
    #expect(others == claims)
    for claim in try ClaimStore(other).all() { #expect(claim.standing(in: other).state == .closed) }
  }
}

@Suite struct ExchangeTests {
  @Test func aBundleComesOutOfAnEmptyHomeAsItWentIn() async throws {
    try await withFolder { folder in
      let store = try Store(folder)
      let written = try store.export()
      #expect(written.manifest.sequence == 1 && !written.isUnchanged)
      let home = try Pantry(root: "\(folder)/home")
      let outcome = try store.importing(into: home)
      try store.isWhole(home)
      #expect(outcome.addedTrees == ["programs", "x-1"])
      #expect(outcome.verification.claims.allSatisfy { $0.holds })
      let weights = try #require(try home.artifacts().first { $0.name == "w.pth" })
      #expect(weights.licence == "MIT" && weights.role == .weights && weights.isPinned)
      #expect(access("\(home.root)/programs/galley", X_OK) == 0)
      let located = try NativeLibraryLocator(environment: ["GALLEY_HOME": home.root], executable: "")
        .locate(NativeLibrary(name: "x", displayName: "x", fileNames: ["x"]))
      #expect(located.path == "\(home.nativeFolder)/x-1/lib/libx.so")
      #expect(try BundleShelf(home, .imported).all().map(\.digest) == [written.written.digest])
      // Once more: nothing to do, and nothing changes.
      let again = try store.importing(into: home)
      #expect(again.addedContents.isEmpty && again.addedTrees.isEmpty && again.byteCount == 0)
      try store.isWhole(home)
      // What was imported can be exported.
      let order = BundleExport.Order(name: "site", claims: try ClaimStore(home).all())
      let onward = try BundleExport(order, from: home).write(to: "\(folder)/onward.galley", keys: [store.key])
      #expect(onward.manifest.sequence == 2)
    }
  }

  @Test func theSameContentIsTheSameBundle() async throws {
    try await withFolder { folder in
      let store = try Store(folder)
      try store.export()
      let first = try Data(contentsOf: URL(filePath: store.bundle))
      #expect(try store.export("\(folder)/second.galley").isUnchanged)
      #expect(try Data(contentsOf: URL(filePath: "\(folder)/second.galley")) == first)
      try store.pantry.store(Data("new".utf8))
      let third = try store.export()
      #expect(third.manifest.sequence == 2 && !third.isUnchanged)
      // GNU tar reads it.
      let list = try RunningProgram.run(["/usr/bin/tar", "-tf", store.bundle])
      #expect(list.code == 0)
      #expect(list.text.split(separator: "\n").count == third.manifest.objects.count + 1)
    }
  }

  @Test func anOlderBundleIsRefusedAndChangesNothing() async throws {
    try await withFolder { folder in
      let store = try Store(folder)
      try store.export("\(folder)/one.galley")
      try store.pantry.store(Data("new".utf8))
      try store.export("\(folder)/two.galley")
      let home = try Pantry(root: "\(folder)/home")
      try store.importing("\(folder)/two.galley", into: home)
      let before = try contents(home.root)
      let error = #expect(throws: GalleyError.self) { try store.importing("\(folder)/one.galley", into: home) }
      #expect(error?.exitCode == .badData && error?.why.contains("older") == true)
      let stranger = try Store("\(folder)/stranger", seed: 2)
      try stranger.export()
      #expect(throws: GalleyError.self) { try store.importing(stranger.bundle, into: home) }
      var order = try store.order
      order.validUntil = BundleTime(seconds: 1_000_000_000)
      order.created = BundleTime(seconds: 900_000_000)
      _ = try BundleExport(order, from: store.pantry).write(to: "\(folder)/old.galley", keys: [store.key])
      #expect(throws: GalleyError.self) { try store.importing("\(folder)/old.galley", into: home) }
      #expect(try contents(home.root) == before)
    }
  }

  @Test func aDeltaNeedsItsBase() async throws {
    try await withFolder { folder in
      let store = try Store(folder)
      try store.export()
      let base = try BundleReader(store.bundle).envelope
      // One file of the folder changes, and one artifact comes.
      try AtomicFile.write(Data("another".utf8), to: "\(folder)/data/0/0.png")
      try store.pantry.store(folderAt: "\(folder)/data", note: ArtifactNote(name: "data 2"))
      try store.pantry.store(Data("new".utf8))
      let delta = try store.export("\(folder)/delta.galley", bases: [base])
      #expect(delta.manifest.objects.count == 2 && delta.manifest.base?.sequence == 1)
      let empty = try Pantry(root: "\(folder)/empty")
      let before = try contents(empty.root)
      let error = #expect(throws: GalleyError.self) { try store.importing("\(folder)/delta.galley", into: empty) }
      #expect(error?.why.contains("builds upon") == true)
      #expect(try contents(empty.root) == before)
      let home = try Pantry(root: "\(folder)/home")
      try store.importing(into: home)
      try store.importing("\(folder)/delta.galley", into: home)
      try store.isWhole(home)
    }
  }

  @Test func aFolderThatIsNotWhatItIsCalledIsRefused() async throws {
    try await withFolder { folder in
      let store = try Store(folder)
      var manifest = try store.export().manifest
      let files = Dictionary(
        try store.pantry.folders().flatMap { folder in
          let path = store.pantry.folderPath(of: folder.digest)
          return try FolderContent(of: path).entries.map { ($0.digest, "\(path)/\($0.path)") }
        }
      ) { first, _ in first }
      manifest.claims = []
      manifest.artifacts = []
      manifest.trees = manifest.trees.filter { $0.kind == .folder }
      manifest.trees[0].digest = Digest(of: "another")
      manifest.objects = manifest.objects.filter { files[$0.digest] != nil }
      manifest.sequence = 2
      try BundleWriter(manifest: manifest, keys: [store.key]) { .file(files[$0.digest] ?? "") }
        .write(to: "\(folder)/bad.galley")
      let home = try Pantry(root: "\(folder)/home")
      let before = try contents(home.root)
      let error = #expect(throws: GalleyError.self) { try store.importing("\(folder)/bad.galley", into: home) }
      #expect(error?.exitCode == .badData)
      #expect(try contents(home.root) == before)
    }
  }
}
