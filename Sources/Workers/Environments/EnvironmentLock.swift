// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import FoundationEssentials
public import Galley

/// What a worker's file needs, each wheel with its digest: the file `FILE.lock`, a `pylock.toml` of PEP 751 for one kind
/// of machine and one version of Python.
public struct EnvironmentLock: Sendable, Hashable {
  /// One package and the wheels that may be installed.
  public struct Package: Sendable, Hashable {
    /// Its name, as the index has it.
    public var name: String
    /// Its version.
    public var version: String
    /// The wheels, as artifacts.
    public var wheels: [ArtifactRequirement]
    /// When it is needed, as PEP 508 writes it; always if it isn't said.
    public var marker: String?
  }

  /// SHA-256 of the file.
  public let digest: Digest
  /// The packages in the file's order.
  public let packages: [Package]
  /// SHA-256 of the block of the worker's file that it was made for.
  let requirements: Digest
  /// The kind of machine: `linux-x86_64`.
  let platform: String
  /// The first two numbers of Python's version: `3.11`.
  let python: String

  /// Reads a lock.
  /// - Throws: `GalleyError`: `missingInput` if there is none, `badData` if it isn't one of Galley's.
  init(of program: WorkerProgram) throws(GalleyError) {
    let path = program.lockPath
    guard let data = FileManager.default.contents(atPath: path) else {
      throw GalleyError(
        .missingInput, "can't read the worker's lock", at: path, why: FileError(.read, path).reason,
        remedy: "Make it: galley worker lock \(program.path)")
    }
    try self.init(data, at: path, of: program)
  }

  init(_ data: Data, at path: String, of program: WorkerProgram) throws(GalleyError) {
    func refuse(_ why: String) -> GalleyError {
      GalleyError(
        .badData, "can't use the worker's lock", at: path, why: why,
        remedy: "Make it anew: galley worker lock \(program.path)")
    }
    let document: [String: ConfigurationValue]
    do throws(TOMLProblem) {
      document = try TOMLDocument(utf8: Array(data)).values
    } catch {
      throw refuse(error.description)
    }
    guard document["lock-version"]?.text == "1.0" else { throw refuse("its 'lock-version' isn't 1.0") }
    guard let own = document["tool"]?["galley"], let digits = own["requirements"]?.text,
      let requirements = Digest(hex: digits), let platform = own["platform"]?.text,
      let python = own["python"]?.text
    else { throw refuse("galley worker lock didn't write it") }
    guard case .list(let entries)? = document["packages"] ?? .list([]) else { throw refuse("'packages' is no list") }
    var packages: [Package] = []
    for entry in entries {
      do throws(LockProblem) {
        packages.append(try Package(entry))
      } catch {
        throw refuse(error.why)
      }
    }
    digest = Digest(of: data)
    (self.packages, self.requirements, self.platform, self.python) = (packages, requirements, platform, python)
  }

  /// All wheels.
  public var wheels: [ArtifactRequirement] { packages.flatMap(\.wheels) }
}

/// Why a lock's entry can't be used.
private struct LockProblem: Error {
  var why: String
}

extension EnvironmentLock.Package {
  fileprivate init(_ entry: ConfigurationValue) throws(LockProblem) {
    guard let name = entry["name"]?.text, Self.isPlain(name) else {
      throw LockProblem(why: "a package has no name")
    }
    guard let version = entry["version"]?.text, Self.isPlain(version) else {
      throw LockProblem(why: "the package '\(name)' has no version")
    }
    guard case .list(let values)? = entry["wheels"], !values.isEmpty else {
      throw LockProblem(why: "the package '\(name)' has no wheel; packages aren't built here")
    }
    var wheels: [ArtifactRequirement] = []
    for value in values { wheels.append(try Self.wheel(value, of: name)) }
    let marker = entry["marker"]
    guard marker.map({ $0.text.map(Self.isMarker) ?? false }) ?? true else {
      throw LockProblem(why: "the package '\(name)' has a marker that is none")
    }
    self.init(name: name, version: version, wheels: wheels, marker: marker?.text)
  }

  private static func wheel(_ value: ConfigurationValue, of name: String) throws(LockProblem) -> ArtifactRequirement {
    guard let digits = value["hashes"]?["sha256"]?.text, let digest = Digest(hex: digits) else {
      throw LockProblem(why: "a wheel of '\(name)' has no SHA-256")
    }
    let origin: String
    if let url = value["url"]?.text {
      origin = url
    } else if let path = value["path"]?.text, path.hasPrefix("/") {
      origin = URL(filePath: path).absoluteString
    } else {
      throw LockProblem(why: "a wheel of '\(name)' has neither an address nor a path")
    }
    guard let file = value["name"]?.text ?? URL(string: origin)?.lastPathComponent, file.hasSuffix(".whl"),
      !file.contains("/")
    else { throw LockProblem(why: "a wheel of '\(name)' has no name") }
    var size: Int?
    if case .int(let number)? = value["size"], number >= 0 { size = number }
    return ArtifactRequirement(name: file, role: .library, digest: digest, byteCount: size, origins: [origin])
  }

  /// Whether a text may be a marker: uv judges what it says, but nothing else may come of it on a line of requirements.
  private static func isMarker(_ text: String) -> Bool {
    !text.contains("--")
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: " '\"().,_-+*<>=!~".utf8.contains(byte)
        }
      }
  }

  /// What may stand in a line of requirements without meaning something else there.
  private static func isPlain(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { $0 > 32 && $0 < 127 && !"#;@,=<>~!\\\"'".utf8.contains($0) }
  }
}
