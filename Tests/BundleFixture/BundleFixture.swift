// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Bundles
import Files
import Foundation
import Galley
import Glibc

/// A process that writes a bundle, for tests that need one to kill.
///
///     bundle-fixture write PATH            writes the bundle; prints how many bytes it could keep
///     bundle-fixture kill COUNT PATH       kills itself before the object number COUNT
///     bundle-fixture limited BYTES PATH    writes it while no file may grow beyond BYTES
///     bundle-fixture hold PATH             says "holding" and waits for its end before the second object
@main
struct BundleFixture {
  /// Objects of half a megabyte.
  private static let contents = (0..<8).map { number in
    Data((0..<500_000).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761 &+ number) >> 11) })
  }

  static func main() {
    do {
      try run(Array(CommandLine.arguments.dropFirst()))
    } catch {
      print("error: \(error)")
      exit((error as? GalleyError)?.exitCode.rawValue ?? 70)
    }
  }

  private static func run(_ words: [String]) throws {
    guard let path = words.last else { exit(64) }
    let number = Int(words.dropFirst().first ?? "") ?? 0
    switch words.first {
    case "write": try write(path) { _ in }
    case "kill": try write(path) { if $0 == number { kill(getpid(), SIGKILL) } }
    case "limited":
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: UInt(number), rlim_max: UInt(number))
      setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      try write(path) { _ in }
    case "hold":
      try write(path) { index in
        guard index == 1 else { return }
        print("holding")
        fflush(nil)
        while readLine() != nil {}
      }
    default: exit(64)
    }
  }

  private static func write(_ path: String, before: @escaping @Sendable (Int) -> Void) throws {
    let byDigest = Dictionary(uniqueKeysWithValues: contents.map { (Digest(of: $0), $0) })
    let manifest = Manifest(
      name: "fixture", sequence: 1, created: BundleTime(seconds: 1_764_115_200) ?? .now, galley: "0.1.0", platforms: [],
      objects: byDigest.map { BundleObject(digest: $0.key, size: $0.value.count) })
    guard let key = SigningKey(seed: Data(repeating: 7, count: 32)) else { exit(70) }
    let order = manifest.objects
    let written = try BundleWriter(manifest: manifest, keys: [key]) { object throws(GalleyError) in
      before(order.firstIndex(of: object) ?? 0)
      return .data(byDigest[object.digest] ?? Data())
    }.write(to: path)
    print(written.resumedByteCount)
  }
}
