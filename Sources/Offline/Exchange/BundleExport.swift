// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Bundles
public import Files
internal import FoundationEssentials
internal import Galley
internal import Glibc
public import Pantry

/// Writes a bundle of what a pantry holds: claims with all that they need, and what else is named.
///
/// The same content exported again is the same bundle, byte for byte: it keeps its sequence and its time.
public struct BundleExport: Sendable {
  static let what = "can't export the bundle"

  /// What the bundle is to be.
  public struct Order: Sendable {
    /// The name of the series.
    public var name: String
    /// The claims.
    public var claims: [KeptClaim]
    /// Artifacts and folders beside those of the claims.
    public var contents: [Digest]
    /// Trees beside those of the claims; all of the pantry's if nothing else is named.
    public var trees: [String]
    /// The number in the series; the next one if it is `nil`.
    public var sequence: Int?
    /// When it is said to be made; now if it is `nil`.
    public var created: BundleTime?
    /// From when to when it may be used.
    public var validFrom: BundleTime?
    public var validUntil: BundleTime?
    /// What the machine must supply.
    public var host: [String]
    /// The bundle whose objects are left out, before those that it builds upon itself.
    public var bases: [Envelope]

    /// An order.
    public init(
      name: String, claims: [KeptClaim] = [], contents: [Digest] = [], trees: [String] = [], sequence: Int? = nil,
      created: BundleTime? = nil, validFrom: BundleTime? = nil, validUntil: BundleTime? = nil, host: [String] = [],
      bases: [Envelope] = []
    ) {
      (self.name, self.claims, self.contents, self.trees) = (name, claims, contents, trees)
      (self.sequence, self.created) = (sequence, created)
      (self.validFrom, self.validUntil, self.host, self.bases) = (validFrom, validUntil, host, bases)
    }
  }

  /// What was written.
  public struct Outcome: Sendable, Hashable {
    /// What the bundle says of itself.
    public var manifest: Manifest
    /// The archive.
    public var written: BundleWriter.Written
    /// Whether it is the bundle that was exported last under this name.
    public var isUnchanged: Bool
  }

  private let pantry: Pantry
  private let order: Order

  /// Prepares an export.
  public init(_ order: Order, from pantry: Pantry) {
    self.order = order
    self.pantry = pantry
  }

  /// Writes the bundle; one that was interrupted is gone on with.
  /// - Parameters:
  ///   - path: the archive.
  ///   - keys: sign it.
  ///   - isNoted: whether the pantry remembers the bundle as the latest of its name.
  ///   - progress: receives how far it has come, on this thread.
  /// - Throws: `GalleyError`; an earlier archive of that name stays as it was.
  public func write(
    to path: String, keys: [SigningKey], isNoted: Bool = true,
    progress: @escaping (BundleProgress) -> Void = { _ in }
  ) throws -> Outcome {
    let digests = DigestCache(pantry)
    defer { digests.save() }
    let contents = try gather(digests)
    let shelf = BundleShelf(pantry, .exported)
    let previous = try shelf.latest(order.name).map { try Manifest($0.payload, at: order.name) }
    let interrupted = BundleWriter.interrupted(at: path)
    let manifest = try manifest(contents, previous, interrupted)
    let files = contents.files
    let writer = BundleWriter(manifest: manifest, keys: keys) { object throws(GalleyError) in
      guard let file = files[object.digest] else {
        throw GalleyError(.software, Self.what, at: path, why: "nobody says where the object \(object.digest) is")
      }
      return .file(file)
    }
    try checkRoom(for: try writer.plannedByteCount(), at: path)
    let written = try withExtendedLifetime(contents) { try writer.write(to: path, progress: progress) }
    if isNoted { try keep(path, manifest, shelf) }
    return Outcome(manifest: manifest, written: written, isUnchanged: manifest == previous)
  }

