// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Platform

/// A data set with drawn items: 20 folders, numbers in the metadata, one to three annotations of twenty classes each.
enum DrawnStore {
  static func fill(_ store: PlatformStore, count: Int) throws {
    FileHandle.standardError.write(Data("drawing \(count) items …\n".utf8))
    try store.createDataset("drawn")
    var state: UInt64 = 7
    // xorshift64 (Marsaglia 2003).
    func next() -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state
    }
    func part() -> Double { Double(next() >> 11) / 0x1p53 }
    // A hundred different pictures: the list doesn't read them, and files are not what is measured.
    let contents = (0..<100).map { Data("picture \($0)".utf8) }
    for start in stride(from: 0, to: count, by: 10_000) {
      let drafts = try (start..<min(start + 10_000, count)).map { index in
        ItemDraft(
          path: "/camera-\(index % 20)/frame-\(index).png", content: .bytes(contents[index % 100]),
          mediaType: "image/png",
          metadata: try JSONObject(
            parsing: "{\"user\": {\"light\": \(part()), \"run\": \"run \(index / 500)\"}}", at: "drawn"))
      }
      let ids = try store.addItems(drafts, to: "drawn").compactMap(\.id)
      try store.addAnnotations(
        ids.flatMap { id in
          (0...Int(next() % 3)).map { _ in
            AnnotationDraft(
              itemID: id, label: "class \(next() % 20)",
              geometry: .box(Box(x: part() * 100, y: part() * 100, width: 1 + part() * 50, height: 1 + part() * 50)),
              origin: .imported(source: "drawn"), confidence: part())
          }
        })
    }
  }
}
