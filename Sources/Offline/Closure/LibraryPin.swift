// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Files
internal import FoundationEssentials
internal import Galley

/// A native library as the lock pins it: known without being here.
package struct LibraryPin: Sendable, Hashable {
  package var name: String
  package var version: String
  /// The wheel's file name.
  package var file: String
  /// The wheel's size in bytes; `nil` if the lock doesn't say it.
  package var byteCount: Int?
  /// SHA-256 of the wheel.
  package var digest: Digest?
  package var licence: String
  /// Where the wheel can be had, the most particular place first.
  package var origins: [String]
}

/// The pins of `Native/native.lock`.
///
/// They are part of the program: what is installed beside it may be missing or of another version, and the answer to
/// what has to be fetched must not depend on that.
package struct LibraryPins: Sendable {
  /// The pins of this program, for this machine.
  package static let ofThisProgram =
    (try? LibraryPins(PackageResources.native_lock, platform: currentPlatform)) ?? .none
  /// The lock that is part of the program.
  package static var embedded: [UInt8] { PackageResources.native_lock }
  package static let none = LibraryPins(pins: [])

  /// The lock's name of this machine.
  package static let currentPlatform: String = {
    #if arch(arm64)
      "linux-aarch64"
    #else
      "linux-x86_64"
    #endif
  }()

  private let pins: [LibraryPin]

  private init(pins: [LibraryPin]) { self.pins = pins }

  /// The pin of a library.
  package subscript(name: String) -> LibraryPin? { pins.first { $0.name == name } }

  /// Reads a lock's text.
  /// - Throws: `GalleyError` if it is none that this Galley reads.
  init(_ text: [UInt8], platform: String) throws(GalleyError) {
    let document: Document
    do {
      document = try JSONDecoder().decode(Document.self, from: Data(text))
    } catch {
      throw Self.refusal("\(error)")
    }
    guard document.format == 1 else { throw Self.refusal("its format is \(document.format), this Galley reads 1") }
    pins = document.libraries.filter { [platform, "any"].contains($0.platform) }.map(\.pin)
  }

  private static func refusal(_ why: String) -> GalleyError {
    GalleyError(.software, "can't read the lock of the native libraries", at: "Native/native.lock", why: why)
  }

  private struct Document: Decodable {
    var format: Int
    var libraries: [Library]
  }

  private struct Library: Decodable {
    struct Source: Decodable {
      var kind: String
      var url: String?
    }

    var name: String
    var version: String
    var platform: String
    var file: String
    var size: Int?
    var sha256: String
    var licence: String
    var sources: [Source]

    var pin: LibraryPin {
      LibraryPin(
        name: name, version: version, file: file, byteCount: size, digest: Digest(hex: sha256), licence: licence,
        origins: origins)
    }

    /// Index pages: the lock names no address of the file itself.
    private var origins: [String] {
      // A wheel's name begins with the project's.
      let project = (file.split(separator: "-").first.map(String.init) ?? name).replacing("_", with: "-").lowercased()
      let pages = sources.compactMap { $0.url.map { ($0.hasSuffix("/") ? $0 : $0 + "/") + "\(project)/" } }
      return pages + (sources.contains { $0.kind == "pypi" } ? ["https://pypi.org/simple/\(project)/"] : [])
    }
  }
}
