// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials

/// What the bootstrap installed into a folder, as its `installed.json` says.
public struct InstalledLibraries: Sendable, Hashable {
  /// One installed library.
  public struct Record: Sendable, Hashable, Codable {
    /// The library's name in the lock.
    public let name: String
    /// The installed version.
    public let version: String
    /// The library's folder, relative to the folder of `installed.json`.
    public let path: String
    /// The main file, relative to `path`.
    public let main: String
    /// The main file's SHA-256 in hexadecimal.
    public let sha256: String
    /// The licence as an SPDX expression.
    public let licence: String
    /// Files that are opened before the main file, in this order, relative to `path`: what it needs, and what these
    /// need, in the order of their dependencies. So a library finds them without the dynamic linker's search.
    public let preload: [String]

    private enum Key: String, CodingKey { case name, version, path, main, sha256, licence, preload }

    public init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      name = try container.decode(String.self, forKey: .name)
      version = try container.decode(String.self, forKey: .version)
      path = try container.decode(String.self, forKey: .path)
      main = try container.decode(String.self, forKey: .main)
      sha256 = try container.decode(String.self, forKey: .sha256)
      licence = try container.decode(String.self, forKey: .licence)
      preload = try container.decodeIfPresent([String].self, forKey: .preload) ?? []
    }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(name, forKey: .name)
      try container.encode(version, forKey: .version)
      try container.encode(path, forKey: .path)
      try container.encode(main, forKey: .main)
      try container.encode(sha256, forKey: .sha256)
      try container.encode(licence, forKey: .licence)
      if !preload.isEmpty { try container.encode(preload, forKey: .preload) }
    }

    /// A record.
    public init(
      name: String, version: String, path: String, main: String, sha256: String, licence: String, preload: [String] = []
    ) {
      self.name = name
      self.version = version
      self.path = path
      self.main = main
      self.sha256 = sha256
      self.licence = licence
      self.preload = preload
    }
  }

  private struct Document: Codable {
    let format: Int
    let libraries: [Record]
  }

  /// The bytes of an `installed.json` that lists these libraries; the same list gives the same bytes.
  /// - Throws: what the encoder throws; records of texts give it no reason to.
  public static func document(of records: [Record]) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(Document(format: format, libraries: records)) + Data("\n".utf8)
  }

  /// The file's name.
  public static let fileName = "installed.json"
  private static let format = 1

  /// The folder that holds the libraries.
  public let folder: String
  /// The installed libraries, in the lock's order.
  public let records: [Record]

  /// Reads `installed.json` in `folder`.
  /// - Returns: nil if there is no such file.
  /// - Throws: `NativeLibraryError.Code.installationDamaged` if the file is there and can't be understood.
  public static func read(folder: String) throws(NativeLibraryError) -> InstalledLibraries? {
    let path = folder + "/" + fileName
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let document: Document
    do {
      document = try JSONDecoder().decode(Document.self, from: Data(contentsOf: URL(filePath: path)))
    } catch {
      throw damaged(path, Self.reason(error))
    }
    guard document.format == format else {
      throw damaged(path, "its format is \(document.format), and this Galley reads format \(format)")
    }
    for record in document.libraries where !([record.path, record.main] + record.preload).allSatisfy(isInside) {
      throw damaged(path, "the path of \(record.name) leads outside the folder")
    }
    return InstalledLibraries(folder: folder, records: document.libraries)
  }

  /// The record of a library; nil if it is not installed. Where only one version will do and another is installed, the
  /// other's record: whoever opens it can say more about the difference.
  public func record(of library: NativeLibrary) -> Record? {
    let records = records.filter { $0.name == library.name }
    return records.first { library.version == nil || $0.version == library.version } ?? records.first
  }

  /// The full path of a record's main file.
  public func path(of record: Record) -> String {
    "\(folder)/\(record.path)/\(record.main)"
  }

  /// The full paths of what is opened before a record's main file.
  func preload(of record: Record) -> [String] {
    record.preload.map { "\(folder)/\(record.path)/\($0)" }
  }

  static func damaged(_ path: String, _ reason: String) -> NativeLibraryError {
    NativeLibraryError(
      .installationDamaged, failure: "The installed native libraries can't be used", path: path, reason: reason,
      advice: "run 'make setup' or 'python3 Native/bootstrap.py' again, which repairs the folder")
  }

  private static func isInside(_ path: String) -> Bool {
    !path.isEmpty && !path.hasPrefix("/") && !path.split(separator: "/").contains("..")
  }

  private static func reason(_ error: any Error) -> String {
    switch error as? DecodingError {
    case .keyNotFound(let key, _): "it lacks the key '\(key.stringValue)'"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "the value at '\(context.codingPath.map(\.stringValue).joined(separator: "."))' is of another kind than expected"
    case .dataCorrupted: "it is not JSON"
    default: "it can't be read"
    }
  }
}
