// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import AgentServer
import Files
import FoundationEssentials
import Galley
import TargetProtocol
import Testing

struct BlobStoreTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private func store(quota: UInt64 = 1000, restSeconds: Double = 100) throws -> BlobStore {
    try BlobStore(in: folder.path, quota: quota, restSeconds: restSeconds)
  }

  private static func bytes(_ count: Int, _ seed: UInt8 = 1) -> Data {
    Data((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) &+ seed })
  }

  private static func blob(_ bytes: Data) -> Blob { Blob(digest: Digest(of: bytes), byteCount: UInt64(bytes.count)) }

  @discardableResult
  private func keep(_ bytes: Data, in store: BlobStore, number: UInt64, session: UInt64 = 1) throws -> Digest {
    let upload = try store.begin(Self.blob(bytes), owner: "a", number: number)
    try store.append(bytes, to: upload)
    try store.complete(upload, for: session)
    return upload.blob.digest
  }

  private func files(_ name: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/\(name)").sorted()
  }

  @Test func anInterruptedUploadGoesOnEvenAfterARestart() throws {
    let bytes = Self.bytes(300)
    var store = try store()
    let first = try store.begin(Self.blob(bytes), owner: "a", number: 1)
    try store.append(bytes.prefix(100), to: first)
    store.interrupt(first)
    #expect(store.counts.begun == 1 && store.counts.byteCount == 100)
    store = try self.store()
    let second = try store.begin(Self.blob(bytes), owner: "a", number: 2)
    #expect(second.offset == 100)
    try store.append(bytes.dropFirst(100), to: second)
    try store.complete(second, for: 1)
    #expect(try Digest(ofFileAt: store.path(of: Digest(of: bytes))) == Digest(of: bytes))
    #expect(try store.counts == self.store().counts)
    #expect(try files("begun").isEmpty)
  }

  @Test func nobodyGoesOnWithWhatAnotherSent() throws {
    let (bytes, store) = (Self.bytes(300), try store())
    let poisoned = try store.begin(Self.blob(bytes), owner: "a", number: 1)
    try store.append(Self.bytes(100, 9), to: poisoned)
    store.interrupt(poisoned)
    #expect(try store.begin(Self.blob(bytes), owner: "b", number: 2).offset == 0)
  }

  @Test func twoUploadsOfOneBlobDontMeet() throws {
    let (bytes, store) = (Self.bytes(300), try store())
    let uploads = try (1...2).map { try store.begin(Self.blob(bytes), owner: "a", number: $0) }
    for place in stride(from: 0, to: 300, by: 50) {
      for upload in uploads { try store.append(Data(bytes[place..<place + 50]), to: upload) }
    }
    for upload in uploads { try store.complete(upload, for: 1) }
    #expect(try Data(contentsOf: URL(filePath: store.path(of: Digest(of: bytes)))) == bytes)
    #expect(store.counts.count == 1 && store.counts.byteCount == 300)
  }

  @Test func anUploadEndsOnceAndLeavesTheNextOneAlone() throws {
    let (bytes, store) = (Self.bytes(300), try store())
    let first = try store.begin(Self.blob(bytes), owner: "a", number: 1)
    store.abandon(first)
    let second = try store.begin(Self.blob(bytes), owner: "a", number: 2)
    store.abandon(first)
    store.interrupt(first)
    try store.append(bytes, to: second)
    try store.complete(second, for: 1)
    #expect(store.counts.count == 1 && store.counts.begun == 0)
    #expect(throws: RequestFailure.self) { try store.complete(second, for: 1) }
    #expect(try Data(contentsOf: URL(filePath: store.path(of: Digest(of: bytes)))) == bytes)
  }

  @Test func otherBytesAreThrownAway() throws {
    let (bytes, store) = (Self.bytes(300), try store())
    let upload = try store.begin(Self.blob(bytes), owner: "a", number: 1)
    try store.append(Self.bytes(300, 3), to: upload)
    let failure = #expect(throws: RequestFailure.self) { try store.complete(upload, for: 1) }
    #expect(failure?.code == .digest)
    #expect(try files("blobs").isEmpty && files("begun").isEmpty)
    #expect(store.counts.byteCount == 0)
  }

  @Test func whatNobodyUsesLeavesTheOldestFirst() throws {
    let store = try store()
    let digests = try (1...3).map { try keep(Self.bytes(300, UInt8($0)), in: store, number: UInt64($0)) }
    // A live session uses the first two.
    store.release(1)
    _ = store.use(digests[0], by: 2)
    _ = store.use(digests[1], by: 3)
    try keep(Self.bytes(400, 9), in: store, number: 4, session: 4)
    #expect(store.use(digests[2], by: 1) == nil && store.use(digests[1], by: 3) != nil)
    let failure = #expect(throws: RequestFailure.self) {
      try store.begin(Self.blob(Self.bytes(500, 10)), owner: "a", number: 5)
    }
    #expect(failure?.code == .quota)
    store.release(2)
    store.release(3)
    try keep(Self.bytes(500, 10), in: store, number: 6)
    #expect(try files("blobs").count == 2 && store.counts.byteCount == 900)
  }

  @Test func promisesCount() throws {
    let store = try store()
    let upload = try store.begin(Self.blob(Self.bytes(700)), owner: "a", number: 1)
    #expect(throws: RequestFailure.self) { try store.begin(Self.blob(Self.bytes(400)), owner: "a", number: 2) }
    store.abandon(upload)
    try keep(Self.bytes(400), in: store, number: 3)
  }

  @Test func theStartSweeps() throws {
    var store = try store()
    let bytes = Self.bytes(300)
    let upload = try store.begin(Self.blob(bytes), owner: "a", number: 1)
    try store.append(bytes.prefix(50), to: upload)
    store.interrupt(upload)
    for path in ["new/7", "begun/nonsense", "blobs/nonsense", "begun/\(Digest(of: "x")).a.3"] {
      try bytes.write(to: URL(filePath: "\(folder.path)/\(path)"))
    }
    try keep(Self.bytes(400), in: store, number: 2)
    store = try self.store(quota: 430)
    #expect(try files("new").isEmpty && files("begun").isEmpty)
    #expect(try store.counts == self.store(quota: 430).counts)
    #expect(store.counts.byteCount == 400)
    #expect(try self.store(quota: 100).counts.byteCount == 0)
  }
}
