// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import FoundationEssentials
public import Galley
internal import Glibc
internal import JSONStream

/// A bundle in parts, for media that are smaller than it is.
///
/// The list of parts (`NAME.parts.json`) guards against damage and against parts of other bundles; whom to believe is
/// decided by the signature of the whole, as ever.
public struct BundleParts: Sendable, Hashable {
  /// The format that this version reads and writes.
  public static let currentFormat = "galley.parts/1"

  /// One part.
  public struct Part: Sendable, Hashable {
    /// The name of its file.
    public var name: String
    /// SHA-256 of its bytes.
    public var digest: Digest
    /// How many bytes it has.
    public var size: Int
  }

  /// The name of the whole.
  public var name: String
  /// SHA-256 of the whole.
  public var digest: Digest
  /// The parts, in order.
  public var parts: [Part]

  /// Names parts.
  public init(name: String, digest: Digest, parts: [Part]) {
    self.name = name
    self.digest = digest
    self.parts = parts
  }

  /// How many bytes the whole has.
  public var byteCount: Int { parts.reduce(0) { $0 + $1.size } }

  /// The name of the file that lists the parts of a bundle.
  public static func listName(_ name: String) -> String { "\(name).parts.json" }

  private static let largestCount = 10_000

  // MARK: - Splitting

  /// Splits a file into parts of a size, the last one smaller; each appears whole or not at all, the list last.
  /// - Parameters:
  ///   - path: the bundle.
  ///   - size: the most bytes of a part.
  ///   - folder: where the parts and their list are written.
  /// - Throws: `GalleyError` if the file can't be read or a part can't be written.
  public static func split(
    _ path: String, partSize size: Int, into folder: String,
    progress: @escaping (BundleProgress) -> Void = { _ in }
  ) throws(GalleyError) -> BundleParts {
    let reader = try BundleReader(path)
    let count = (reader.byteCount + max(1, size) - 1) / max(1, size)
    guard size >= 1, count <= largestCount else {
      throw GalleyError(
        .usage, "can't split the bundle", at: path,
        why: "parts of \(size) bytes would be \(count), and \(largestCount) are the most",
        remedy: "Choose larger parts.")
    }
    let name = URL(filePath: path).lastPathComponent
    var report = ProgressReport(total: reader.byteCount, progress)
    var whole = RunningDigest()
    var parts: [Part] = []
    for number in 0..<count {
      let digits = String(number + 1)
      let part = "\(name).\(String(repeating: "0", count: max(0, 3 - digits.utf8.count)))\(digits)"
      let offset = number * size
      let length = min(size, reader.byteCount - offset)
      let file = try GrowingFile(for: "\(folder)/\(part)", "can't split the bundle")
      try file.cut()
      do throws(GalleyError) {
        let digest = try ArchiveBytes(reader.descriptor, path).digest(offset, length) { piece throws(GalleyError) in
          whole.update(piece)
          try file.append(piece)
          report.add(piece.count)
        }
        try file.finish()
        parts.append(Part(name: part, digest: digest, size: length))
      } catch {
        file.abandon()
        throw error
      }
    }
    let list = BundleParts(name: name, digest: whole.finish(), parts: parts)
    var json = JSONWriter()
    write(list, &json)
    try AtomicFile.write(to: "\(folder)/\(listName(name))", or: "can't split the bundle") { Data(json.bytes) }
    return list
  }

  // MARK: - Joining

  /// Reads a list of parts.
  /// - Throws: `GalleyError` if it can't be read or is no such list.
  public init(contentsOf path: String) throws(GalleyError) {
    let failure = "can't read the list of parts"
    guard let data = try LocalRecord.read(path, failure) else {
      throw GalleyError(.missingInput, failure, at: path, why: "the file doesn't exist")
    }
    self = try CanonicalJSON.read(data, failure, at: path) { json in
      try Self.read(&json)
    } writing: {
      Self.write($0, &$1)
    }
  }

  /// Joins the parts. Where one is missing, those before it are kept beside the result (`PATH.partial`): put in the next
  /// medium and join again.
  /// - Parameters:
  ///   - folders: where parts are looked for.
  ///   - path: the joined bundle.
  /// - Throws: `GalleyError`: `tryAgain` if a part is nowhere, `badData` if one is damaged.
  public func join(
    from folders: [String], to path: String, progress: @escaping (BundleProgress) -> Void = { _ in }
  ) throws(GalleyError) {
    let failure = "can't join the bundle"
    let file = try GrowingFile(for: path, failure)
    var report = ProgressReport(total: byteCount, progress)
    var whole = RunningDigest()
    var isKept = true
    for part in parts {
      if isKept {
        isKept = Self.keep(part, in: file, &whole)
        if isKept {
          report.add(part.size)
          continue
        }
        try file.cut()
      }
      try append(part, from: folders, to: file, &whole, &report)
    }
    try file.cut()
    guard whole.finish() == digest else {
      file.abandon()
      throw GalleyError(
        .badData, failure, at: path, why: "the parts are whole, and together they are not the bundle of the list",
        remedy: "Split it again.")
    }
    try file.finish()
  }

