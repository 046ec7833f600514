// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Bundles
internal import Foundation
internal import Galley
internal import Offline
internal import Pantry
internal import Scenarios

/// Which keys count.
struct TrustOptions: ParsableArguments {
  @Option(
    name: .long,
    help: "A public key, or a trust root, that counts instead of those that the pantry trusts; may be repeated.",
    completion: .file())
  var trust: [String] = []

  /// The trust root.
  /// - Throws: `GalleyError` if a file holds neither a key nor a root.
  func root(of pantry: Pantry) throws -> TrustRoot {
    guard !trust.isEmpty else { return try TrustRoot(contentsOf: "\(pantry.root)/\(TrustRoot.fileName)") }
    var root = TrustRoot()
    for path in trust {
      guard FileManager.default.fileExists(atPath: path) else {
        throw GalleyError(
          .missingInput, "can't read the public key", at: path, why: "there is no such file",
          remedy: "Give the file that galley offline key new wrote beside the private key.")
      }
      if let stored = try? TrustRoot(contentsOf: path), !stored.keys.isEmpty {
        for key in stored.keys { try root.add(key) }
        try root.require(max(root.threshold, stored.threshold))
      } else {
        try root.add(.init(name: path, key: try VerifyingKey(contentsOf: path)))
      }
    }
    return root
  }
}

/// Bundles that another one builds upon.
struct BaseOptions: ParsableArguments {
  @Option(
    name: .long,
    help: "A bundle that it builds upon: a file, or the name of one that was imported or exported here.",
    completion: .file())
  var base: [String] = []

  /// The envelopes of the bundles that were named, and of those that these build upon, as far as they are known here.
  /// - Throws: `GalleyError` if one can't be read.
  func envelopes(_ pantry: Pantry) throws -> [Envelope] {
    let shelves = [BundleShelf(pantry, .exported), BundleShelf(pantry, .imported)]
    var found = try base.map { try Self.envelope($0, shelves) }
    var position = 0
    while position < found.count, found.count < 64 {
      let earlier = try Manifest(found[position].payload, at: "the base").base
      if let earlier, !found.contains(where: { $0.digest == earlier.digest }),
        let envelope = try shelves.lazy.compactMap({ try $0.envelope(earlier) }).first
      {
        found.append(envelope)
      }
      position += 1
    }
    return found
  }

  private static func envelope(_ text: String, _ shelves: [BundleShelf]) throws -> Envelope {
    if FileManager.default.fileExists(atPath: text) { return try BundleReader(text).envelope }
    for shelf in shelves {
      if let envelope = try shelf.latest(text) { return envelope }
    }
    throw GalleyError(
      .missingInput, "can't find the base '\(text)'", why: "it is neither a file nor a bundle that was here",
      remedy: "galley offline list shows the bundles that were imported.")
  }
}

/// A bundle that comes to this machine, and what it is held against.
struct IncomingBundle: ParsableArguments {
  @Argument(help: "The bundle's file.", completion: .file())
  var file: String

  @OptionGroup var trust: TrustOptions
  @OptionGroup var bases: BaseOptions
  @OptionGroup var place: PantryOptions

  /// The import of the bundle, which verifies it first.
  func importing(_ console: Console) throws -> BundleImport {
    let pantry = try place.open(console)
    return try BundleImport(into: pantry, trust: trust.root(of: pantry), bases: bases.envelopes(pantry))
  }
}

/// A moment of a bundle: `2027-01-31` or `2027-01-31T12:00:00Z`.
struct BundleMoment: ExpressibleByArgument {
  let time: BundleTime
  /// Whether a day is named, not a second.
  let isDay: Bool

  init?(argument: String) {
    guard let time = BundleTime(argument) else { return nil }
    self.time = time
    isDay = argument.utf8.count == 10
  }

  /// The moment as an end: of a day, its last second.
  var end: BundleTime { isDay ? time.adding(seconds: 86399) : time }
}

extension ProgressDisplay {
  /// Shows how far reading or writing a bundle has come.
  func show(_ stage: String, _ progress: BundleProgress) {
    show(
      .progress(
        stage: stage,
        .init(
          completed: progress.bytes, total: progress.total, unit: "byte",
          message: "\(ByteCount(progress.bytes)) of \(ByteCount(progress.total))")))
  }
}
