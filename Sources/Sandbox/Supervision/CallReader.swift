// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CSandbox
internal import Glibc

/// Reads what a waiting call means from the memory and the open files of its process.
struct CallReader {
  /// Where the command's paths start.
  enum Root {
    /// Where this process's do.
    case shared
    /// A descriptor of the folder.
    case folder(CInt)
  }

  let root: Root

  /// A path that a call names.
  struct NamedPath {
    /// Absolute, without `.` and double slashes; `..` stays, because a folder may be a link.
    var path: String
    /// Where it leads.
    var resolved: String?
    /// Something is there.
    var exists: Bool
  }

  /// The path that an open or an execution asks for.
  /// - Returns: `nil` if the process's memory can't be read.
  func asked(_ notice: galley_notice) -> String? {
    guard let text = text(notice) else { return nil }
    // An empty path stands for the descriptor itself.
    if text.isEmpty { return folder(notice) }
    return Self.tidied(text.hasPrefix("/") ? text : "\(folder(notice))/\(text)")
  }

  /// Looks where an absolute path leads at this moment.
  func look(_ path: String, _ thread: pid_t) -> NamedPath {
    for name in ["/proc/self", "/proc/thread-self"] where Self.lies(path, in: name) {
      // These two lead everybody to himself.
      return lookOutside("/proc/\(thread)\(path.dropFirst(name.utf8.count))", path)
    }
    if let resolved = resolve(path) { return NamedPath(path: path, resolved: resolved, exists: true) }
    // A link of /proc that leads out of the folder it lies in can't be followed from here, but is there.
    return NamedPath(path: path, resolved: nil, exists: errno == EXDEV || errno == ELOOP)
  }

  private func lookOutside(_ outside: String, _ path: String) -> NamedPath {
    guard let resolved = Self.read({ galley_path_resolve(-1, outside, $0, $1) }) else {
      return NamedPath(path: path, resolved: nil, exists: false)
    }
    return NamedPath(path: path, resolved: resolved.hasPrefix("/proc/") ? path : resolved, exists: true)
  }

  /// The parent folder of a path, every link followed, with the last name; for what does not exist yet.
  func resolvedParent(of path: String) -> String? {
    guard let slash = path.lastIndex(of: "/") else { return nil }
    let parent = slash == path.startIndex ? "/" : String(path[..<slash])
    return resolve(parent).map { Self.tidied("\($0)\(path[slash...])") }
  }

  /// The flags of an openat2.
  func flags(_ notice: galley_notice) -> CInt? {
    guard notice.call == CInt(GALLEY_CALL_OPEN_HOW) else { return notice.flags }
    var flags: UInt64 = 0
    guard galley_memory_read(notice.thread, notice.extra, &flags, 8) == 8 else { return nil }
    return CInt(truncatingIfNeeded: flags)
  }

  private func text(_ notice: galley_notice) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
      guard let start = buffer.baseAddress else { return nil }
      let length = galley_memory_read_text(notice.thread, notice.address, start, buffer.count)
      guard length >= 0 else { return nil }
      return String(decoding: UnsafeRawBufferPointer(start: start, count: length), as: UTF8.self)
    }
  }

  /// The folder that a relative path starts in.
  private func folder(_ notice: galley_notice) -> String {
    let link = notice.descriptor == AT_FDCWD ? "cwd" : "fd/\(notice.descriptor)"
    return Self.link("/proc/\(notice.thread)/\(link)") ?? "/"
  }

  // MARK: Addresses

  /// The addresses that a call names: none where a socket is connected already.
  /// - Returns: `nil` if the memory can't be read.
  func addresses(_ notice: galley_notice) -> [SocketAddress]? {
    switch notice.call {
    case CInt(GALLEY_CALL_CONNECT), CInt(GALLEY_CALL_SEND_TO):
      return address(notice.thread, notice.address, Int(notice.extra)).map { [$0] }
    default:
      // `struct msghdr` has 56 bytes, `struct mmsghdr` 64; the name's address and length come first.
      let isSeveral = notice.call == CInt(GALLEY_CALL_SEND_MESSAGES)
      var found: [SocketAddress] = []
      for index in 0..<min(notice.extra, 1024) {
        var head: (address: UInt64, length: UInt32) = (0, 0)
        let place = notice.address &+ (isSeveral ? index * 64 : 0)
        guard galley_memory_read(notice.thread, place, &head, 12) == 12 else { return nil }
        guard head.address != 0, head.length > 0 else { continue }
        guard let one = address(notice.thread, head.address, Int(head.length)) else { return nil }
        found.append(one)
      }
      return found
    }
  }

  private func address(_ thread: pid_t, _ address: UInt64, _ length: Int) -> SocketAddress? {
    var bytes = [UInt8](repeating: 0, count: min(max(0, length), 128))
    let count = galley_memory_read(thread, address, &bytes, bytes.count)
    return count == bytes.count ? SocketAddress(bytes) : nil
  }

  // MARK: Links

  private static func lies(_ path: String, in folder: String) -> Bool {
    path == folder || path.hasPrefix(folder + "/")
  }

  private func resolve(_ path: String) -> String? {
    let descriptor = if case .folder(let descriptor) = root { descriptor } else { CInt(-1) }
    return Self.read { galley_path_resolve(descriptor, path, $0, $1) }
  }

  private static func link(_ path: String) -> String? { read { readlink(path, $0, $1) } }

  private static func read(_ body: (UnsafeMutablePointer<CChar>, Int) -> Int) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
      guard let start = buffer.baseAddress else { return nil }
      let length = body(start, buffer.count)
      guard length >= 0 else { return nil }
      return String(decoding: UnsafeRawBufferPointer(start: start, count: length), as: UTF8.self)
    }
  }

  /// Without `.` and double slashes.
  static func tidied(_ path: String) -> String {
    let needsWork = path.contains("//") || path.contains("/./") || path.hasSuffix("/.") || path.hasSuffix("/")
    guard needsWork else { return path }
    return "/" + path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
  }
}
