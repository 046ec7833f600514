// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import FoundationEssentials
internal import GRDB
public import Galley

/// Golden volumes that are read together, as one table; reading changes no file.
///
/// A row that several volumes hold is shown once, from the first of them.
public final class GoldenVolumes: Sendable {
  private let files: [VolumeFile]
  let queue: DatabaseQueue
  /// Further connections; `nil` for several volumes, whose rows no range of numbers divides.
  let scan: VolumeScan?
  /// A table of so many rows is looked through by several connections.
  let leastScanned: Int64

  /// The most volumes that can be read together: SQLite's default limit, and one.
  public static let mostTogether = 11

  /// Names and paths of the volumes, in order.
  public var volumes: [(name: String, path: String)] { files.map { ($0.name, $0.path) } }

  /// Opens volumes.
  /// - Parameter volumes: Paths with the names under which their rows are shown.
  /// - Throws: `GalleyError` that names the first one that is missing, isn't a volume, is damaged, or was made by a
  ///   newer Galley.
  public convenience init(_ volumes: [(name: String, path: String)]) throws(GalleyError) {
    try self.init(volumes, scanningFrom: 50_000)
  }

  /// Opens volumes whose tables are looked through by several connections from a number of rows on.
  package init(_ volumes: [(name: String, path: String)], scanningFrom rows: Int) throws(GalleyError) {
    var files: [VolumeFile] = []
    for (name, path) in volumes {
      do {
        files.append(try VolumeFile(name: name, path: path))
      } catch {
        throw VolumeFailure.explain(error, "read", path)
      }
    }
    guard let first = files.first, files.count <= Self.mostTogether else {
      throw GalleyError(
        .usage, "can't read the golden volumes", why: "\(files.count) were named, and 1 to \(Self.mostTogether) can be",
        remedy: "Merge some of them first: galley golden merge.")
    }
    self.files = files
    leastScanned = Int64(rows)
    let path = first.readPath
    scan = files.count == 1 ? VolumeScan { try Self.connect(path, [], patience: nil) } : nil
    do {
      queue = try Self.connect(path, files.dropFirst().map(\.readPath))
    } catch {
      throw VolumeFailure.explain(error, "read", files.map(\.path).joined(separator: ", "))
    }
  }

  /// Opens volumes; a volume's name is its file's, without its suffix.
  /// - Throws: `GalleyError` as above.
  public convenience init(paths: [String]) throws(GalleyError) {
    try self.init(paths.map { (Self.name(of: $0), $0) })
  }

  deinit {
    scan?.close()
    try? queue.close()
    for file in files { file.remove() }
  }

  /// A volume's name, from its path.
  public static func name(of path: String) -> String {
    let file = path.split(separator: "/").last.map(String.init) ?? path
    return file.lastIndex(of: ".").flatMap { $0 > file.startIndex ? String(file[..<$0]) : nil } ?? file
  }

  /// - Parameter patience: seconds to wait while another process writes; `nil` doesn't wait.
  private static func connect(
    _ first: String, _ others: [String], patience: Double? = 30
  ) throws -> DatabaseQueue {
    var configuration = Configuration()
    // What is attached is opened with the same rights.
    configuration.readonly = true
    configuration.busyMode = patience.map { .timeout($0) } ?? .immediateError
    configuration.label = "GoldenVolumes"
    configuration.prepareDatabase { database in
      // Pages are read where the system keeps them instead of being copied.
      try database.execute(sql: "PRAGMA mmap_size = 1099511627776")
      try database.execute(sql: "PRAGMA cache_size = -65536")
      for (position, file) in others.enumerated() {
        try database.execute(sql: "ATTACH DATABASE ? AS v\(position + 1)", arguments: [file])
        try database.execute(sql: "PRAGMA v\(position + 1).mmap_size = 1099511627776")
      }
      if !others.isEmpty {
        for table in ["golden", "document", "recipe"] { try database.execute(sql: view(of: table, others.count)) }
      }
      try database.execute(sql: "PRAGMA query_only = 1")
    }
    return try DatabaseQueue(path: first, configuration: configuration)
  }

  /// All volumes' rows of a table; a row that an earlier volume holds is left out.
  private static func view(of table: String, _ count: Int) -> String {
    let key = table == "recipe" ? "digest" : "id"
    let parts = (0...count).map { position in
      let schema = position == 0 ? "main" : "v\(position)"
      let earlier = (0..<position).map { other in
        "NOT EXISTS (SELECT 1 FROM \(other == 0 ? "main" : "v\(other)").\(table) e WHERE e.\(key) = t.\(key))"
      }
      let condition = earlier.isEmpty ? "" : " WHERE " + earlier.joined(separator: " AND ")
      return "SELECT * FROM \(schema).\(table) t\(condition)"
    }
    return "CREATE TEMP VIEW \(table) AS " + parts.joined(separator: " UNION ALL ")
  }

  /// Reads from all volumes at one moment.
  func read<Result>(_ body: (Database) throws -> Result) throws(GalleyError) -> Result {
    do {
      return try queue.read(body)
    } catch {
      throw VolumeFailure.explain(error, "read", files.map(\.path).joined(separator: ", "))
    }
  }

  /// Proves each volume.
  /// - Returns: how many rows each has.
  /// - Throws: `GalleyError` with the first thing that is wrong.
  public func check() throws(GalleyError) -> [Int] {
    var counts: [Int] = []
    for file in files {
      do {
        let queue = try Self.connect(file.readPath, [])
        defer { try? queue.close() }
        counts.append(try queue.read { try VolumeProof.prove($0, file.path) })
      } catch {
        throw VolumeFailure.explain(error, "check", file.path)
      }
    }
    return counts
  }

  /// Digest of a volume's file as it is.
  /// - Throws: `GalleyError`.
  public static func digest(of path: String) throws(GalleyError) -> Digest {
    do throws(FileError) {
      return try Digest(ofFileAt: path)
    } catch {
      throw GalleyError(.missingInput, "can't read the golden volume", at: path, why: error.reason)
    }
  }
}
