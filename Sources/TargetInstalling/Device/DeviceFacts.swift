// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Files
package import Galley

/// What was found on a device before anything is done there.
package struct DeviceFacts: Sendable {
  /// What starts and ends the agent there.
  package enum Manager: String, Sendable {
    /// systemd, for the whole device.
    case system
    /// systemd, for one user.
    case user
    /// Nobody: two small scripts lie in the agent's folder.
    case none
  }

  let platform: DevicePlatform
  package let manager: Manager
  /// Its C library; `nil` if it doesn't say.
  let library: LibraryVersion?
  package let isRoot: Bool
  /// The agent's folder.
  let folder: String
  /// Bytes that are free there, if the device says so.
  package let freeBytes: Int?
  /// The version that is installed.
  package let current: String?
  /// The settings of the agent that is installed.
  package let settings: [String]?
  /// Files that are there already, by digest: a path in the folder.
  package let files: [Digest: String]
  /// What lies at each path in the folder: a digest, or what a link names.
  let content: [String: String]
  /// How many bytes came of files that are under way.
  package let parts: [Digest: Int]

  /// Reads what the script said.
  /// - Throws: `GalleyError` if nothing can be installed there.
  package init(_ answer: DeviceAnswer, at device: String) throws(GalleyError) {
    func refusal(_ code: ExitCode, _ why: String, _ remedy: String) -> GalleyError {
      GalleyError(code, "can't install an agent", at: device, why: why, remedy: remedy)
    }
    do throws(GalleyError) {
      platform = try DevicePlatform(system: answer["system"] ?? "", machine: answer["machine"] ?? "")
    } catch {
      throw error.at(device)
    }
    if let absent = answer["lacks"] {
      throw refusal(.unavailable, "the device has no command '\(absent)'", "Install coreutils or BusyBox there.")
    }
    folder = try Self.checked(answer["folder"] ?? "", device)
    guard answer["foreign"] == nil else {
      throw refusal(
        .cantCreate, "the folder \(folder) there has something else in it", "Choose another with --folder.")
    }
    manager = answer["manager"].flatMap { Manager(rawValue: $0) } ?? .none
    if let unit = answer["unit"], !unit.hasPrefix(folder + "/") {
      throw refusal(
        .configuration, "another agent is installed there as a service: \(unit)",
        "Remove that one ('systemctl disable --now galley-agent', and its unit), or give its folder (--folder).")
    }
    isRoot = answer["number"] == "0"
    library = (answer["library"]?.split(separator: " ").last).flatMap { LibraryVersion($0) }
    guard library != nil else {
      throw refusal(
        .unavailable,
        answer["library"] == "musl"
          ? "its C library is musl" : "it doesn't have GNU's C library where programs look for it",
        "Agents and the runtimes need a system with glibc, such as Debian, Ubuntu, Fedora or Yocto's with glibc.")
    }
    freeBytes = answer["free"].flatMap { Int($0) }.map { min(max($0, 0), .max / 1024) * 1024 }
    current = answer["current"]
    settings = answer.all("conf").isEmpty ? nil : answer.all("conf")
    (files, content) = Self.content(answer)
    parts = Dictionary(
      answer.all("part").compactMap { line in
        let words = line.split(separator: " ")
        guard words.count == 2, let digest = Digest(hex: String(words[0])), let size = Int(words[1]) else { return nil }
        return (digest, size)
      }
    ) { first, _ in first }
  }

  private static func content(_ answer: DeviceAnswer) -> (files: [Digest: String], content: [String: String]) {
    var (files, content): ([Digest: String], [String: String]) = ([:], [:])
    for line in answer.all("file") {
      let words = line.split(separator: " ", maxSplits: 1).map(String.init)
      guard words.count == 2, let digest = Digest(hex: words[0]) else { continue }
      // What was given up half made is thrown away before anything is made.
      guard !words[1].contains("/.") else { continue }
      files[digest] = words[1]
      content[words[1]] = digest.hex
    }
    for line in answer.all("link") {
      let words = line.split(separator: " ", maxSplits: 1).map(String.init)
      if words.count == 2 { content[words[1]] = words[0] }
    }
    return (files, content)
  }

  /// A folder's name goes into scripts and units, where many characters mean something.
  static func checked(_ folder: String, _ device: String) throws(GalleyError) -> String {
    let parts = folder.split(separator: "/")
    let isPlain = folder.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "/._-+".utf8.contains(byte)
      }
    }
    guard folder.hasPrefix("/"), isPlain, parts.count >= 2, !parts.contains("."), !parts.contains("..") else {
      throw GalleyError(
        .usage, "can't use the folder '\(folder)'", at: device,
        why: "it isn't an absolute path, two folders deep or more, of letters, digits, '.', '_', '-' and '+'",
        remedy: "Choose another with --folder, such as /opt/galley-agent.")
    }
    guard folder.utf8.count <= 80 else {
      throw GalleyError(
        .usage, "can't use the folder '\(folder)'", at: device,
        why: "sockets in it would have longer names than the kernel takes",
        remedy: "Choose a shorter one with --folder.")
    }
    return "/" + parts.joined(separator: "/")
  }

  /// Whether a version is there, whole.
  func has(_ payload: Payload) -> Bool {
    let root = "versions/\(payload.id)/"
    return payload.files.allSatisfy { content[root + $0.path] == $0.digest.hex }
      && payload.links.allSatisfy { content[root + $0.key] == $0.value }
  }
}

extension GalleyError {
  /// The same error at a place.
  fileprivate func at(_ place: String) -> GalleyError {
    var error = self
    error.place = place
    return error
  }
}
