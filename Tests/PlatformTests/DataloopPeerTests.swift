// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import PeerSupport
import Platform
import Testing

/// Galley beside dtlpy's own annotation classes; see `Tests/Peers/requirements-platform.txt`.
@Suite struct DataloopPeerTests {
  static let python = PeerPython(in: ".peers/platform", orNamedBy: "GALLEY_PLATFORM_PEERS")
  static let hasPeer = python.isPresent

  /// An annotation as dtlpy reads it.
  private struct Answer: Decodable, Equatable {
    var id: String
    var type: String
    var label: String
    var coordinates: [Double]
    var attributes: [String: ConfigurationValue]
    var model: String
    var confidence: Double
    var parent: String
  }

  @Test(.enabled(if: hasPeer)) func whatDtlpyWritesComesBackWhole() throws {
    let home = try TemporaryStore()
    let (file, exported) = try roundTrip(home)
    let original = try value(Data(contentsOf: URL(filePath: file)))
    let again = try value(exported)
    #expect(missing(original, from: again, at: "") == [])
    // And as dtlpy reads them, both are the same.
    let written = home.folder + "/again.json"
    try exported.write(to: URL(filePath: written))
    let before = try Self.python.ask("dtlpy_peer.py", ["read", file], as: [Answer].self)
    let after = try Self.python.ask("dtlpy_peer.py", ["read", written], as: [Answer].self)
    #expect(Set(before.map(\.id)) == Set(after.map(\.id)))
    for answer in before { #expect(after.first { $0.id == answer.id } == answer) }
  }

  /// Imports what dtlpy wrote into a data set, and gives the file and the export.
  private func roundTrip(_ home: TemporaryStore) throws -> (String, Data) {
    let folder = home.folder + "/dl"
    for name in ["json/a", "items/a"] {
      try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
    }
    let file = folder + "/json/a/b.json"
    #expect(try Self.python.ask("dtlpy_peer.py", ["write", file], as: Int.self) == 11)
    try png(width: 6, height: 4).write(to: URL(filePath: folder + "/items/a/b.png"))
    try home.store.createDataset("d")
    let report = try home.store.importDataloop(folder, into: "d")
    // The point belongs to the pose; the guess is a prediction.
    #expect(report.rejected == [] && report.annotations == 9 && report.predictions == 1 && report.itemsAdded == 1)
    let item = try home.store.item("/a/b.png", in: "d")
    #expect(item.id == "65f1111111111111111111bb")
    guard case .model(let origin)? = try home.store.predictions(ofItem: item.id).first?.origin else {
      throw Trouble("no prediction")
    }
    #expect(origin.id == "65f0000000000000000000aa" && origin.name == "yolo")
    // A second time nothing is doubled.
    let second = try home.store.importDataloop(folder, into: "d")
    #expect(second.annotations == 9 && second.itemsKnown == 1)
    #expect(try home.store.counts(ofDataset: "d").annotations == 9)
    return (file, try home.store.dataloopDocument(of: item, .everything))
  }

  @Test(.enabled(if: hasPeer)) func dtlpyReadsWhatGalleyWrites() throws {
    let home = try TemporaryStore()
    try home.store.createDataset("d")
    let item =
      try home.store.addItems(
        [ItemDraft(path: "/p.png", content: .bytes(png(width: 8, height: 8)))], to: "d")[0].id ?? ""
    let square = [PixelPoint(1, 1), PixelPoint(3, 1), PixelPoint(3, 3), PixelPoint(1, 3)]
    let other = square.map { PixelPoint($0.x + 4, $0.y) }
    let mask = try #require(
      RunLengthMask(size: PixelSize(width: 8, height: 8), pixels: (0..<64).map { $0 < 5 ? 1 : 0 }))
    let geometries: [(AnnotationGeometry, String, [Double])] = [
      (.box(Box(x: 1, y: 2, width: 3, height: 4)), "box", [1, 2, 4, 6]),
      (
        .rotatedBox(RotatedBox(center: PixelPoint(4, 4), width: 4, height: 2, angle: 30)), "box", [2, 3, 6, 5, 30]
      ),
      (.whole, "class", []), (.polygon(Outline(parts: [square])), "segment", [1, 1, 3, 1, 3, 3, 1, 3]),
      (.polyline(Array(square.prefix(2))), "polyline", [1, 1, 3, 1]), (.point(PixelPoint(5, 6)), "point", [5, 6]),
      (.ellipse(Ellipse(center: PixelPoint(4, 3), radiusX: 2, radiusY: 1, angle: 10)), "ellipse", [4, 3, 2, 1, 10]),
      (.mask(mask), "binary", [5, 0, 10, 8, 8]),
      // Two parts are one mask: 2×2 pixels each.
      (.polygon(Outline(parts: [square, other])), "binary", [8, 12, 28, 8, 8]),
      (
        .keypoints(KeypointSet(points: [.init("nose", PixelPoint(1, 2)), .init("ear", PixelPoint(3, 4), .hidden)])),
        "pose", []
      ),
    ]
    try home.store.addAnnotations(
      geometries.enumerated().map { index, entry in
        AnnotationDraft(
          itemID: item, label: "Ω \(index)", geometry: entry.0, origin: .person("ada"),
          attributes: JSONObject(["color": "red"]))
      })
    let origin = ModelOrigin(id: "m", version: "3", name: "net", run: "r")
    let back = try home.store.beginWriteBack(of: origin, to: "d")
    try back.stage([
      item: [
        AnnotationDraft(itemID: item, label: "x", geometry: .whole, origin: .model(origin), confidence: 0.25)
      ]
    ])
    try back.swap()
    let folder = home.folder + "/out"
    #expect(try home.store.exportDataloop("d", Filters(.items), .everything, to: folder) == 1)
    let read = try Self.python.ask("dtlpy_peer.py", ["read", folder + "/json/p.json"], as: [Answer].self)
    #expect(read.count == 13)
    for (answer, entry) in zip(read, geometries) {
      #expect(answer.type == entry.1 && answer.coordinates == entry.2)
      #expect(answer.attributes == ["color": "red"] && answer.model == "")
    }
    #expect(read[10...11].map(\.label) == ["nose", "ear"] && read[10].parent == read[9].id)
    #expect(read[12].model == "net" && read[12].confidence == 0.25)

    // Galley itself reads all of it back.
    try home.store.createDataset("copy")
    let report = try home.store.importDataloop(folder, into: "copy")
    #expect(report.rejected == [] && report.annotations == 10 && report.predictions == 1)
    let copy = try home.store.annotations(ofItem: home.store.item("/p.png", in: "copy").id)
    for (annotation, entry) in zip(copy, geometries) {
      if case .keypoints(let set) = annotation.geometry {
        #expect(set.points.map(\.name) == ["nose", "ear"] && set.points.map(\.visibility) == [.visible, .hidden])
      } else {
        #expect(annotation.geometry == entry.0)
      }
      #expect(annotation.origin == .person("ada"))
    }
  }

