// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Synchronization
internal import TargetTransport

/// The hosts whose certificates are pinned, in a file that only the agent's user may read.
final class TrustedHosts: Sendable {
  /// A host.
  struct Host: Sendable, Hashable, Codable {
    /// SHA-256 of its certificate.
    var certificate: Digest
    /// When it was pinned: seconds since 1970.
    var time: Int
  }

  private struct Content: Codable {
    var format = "galley.hosts/1"
    var hosts: [Host]
  }

  private let path: String
  private let hosts: Mutex<[Host]>

  /// Reads the file; nobody is known if there is none.
  /// - Throws: `GalleyError` if it can't be read or isn't such a file.
  init(path: String) throws(GalleyError) {
    self.path = path
    hosts = Mutex(try Self.read(path))
  }

  private static func read(_ path: String) throws(GalleyError) -> [Host] {
    guard let text = try PrivateFile.read(path, "can't read which hosts are known") else { return [] }
    guard let content = try? JSONDecoder().decode(Content.self, from: Data(text.utf8)),
      content.format == "galley.hosts/1"
    else {
      throw GalleyError(
        .badData, "can't read which hosts are known", at: path, why: "it isn't a list of hosts that an agent wrote",
        remedy: "Delete it and pair with the hosts again.")
    }
    return content.hosts
  }

  var certificates: Set<Digest> { hosts.withLock { Set($0.map(\.certificate)) } }

  /// Pins a host; it is known once this has returned.
  /// - Throws: `GalleyError` if it can't be stored; the host isn't known then.
  func pin(_ certificate: Digest, time: Int) throws(GalleyError) {
    try hosts.withLock { hosts throws(GalleyError) in
      guard !hosts.contains(where: { $0.certificate == certificate }) else { return }
      let changed = hosts + [Host(certificate: certificate, time: time)]
      try store(changed)
      hosts = changed
    }
  }

  private func store(_ hosts: [Host]) throws(GalleyError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    let what = "can't store a host's certificate"
    guard let bytes = try? encoder.encode(Content(hosts: hosts)) else {
      throw GalleyError(.software, what, at: path, why: "it can't be written as JSON")
    }
    do throws(FileError) { try AtomicFile.write(bytes, to: path, isPrivate: true) } catch {
      throw GalleyError(.cantCreate, what, at: path, why: error.reason)
    }
  }
}
