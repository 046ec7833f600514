// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Fetching
import Files
import Foundation
import Galley

/// The servers that the tests talk to; each is started once and ends with the test process.
enum TestServers {
  static let root: String = {
    atexit { try? FileManager.default.removeItem(atPath: TestServers.root) }
    return FileManager.default.temporaryDirectory.path + "/galley-fetching-\(getpid())"
  }()
  private static let scripts = URL(filePath: #filePath).deletingLastPathComponent().path + "/Servers"

  struct Server: Sendable {
    var child: Child
    var port: Int
  }

  private static let http = Task { try await start(["\(scripts)/origin.py", folder()]) }
  private static let authority = Task { try await makeAuthority() }
  private static let https = Task {
    let files = try await authority.value
    return try await start(["\(scripts)/origin.py", folder(), "\(files)/server.pem", "\(files)/server.key"])
  }

  /// A number that no other test of this process has.
  static func newIdentifier() -> String { UUID().uuidString.lowercased() }

  static func httpPort() async throws -> Int { try await http.value.port }
  static func httpsPort() async throws -> Int { try await https.value.port }

  /// The PEM file of the authority that made the https server's certificate.
  static func authorityFile() async throws -> String { try await authority.value + "/authority.pem" }

  /// A proxy of its own for one test, with the file that it logs to.
  static func proxy(secret: String? = nil) async throws -> (port: Int, log: String, child: Child) {
    let log = "\(folder())/\(newIdentifier()).proxy"
    let server = try await start(["\(scripts)/proxy.py", log] + (secret.map { [$0] } ?? []))
    return (server.port, log, server.child)
  }

  private static func start(_ words: [String]) async throws -> Server {
    let child = try Child(["python3"] + words)
    guard let port = Int(try await child.firstLine()) else { throw Child.Failure(text: child.complaints) }
    return Server(child: child, port: port)
  }

  static func folder() -> String {
    try? FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    return root
  }

  private static func makeAuthority() async throws -> String {
    let folder = folder()
    let script = """
      set -e; cd "\(folder)"
      openssl req -x509 -newkey rsa:2048 -nodes -keyout authority.key -out authority.pem -days 2 -subj "/CN=Galley test"
      openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost
      printf 'subjectAltName=DNS:localhost,DNS:model.test' > names
      openssl x509 -req -in server.csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 2 -extfile names \
        -out server.pem
      """
    let child = try Child(["sh", "-c", script])
    let (status, _) = try await child.end()
    guard status == 0 else { throw Child.Failure(text: child.complaints) }
    return folder
  }

  /// What the server noted of a request.
  struct Request: Decodable, Sendable {
    var method: String
    var path: String
    var headers: [String: String]
  }

  /// The requests with an identifier, in order.
  static func requests(_ identifier: String) throws -> [Request] {
    guard let text = try? String(contentsOfFile: "\(root)/\(identifier).log", encoding: .utf8) else { return [] }
    return try text.split(separator: "\n").map { try JSONDecoder().decode(Request.self, from: Data($0.utf8)) }
  }
}

/// A file that the servers have, and folders to fetch it into.
struct Scene: Sendable {
  let identifier = TestServers.newIdentifier()
  let name: String
  let bytes: Data
  let folder: String

  /// Bytes of a seeded generator, so that no two places of a file look alike.
  init(byteCount: Int = 300_000, seed: UInt64 = 1) throws {
    var state = seed
    let words = (0..<(byteCount / 8 + 1)).map { _ -> UInt64 in
      // SplitMix64 (Steele, Lea, Flood 2014).
      state &+= 0x9E37_79B9_7F4A_7C15
      var word = state
      word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
      word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
      return word ^ (word >> 31)
    }
    try self.init(words.withUnsafeBytes { Data($0.prefix(byteCount)) })
  }

  init(_ bytes: Data) throws {
    self.bytes = bytes
    name = "\(identifier).bin"
    folder = TestServers.folder() + "/\(identifier)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try bytes.write(to: URL(filePath: "\(TestServers.root)/\(name)"))
  }

  var digest: Digest { Digest(of: bytes) }
  var destination: String { "\(folder)/out/\(name)" }
  var partial: String { "\(folder)/partial" }
  var key: String { digest.hex }

  /// The file's address at the http server, under a behaviour.
  func address(_ behaviour: String, host: String = "127.0.0.1") async throws -> String {
    "http://\(host):\(try await TestServers.httpPort())/\(identifier)/\(behaviour)/\(name)"
  }

  func secureAddress(_ behaviour: String, host: String = "localhost") async throws -> String {
    "https://\(host):\(try await TestServers.httpsPort())/\(identifier)/\(behaviour)/\(name)"
  }

  func requirement(_ origins: [String]) -> ArtifactRequirement {
    ArtifactRequirement(name: name, role: .data, digest: digest, origins: origins)
  }

  var requests: [TestServers.Request] { get throws { try TestServers.requests(identifier) } }

  /// Fetches with short pauses.
  func fetch(
    _ requirement: ArtifactRequirement, _ policy: FetchPolicy = .quick,
    progress: @escaping @Sendable (FetchProgress) -> Void = { _ in }
  ) async throws(GalleyError) -> Fetched {
    try await Fetcher(policy).fetch(requirement, to: destination, partial: partial, progress: progress)
  }

  /// The error of a fetch that must fail.
  func failure(
    _ requirement: ArtifactRequirement, _ policy: FetchPolicy = .quick,
    progress: @escaping @Sendable (FetchProgress) -> Void = { _ in }
  ) async -> GalleyError? {
    do throws(GalleyError) {
      _ = try await fetch(requirement, policy, progress: progress)
      return nil
    } catch {
      return error
    }
  }

  /// Whether the destination holds exactly the file's bytes.
  var isInPlace: Bool { (try? Data(contentsOf: URL(filePath: destination))) == bytes }
  var isAbsent: Bool { !FileManager.default.fileExists(atPath: destination) }
  /// Names of what is left in the folder of partial files.
  var leftovers: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: partial)) ?? []).sorted() }
}

extension FetchPolicy {
  static var quick: FetchPolicy {
    var policy = FetchPolicy()
    policy.firstPause = .milliseconds(1)
    return policy
  }
}
