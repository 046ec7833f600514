// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files

/// What holds in a tree: no path and no link leads out of it, and no path leads through a file or a link.
struct TreeRules {
  private let tree: BundleTree
  private let limits: BundleLimits

  init(_ tree: BundleTree, _ limits: BundleLimits) {
    self.tree = tree
    self.limits = limits
  }

  func check() throws(CanonicalProblem) {
    guard Self.stepCount(tree.name) == 1 else { throw CanonicalProblem("'\(tree.name)' can't be a tree's name") }
    try checkOrder()
    for entry in tree.entries { try checkPath(entry) }
    try checkFolders()
    if let library = tree.library { try check(library) }
    if tree.kind == .library, tree.library == nil { throw refusal("it is a library without a record") }
  }

  private func checkOrder() throws(CanonicalProblem) {
    for (left, right) in zip(tree.entries, tree.entries.dropFirst()) where !left.path.precedes(right.path) {
      let same = left.path.utf8.elementsEqual(right.path.utf8)
      throw refusal(same ? "'\(left.path)' stands twice" : "'\(right.path)' is not in order")
    }
  }

  private func checkPath(_ entry: TreeEntry) throws(CanonicalProblem) {
    guard entry.path.utf8.count <= limits.pathBytes, let stepCount = Self.stepCount(entry.path) else {
      throw refusal("the path '\(entry.path)' is too long, absolute, or has empty, '.' or '..' steps")
    }
    guard case .link(let target) = entry.content else { return }
    guard target.utf8.count <= limits.pathBytes, Self.stays(target, foldersAbove: stepCount - 1) else {
      throw refusal("the link '\(entry.path)' to '\(target)' leads out of it")
    }
  }

  /// No entry may have the name of a folder of another.
  private func checkFolders() throws(CanonicalProblem) {
    var folders: Set<[UInt8]> = []
    for entry in tree.entries {
      let bytes = Array(entry.path.utf8)
      for (place, byte) in bytes.enumerated().reversed() where byte == UInt8(ascii: "/") {
        // The folders above a folder that is known are known.
        guard folders.insert(Array(bytes[..<place])).inserted else { break }
      }
    }
    for entry in tree.entries where folders.contains(Array(entry.path.utf8)) {
      throw refusal("'\(entry.path)' is a file or a link, and other paths lead through it")
    }
  }

  private func check(_ library: LibraryRecord) throws(CanonicalProblem) {
    for path in [library.path, library.main] + library.preload {
      guard path.utf8.count <= limits.pathBytes, path.isPlain, Self.stepCount(path) != nil else {
        throw refusal("its record names the path '\(path)'")
      }
    }
    for text in [library.name, library.version, library.licence ?? "-"] {
      guard !text.isEmpty, text.isPlain, text.utf8.count <= limits.textBytes else {
        throw refusal("a text of its record is empty, too long, or has control characters")
      }
    }
  }

  private func refusal(_ why: String) -> CanonicalProblem { CanonicalProblem("the tree '\(tree.name)': \(why)") }

  /// How many steps a path within a tree has; `nil` if it has none, or one that is empty, `.`, `..` or too long for a
  /// file system.
  ///
  /// Bytes are compared, not characters: a combining mark behind a `/` makes another character of it, and no other
  /// folder.
  static func stepCount(_ path: String) -> Int? {
    guard path.isPlain else { return nil }
    let steps = steps(path)
    return steps.allSatisfy(isName) ? steps.count : nil
  }

  /// Whether a link's target stays within the tree. `..` may only begin it: behind a name that is itself a link it would
  /// lead elsewhere than it says.
  static func stays(_ target: String, foldersAbove: Int) -> Bool {
    guard target.isPlain else { return false }
    let steps = steps(target)
    let ups = steps.prefix { $0.elementsEqual("..".utf8) }.count
    return ups <= foldersAbove && steps.dropFirst(ups).allSatisfy(isName)
  }

  private static func steps(_ path: String) -> [Substring.UTF8View] {
    path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
  }

  private static func isName(_ step: Substring.UTF8View) -> Bool {
    1...255 ~= step.count && !step.elementsEqual(".".utf8) && !step.elementsEqual("..".utf8)
  }
}
