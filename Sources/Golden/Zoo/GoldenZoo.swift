// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Bundles
public import Files
public import FoundationEssentials
public import Galley

/// A folder or a static address with golden volumes, and an index that names them by digest.
public struct GoldenZoo: Sendable, Hashable, Codable {
  /// Name and version of the index's format.
  public var schema = Self.currentSchema
  /// The volumes, by name.
  public var volumes: [Volume]

  /// The format that this version reads and writes.
  public static let currentSchema = "galley.zoo/1"
  /// The index's file within a zoo.
  public static let indexName = "index.json"
  private static let suffixes = [".sqlite", ".golden", ".sqlite3", ".db"]

  /// A volume in a zoo.
  public struct Volume: Sendable, Hashable, Codable {
    /// Its name, unique in the zoo.
    public var name: String
    /// Its file, relative to the index.
    public var file: String
    /// SHA-256 of the file.
    public var digest: Digest
    /// Size of the file in bytes.
    public var byteCount: Int
    /// How many rows it has.
    public var rows: Int
    /// The tasks of its rows.
    public var tasks: [String]
    /// What computed.
    public var hardware: [String]
    /// The data sets, by digest or name.
    public var data: [String]

    /// Describes a volume.
    public init(
      name: String, file: String, digest: Digest, byteCount: Int, rows: Int, tasks: [String], hardware: [String],
      data: [String]
    ) {
      self.name = name
      self.file = file
      self.digest = digest
      self.byteCount = byteCount
      self.rows = rows
      self.tasks = tasks
      self.hardware = hardware
      self.data = data
    }
  }

  /// A zoo of these volumes.
  public init(volumes: [Volume]) { self.volumes = volumes }

  /// Looks at every volume in a folder; each is proved.
  /// - Throws: `GalleyError` with the first volume that is damaged, or if there is none.
  public init(ofFolder folder: String) throws(GalleyError) {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
      .filter { name in Self.suffixes.contains { name.hasSuffix($0) } }
    guard !names.isEmpty else {
      throw GalleyError(
        .missingInput, "can't index the zoo", at: folder,
        why: "there is no volume (\(Self.suffixes.joined(separator: ", ")))")
    }
    var volumes: [Volume] = []
    for name in names { volumes.append(try Self.volume(name, in: folder)) }
    let twice = Dictionary(grouping: volumes, by: \.name).first { $0.value.count > 1 }
    if let twice {
      throw GalleyError(
        .badData, "can't index the zoo", at: folder,
        why: "\(twice.value.map(\.file).joined(separator: " and ")) have one name", remedy: "Rename one of them.")
    }
    self.init(volumes: volumes)
  }

  private static func volume(_ file: String, in folder: String) throws(GalleyError) -> Volume {
    let path = "\(folder)/\(file)"
    let volumes = try GoldenVolumes(paths: [path])
    let rows = try volumes.check().first ?? 0
    let description = try volumes.describe()
    func values(_ columns: String...) -> [String] {
      Set(columns.flatMap { description.groups[$0] ?? [] }.compactMap(\.value)).sorted()
    }
    let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
    return Volume(
      name: GoldenVolumes.name(of: file), file: file, digest: try GoldenVolumes.digest(of: path), byteCount: size,
      rows: rows, tasks: values("task"), hardware: values("hardware"), data: values("data_digest", "data_name"))
  }

  /// Reads an index.
  /// - Throws: `GalleyError` if it isn't one, was made by a newer Galley, or names a file outside the zoo.
  public init(_ data: Data, from place: String) throws(GalleyError) {
    func refusal(_ why: String) -> GalleyError {
      GalleyError(.badData, "can't read the zoo's index", at: place, why: why)
    }
    guard let zoo = try? JSONDecoder().decode(GoldenZoo.self, from: data) else { throw refusal("it isn't an index") }
    guard zoo.schema == Self.currentSchema else {
      throw refusal("its schema is '\(zoo.schema)', and this Galley reads '\(Self.currentSchema)'")
    }
    for volume in zoo.volumes {
      let parts = volume.file.split(separator: "/", omittingEmptySubsequences: false)
      guard !volume.file.isEmpty, !volume.file.contains(":"), !volume.file.contains("\0"),
        parts.allSatisfy({ !$0.isEmpty && $0 != ".." && $0 != "." })
      else { throw refusal("the file of '\(volume.name)' isn't within the zoo") }
    }
    guard Set(zoo.volumes.map(\.name)).count == zoo.volumes.count else { throw refusal("a name stands twice") }
    self = zoo
  }

  /// Writes the index into a folder; with keys it is signed, in the envelope that bundles have.
  /// - Returns: its path.
  /// - Throws: `GalleyError` if it can't be written.
  public func write(to folder: String, signedBy keys: [SigningKey] = []) throws(GalleyError) -> String {
    let path = "\(folder)/\(Self.indexName)"
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(to: path, or: "can't write the zoo's index") {
      let index = try encoder.encode(self) + Data("\n".utf8)
      guard !keys.isEmpty else { return index }
      var envelope = Envelope(type: Envelope.zooType, payload: index)
      for key in keys { try envelope.sign(with: key) }
      return envelope.data
    }
    return path
  }

  /// The volume with a name.
  /// - Throws: `GalleyError` that names the nearest.
  public func volume(_ name: String) throws(GalleyError) -> Volume {
    guard let volume = volumes.first(where: { $0.name == name }) else {
      throw GalleyError(
        .missingInput, "can't find the volume '\(name)'", why: "the zoo has no volume of that name",
        remedy: NearestName.match(name, in: volumes.map(\.name)).map { "Did you mean '\($0)'?" }
          ?? "It has \(volumes.map(\.name).joined(separator: ", ")).")
    }
    return volume
  }
}