  @Test(.enabled(if: hasPeer)) func dtlpysFiltersAreUnderstood() throws {
    let home = try TemporaryStore()
    _ = try roundTrip(home)
    let filters = try Self.python.ask("dtlpy_peer.py", ["filters"], as: [String].self)
    let item = try home.store.item("/a/b.png", in: "d").id
    let first = try Filters(json: Data(filters[0].utf8), at: "dtlpy", for: .items)
    #expect(try home.store.items(first, in: "d").entries.map(\.id) == [item])
    let second = try Filters(json: Data(filters[1].utf8), at: "dtlpy", for: .annotations)
    #expect(try home.store.annotations(second, in: "d").entries.map(\.label) == ["turned"])
    let third = try Filters(json: Data(filters[2].utf8), at: "dtlpy", for: .items)
    #expect(try home.store.items(third, in: "d").total == 1)
  }

  private func value(_ data: Data) throws -> ConfigurationValue {
    try JSONDecoder().decode(ConfigurationValue.self, from: data)
  }

  /// What of a value the other lacks or says otherwise: `null` may be missing, lists of annotations go by id.
  private func missing(_ value: ConfigurationValue, from other: ConfigurationValue?, at place: String) -> [String] {
    switch (value, other) {
    case (.null, _): return []
    case (.map(let fields), .map(let others)?):
      return fields.flatMap { missing($0.value, from: others[$0.key], at: "\(place).\($0.key)") }
    case (.list(let values), .list(let others)?) where place == ".annotations":
      return values.flatMap { one -> [String] in
        guard case .map(let fields) = one, let id = fields["id"] else { return [place] }
        let twin = others.first { if case .map(let fields) = $0 { fields["id"] == id } else { false } }
        // The item's and the data set's id are those of where it is now.
        return missing(.map(fields.filter { $0.key != "itemId" && $0.key != "datasetId" }), from: twin, at: "\(id)")
      }
    default: return other?.means(value) == true ? [] : ["\(place): \(value) became \(other as Any)"]
    }
  }
}

struct Trouble: Error {
  let words: String
  init(_ words: String) { self.words = words }
}
