// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Archives
internal import FoundationEssentials

/// What a wheel's METADATA says of its licence.
public enum WheelLicence {
  /// The licence of a wheel: an SPDX expression where it states one or a classifier stands for one, else the words that
  /// it has; `nil` if it says nothing or can't be read.
  public static func stated(in wheel: String) -> String? {
    guard let data = try? Data(contentsOf: URL(filePath: wheel), options: .alwaysMapped),
      let archive = try? ZipArchive(data),
      let member = archive.members.first(where: { isMetadata($0.path) && $0.byteCount < 1 << 24 }),
      let bytes = try? archive.read(member)
    else { return nil }
    return stated(inMetadata: String(decoding: bytes, as: UTF8.self))
  }

  private static func isMetadata(_ path: String) -> Bool {
    let parts = path.split(separator: "/")
    return parts.count == 2 && parts[0].hasSuffix(".dist-info") && parts[1] == "METADATA"
  }

  /// The licence that the text of a METADATA file states.
  static func stated(inMetadata text: String) -> String? {
    // The head ends with the first empty line; a line that begins with white space goes on with the one before.
    let head = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).prefix { !$0.isEmpty }
    func values(_ key: String) -> [String] {
      head.filter { $0.lowercased().hasPrefix("\(key):") }.map { line in
        String(line.dropFirst(key.count + 1).drop(while: \.isWhitespace))
      }.filter { !$0.isEmpty && $0 != "UNKNOWN" }
    }
    if let expression = values("license-expression").first { return expression }
    let words = values("license").first.flatMap { $0.count <= 80 ? $0 : nil }
    if let words, isExpression(words) { return words }
    let names = values("classifier").filter { $0.hasPrefix("License :: ") }
      .compactMap { $0.components(separatedBy: " :: ").last }.filter { $0 != "OSI Approved" }
    // Whether several are a choice, nobody says: all are held to be kept.
    if !names.isEmpty { return names.map { identifiers[$0] ?? $0 }.joined(separator: " AND ") }
    return words
  }

  /// Whether words look like identifiers of SPDX, of which all but the oldest have a version.
  private static func isExpression(_ text: String) -> Bool {
    let parts = text.split(separator: " ")
    return !parts.isEmpty && parts.count % 2 == 1
      && parts.enumerated().allSatisfy { index, part in
        index % 2 == 1
          ? ["AND", "OR", "WITH"].contains(part)
          : ["MIT", "ISC", "Zlib", "Unlicense", "0BSD"].contains(part)
            || part.contains("-") && part.contains(where: \.isNumber)
      }
  }

  /// Classifiers of the package index that stand for one licence.
  private static let identifiers = [
    "MIT License": "MIT", "Apache Software License": "Apache-2.0", "ISC License (ISCL)": "ISC",
    "Python Software Foundation License": "PSF-2.0", "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "The Unlicense (Unlicense)": "Unlicense", "zlib/libpng License": "Zlib",
    "Boost Software License 1.0 (BSL-1.0)": "BSL-1.0", "MIT No Attribution License (MIT-0)": "MIT-0",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "GNU Lesser General Public License v2 (LGPLv2)": "LGPL-2.0-only",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.0-or-later",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "GNU Affero General Public License v3": "AGPL-3.0-only",
    "GNU Affero General Public License v3 or later (AGPLv3+)": "AGPL-3.0-or-later",
  ]
}
