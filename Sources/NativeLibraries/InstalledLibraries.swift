// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials

/// What the bootstrap installed into a folder, as its `installed.json` says.
public struct InstalledLibraries: Sendable, Hashable {
  /// One installed library.
  public struct Record: Sendable, Hashable, Decodable {
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
  }

  private struct Document: Decodable {
    let format: Int
    let libraries: [Record]
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
    for record in document.libraries where !(isInside(record.path) && isInside(record.main)) {
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