  /// Whether the file holds a part behind what counts; counts it then.
  private static func keep(_ part: Part, in file: GrowingFile, _ whole: inout RunningDigest) -> Bool {
    var copy = whole
    let found = try? ArchiveBytes(file.descriptor, file.partial).digest(file.byteCount, part.size) { copy.update($0) }
    guard found == part.digest else { return false }
    whole = copy
    file.keep(part.size)
    return true
  }

  private func append(
    _ part: Part, from folders: [String], to file: GrowingFile, _ whole: inout RunningDigest,
    _ report: inout ProgressReport
  ) throws(GalleyError) {
    let failure = "can't join the bundle"
    guard let source = folders.map({ "\($0)/\(part.name)" }).first(where: FileManager.default.fileExists) else {
      let after = parts.firstIndex(of: part).map { "\($0) of \(parts.count) parts are joined" } ?? ""
      throw GalleyError(
        .tryAgain, failure, at: part.name, why: "the part is not in \(folders.joined(separator: ", ")); \(after)",
        remedy: "Put in the medium that has it, then join again: what was joined is kept.")
    }
    let descriptor = open(source, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw GalleyError(.missingInput, failure, at: source, why: FileError(.read, source).reason)
    }
    defer { close(descriptor) }
    let found = try ArchiveBytes(descriptor, source).digest(0, part.size) { piece throws(GalleyError) in
      whole.update(piece)
      try file.append(piece)
      report.add(piece.count)
    }
    guard found == part.digest else {
      throw GalleyError(
        .badData, failure, at: source,
        why: "the part is damaged: its bytes have the digest \(found.short), not \(part.digest.short)",
        remedy: "Copy this part again, then join again: what was joined is kept.")
    }
  }

  // MARK: - The list

  private static func write(_ list: BundleParts, _ json: inout JSONWriter) {
    json.object { json in
      json.key("format")
      json.write(currentFormat)
      json.key("name")
      json.write(list.name)
      json.key("parts")
      json.array { json in
        for part in list.parts {
          json.object { json in
            json.key("name")
            json.write(part.name)
            json.key("sha256")
            json.write(part.digest.hex)
            json.key("size")
            json.write(part.size)
          }
        }
      }
      json.key("sha256")
      json.write(list.digest.hex)
    }
  }

  private static func read(_ json: inout JSONReader) throws -> BundleParts {
    var (format, name, parts, digest): (String?, String?, [Part]?, Digest?) = (nil, nil, nil, nil)
    try json.fields { json, key in
      switch key {
      case "format": format = try json.plainText(atMost: 100)
      case "name": name = try fileName(&json)
      case "parts": parts = try json.list("parts", atMost: largestCount) { try part(&$0) }
      case "sha256": digest = try json.digest()
      default: return false
      }
      return true
    }
    guard format == currentFormat else { throw CanonicalProblem("its format is '\(format ?? "")'") }
    return BundleParts(
      name: try json.required(name, "name"), digest: try json.required(digest, "sha256"),
      parts: try json.required(parts, "parts"))
  }

  private static func part(_ json: inout JSONReader) throws -> Part {
    var (name, digest, size): (String?, Digest?, Int?) = (nil, nil, nil)
    try json.fields { json, key in
      switch key {
      case "name": name = try fileName(&json)
      case "sha256": digest = try json.digest()
      case "size": size = try json.int()
      default: return false
      }
      return true
    }
    let count = try json.required(size, "size")
    // A terabyte each: the sum of all can't overflow.
    guard 0...(1 << 40) ~= count else { throw json.problem("a part can't have \(count) bytes") }
    return Part(name: try json.required(name, "name"), digest: try json.required(digest, "sha256"), size: count)
  }

  /// A name without folders: a list must not lead to files elsewhere.
  private static func fileName(_ json: inout JSONReader) throws -> String {
    let name = try json.plainText(atMost: 255)
    guard TreeRules.stepCount(name) == 1 else { throw json.problem("'\(name)' is no file's name") }
    return name
  }
}
