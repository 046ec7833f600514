// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import GRDB

/// The tables of the index, by version. A version, once released, never changes; a change is a new version.
enum IndexSchema {
  /// Marks an SQLite file as a pantry's index: "GPAN" in ASCII, as SQLite's `application_id`.
  static let applicationID = 0x4750_414E

  /// Makes any earlier version the present one.
  static let migrator: DatabaseMigrator = {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { database in
      try database.execute(sql: "PRAGMA application_id = \(applicationID)")
      try database.execute(sql: firstVersion)
    }
    return migrator
  }()

  /// Units are in the names: `_bytes` bytes, `_s` seconds, `_unix_s` seconds since 1970-01-01 00:00 UTC, `_ns`
  /// nanoseconds since then. `stamp` tells whether the file that a row was read from is still the same one; `checksum`
  /// is over the other columns of the row.
  private static let firstVersion = """
    CREATE TABLE artifact (
      digest TEXT PRIMARY KEY NOT NULL,
      size_bytes INTEGER NOT NULL,
      name TEXT,
      role TEXT,
      origin TEXT,
      licence TEXT,
      added_unix_s REAL NOT NULL,
      last_used_unix_s REAL NOT NULL,
      is_pinned INTEGER NOT NULL,
      stamp INTEGER NOT NULL,
      checksum INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX artifact_size ON artifact (size_bytes);
    CREATE TABLE artifact_user (
      digest TEXT NOT NULL,
      kind TEXT NOT NULL,
      user TEXT NOT NULL,
      name TEXT NOT NULL,
      checksum INTEGER NOT NULL,
      PRIMARY KEY (digest, kind, user)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX artifact_user_user ON artifact_user (kind, user);
    CREATE TABLE stage (
      key TEXT PRIMARY KEY NOT NULL,
      stage TEXT NOT NULL,
      finished_unix_s REAL NOT NULL,
      record_json TEXT NOT NULL,
      stamp INTEGER NOT NULL,
      checksum INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX stage_stage ON stage (stage, finished_unix_s);
    CREATE TABLE run (
      id TEXT PRIMARY KEY NOT NULL,
      recipe TEXT,
      started_unix_s REAL NOT NULL,
      size_bytes INTEGER NOT NULL,
      stamp INTEGER NOT NULL,
      checksum INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE folder (
      path TEXT PRIMARY KEY NOT NULL,
      changed_ns INTEGER NOT NULL,
      files INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    """
}

/// A row of the index isn't what was written.
struct IndexDamage: Error {
  let why: String
}

/// A sum over a row's columns, which finds any single flipped byte. SQLite itself sees one only where it breaks the
/// structure of its file.
///
/// It is FNV-1a (Fowler, Noll, Vo) over words of eight bytes in place of single ones, for speed; multiplying by an odd
/// number and exclusive or are both reversible, so two inputs that differ in one word have different sums.
struct RowSum {
  private var state: UInt64 = 0xCBF2_9CE4_8422_2325

  var value: Int64 { Int64(bitPattern: state) }

  mutating func add(_ text: String?) {
    guard var text else { return mix(.max) }
    text.withUTF8 { bytes in
      let bytes = UnsafeRawBufferPointer(bytes)
      let whole = bytes.count & ~7
      for position in stride(from: 0, to: whole, by: 8) {
        mix(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)))
      }
      mix(bytes[whole...].reduce(0) { $0 << 8 | UInt64($1) })
      mix(UInt64(bytes.count))
    }
  }

  mutating func add(_ number: Int64) { mix(UInt64(bitPattern: number)) }

  mutating func add(_ number: Double) { add(Int64(bitPattern: number.bitPattern)) }

  private mutating func mix(_ word: UInt64) { state = (state ^ word) &* 0x0000_0100_0000_01B3 }
}