  private func gather(_ digests: DigestCache) throws -> ExportContents {
    var contents = try ExportContents(pantry, digests)
    for digest in order.contents { try contents.add(digest) }
    for claim in order.claims {
      // What is missing is said in the claim; the rest of it goes along.
      let claim = claim.bundled(in: pantry)
      for digest in claim.needs + [claim.recipe.document] + (claim.proof.map { [$0] } ?? []) {
        try contents.add(digest)
      }
      for name in claim.trees where contents.trees[name] == nil {
        if let digest = Digest(hex: name), pantry.containsFolder(digest) {
          try contents.add(folder: digest)
        } else {
          try contents.add(tree: name)
        }
      }
    }
    let isAll = order.claims.isEmpty && order.trees.isEmpty && order.contents.isEmpty
    for name in isAll ? pantry.trees().map(\.name) : order.trees { try contents.add(tree: name) }
    return contents
  }

  /// The manifest; of content that was exported before, the one that was made then.
  private func manifest(
    _ contents: ExportContents, _ previous: Manifest?, _ interrupted: Manifest?
  ) throws(GalleyError) -> Manifest {
    for earlier in [interrupted, previous] {
      guard let earlier, order.sequence ?? earlier.sequence == earlier.sequence,
        order.created ?? earlier.created == earlier.created
      else { continue }
      let same = try manifest(contents, sequence: earlier.sequence, created: earlier.created)
      if same == earlier { return same }
    }
    let seen = try SeenBundles(contentsOf: "\(pantry.root)/\(SeenBundles.fileName)").bundle(named: order.name)
    let bases = try order.bases.map { envelope throws(GalleyError) in try Manifest(envelope.payload, at: "the base") }
      .filter { $0.name == order.name }
    let latest = (bases.map(\.sequence) + [seen?.sequence, previous?.sequence].compactMap { $0 }).max() ?? 0
    return try manifest(contents, sequence: order.sequence ?? latest + 1, created: order.created ?? .now)
  }

  private func manifest(
    _ contents: ExportContents, sequence: Int, created: BundleTime
  ) throws(GalleyError) -> Manifest {
    let claims = order.claims.map { $0.bundled(in: pantry) }
    let manifest = Manifest(
      name: order.name, sequence: sequence, created: created, validFrom: order.validFrom,
      validUntil: order.validUntil, galley: galleyVersion.description,
      platforms: Set(claims.map(\.platform) + [Platform.current]).sorted(), claims: claims,
      artifacts: Array(contents.artifacts.values), objects: Array(contents.objects.values),
      trees: Array(contents.trees.values), host: Set(order.host).sorted())
    guard let base = order.bases.first else { return manifest }
    var presupposed: Set<Digest> = []
    for earlier in order.bases.dropFirst() {
      presupposed.formUnion(try Manifest(earlier.payload, at: "the base").objects.map(\.digest))
    }
    return manifest.delta(
      from: try Manifest(base.payload, at: "the base"), digest: base.digest, presupposed: presupposed)
  }

  /// Sees a full disk before it is full.
  private func checkRoom(for byteCount: Int, at path: String) throws(GalleyError) {
    let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    var partial = stat()
    let begun = stat(BundleWriter.partialPath(path), &partial) == 0 ? Int(partial.st_size) : 0
    guard let free = DiskSpace.free(at: folder), free < UInt64(max(0, byteCount - begun)) else { return }
    throw GalleyError(
      .cantCreate, Self.what, at: path,
      why: "it takes \(byteCount - begun) bytes, and \(free) are free",
      remedy: "Free space there, choose another disk, or leave out what a bundle there has with --base.")
  }

  private func keep(_ path: String, _ manifest: Manifest, _ shelf: BundleShelf) throws {
    let envelope = try BundleReader(path).envelope
    for document in shelf.documents(of: envelope, named: manifest.name) {
      do throws(FileError) {
        try AtomicFile.write(document.data, to: "\(pantry.root)/\(document.path)")
      } catch {
        throw GalleyError(writing: error, "can't note the export")
      }
    }
  }
}
