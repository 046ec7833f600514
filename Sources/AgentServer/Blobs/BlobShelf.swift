// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Files

/// What a store holds and promised, in bytes, and what leaves first when room is needed. It knows no disk.
package struct BlobShelf: Sendable {
  private struct Place: Sendable {
    var byteCount: UInt64
    var lastUse: UInt64
    var users: Set<UInt64> = []
  }

  /// Room for an upload under way.
  private struct Promise: Sendable {
    var total: UInt64
    /// Bytes of it that the disk holds.
    var written: UInt64
  }

  /// Most bytes of whole and begun blobs together.
  package let quota: UInt64
  package private(set) var byteCount: UInt64 = 0
  private var places: [Digest: Place] = [:]
  private var rests: [String: Place] = [:]
  private var promised: [UInt64: Promise] = [:]
  private var uses: UInt64 = 0

  package init(quota: UInt64) { self.quota = quota }

  /// What is to be deleted so that something fits.
  package struct Leaving: Sendable, Hashable {
    package var blobs: [Digest] = []
    package var rests: [String] = []

    package init(blobs: [Digest] = [], rests: [String] = []) { (self.blobs, self.rests) = (blobs, rests) }
  }

  package var count: Int { places.count }
  package var restCount: Int { rests.count }
  /// The size of a whole blob; `nil` if it isn't here.
  package func size(of digest: Digest) -> UInt64? { places[digest]?.byteCount }

  /// A whole blob is here.
  package mutating func add(_ digest: Digest, byteCount: UInt64) {
    guard places[digest] == nil else { return }
    places[digest] = Place(byteCount: byteCount, lastUse: nextUse())
    self.byteCount += byteCount
  }

  /// What is left of an interrupted upload is here.
  package mutating func addRest(_ name: String, byteCount: UInt64) {
    removeRest(name)
    rests[name] = Place(byteCount: byteCount, lastUse: nextUse())
    self.byteCount += byteCount
  }

  /// A rest is taken up again, or gone.
  /// - Returns: its size; `nil` if there was none.
  @discardableResult package mutating func removeRest(_ name: String) -> UInt64? {
    guard let place = rests.removeValue(forKey: name) else { return nil }
    byteCount -= min(byteCount, place.byteCount)
    return place.byteCount
  }

  /// A session uses a blob: until it ends, the blob stays.
  /// - Returns: the size; `nil` if it isn't here.
  package mutating func use(_ digest: Digest, by session: UInt64) -> UInt64? {
    guard places[digest] != nil else { return nil }
    let use = nextUse()
    places[digest]?.lastUse = use
    places[digest]?.users.insert(session)
    return places[digest]?.byteCount
  }

  /// A session has ended.
  package mutating func release(_ session: UInt64) {
    for digest in Array(places.keys) { places[digest]?.users.remove(session) }
  }

  /// A blob is gone from the disk.
  package mutating func remove(_ digest: Digest) {
    guard let place = places.removeValue(forKey: digest) else { return }
    byteCount -= min(byteCount, place.byteCount)
  }

  /// Promises room to an upload, and says what must leave for it; `nil` if there is no room.
  /// - Parameters:
  ///   - written: How much of it the disk holds already.
  ///   - free: Bytes that the disk has beyond those that are here.
  package mutating func promise(_ wanted: UInt64, written: UInt64 = 0, to upload: UInt64, free: UInt64) -> Leaving? {
    let others = promised.values.reduce(UInt64(0)) { $0 + $1.total }
    let (needed, isHuge) = wanted.addingReportingOverflow(others)
    guard !isHuge, needed <= quota else { return nil }
    let toCome = promised.values.reduce(wanted - min(written, wanted)) { $0 + ($1.total - min($1.written, $1.total)) }
    let overQuota = byteCount > quota - needed ? byteCount - (quota - needed) : 0
    let overDisk = toCome > free ? toCome - free : 0
    guard let leaving = oldest(freeing: max(overQuota, overDisk)) else { return nil }
    for name in leaving.rests { removeRest(name) }
    for digest in leaving.blobs { remove(digest) }
    promised[upload] = Promise(total: wanted, written: written)
    return leaving
  }

  /// So much of an upload is on the disk now.
  package mutating func note(_ written: UInt64, of upload: UInt64) { promised[upload]?.written = written }

  /// An upload has ended; what it brought is added apart.
  package mutating func withdraw(_ upload: UInt64) { promised[upload] = nil }

  /// Rests leave before blobs, the ones that were used longest ago first.
  private func oldest(freeing bytes: UInt64) -> Leaving? {
    var (leaving, freed) = (Leaving(), UInt64(0))
    for (name, place) in rests.sorted(by: { $0.value.lastUse < $1.value.lastUse }) where freed < bytes {
      leaving.rests.append(name)
      freed += place.byteCount
    }
    let unused = places.filter { $0.value.users.isEmpty }
    for (digest, place) in unused.sorted(by: { $0.value.lastUse < $1.value.lastUse }) where freed < bytes {
      leaving.blobs.append(digest)
      freed += place.byteCount
    }
    return freed >= bytes ? leaving : nil
  }

  private mutating func nextUse() -> UInt64 {
    uses += 1
    return uses
  }
}
