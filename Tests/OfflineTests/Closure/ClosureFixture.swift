// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Architectures
import Backends
import Datasets
import Files
import Foundation
import Galley
import ModelOptimizers
import NativeLibraries
import Pantry
import Recipes
import Runtimes
import Scenarios

import Offline

/// Galley's own cards, some with artifacts beside them, and a machine made of small files.
struct ClosureFixture {
  static let v1 = SemanticVersion(1, 0, 0)
  static let photo = ArtifactRequirement(
    name: "photo-0a1b2c3d.pth", role: .weights, digestPrefix: "0a1b2c3d", byteCount: 9_800_000,
    origins: ["https://example.org/photo-0a1b2c3d.pth"], licence: "BSD-3-Clause", provenance: "Example, 2020")
  static let copyleft = ArtifactRequirement(
    name: "copyleft.pth", role: .weights, digest: Digest(of: "copyleft"), byteCount: 1_000_000,
    origins: ["https://example.org/copyleft.pth"], licence: "AGPL-3.0-only")

  static func catalogue() throws -> CardCatalogue {
    let extra = [
      Card(
        taxonomy: "weights.photo", version: v1, summary: "Weights of photos.", artifacts: [photo]),
      Card(taxonomy: "weights.copyleft", version: v1, summary: "Other weights.", artifacts: [copyleft]),
      Card(
        taxonomy: "model.classification.big-net", version: v1, summary: "A big network.",
        options: [
          OptionDeclaration("pretrained", .ingredient(accepts: ["weights"]), default: "none", help: "Weights."),
          OptionDeclaration("stem", .choice(["plain", "wide"]), default: "plain", help: "How it begins."),
        ],
        constraints: [
          Constraint(
            "data.height >= 16 or .pretrained fits 'weights.none'", reason: "Weights of photos want images."),
          Constraint("not (.stem == 'wide' and optimizer fits 'optimizer.int8')", reason: "A wide stem has no int8."),
        ]),
      Card(
        taxonomy: "data.classification.stripes", version: v1, summary: "A program of the user's.",
        program: Digest(of: "stripes.py")),
      Card(
        taxonomy: "model.classification.old-net", version: v1, summary: "An old network.",
        deprecation: Deprecation("It is slow.", replacement: "big-net")),
    ]
    let own = [
      ImageTable.card, ImageItems.card, ShapesDataset.card, StratifiedSplit.card, NoOptimizer.card,
      Float16Converter.card, Int8Quantizer.card, ModelFileONNX.card, NoWeights.card, WeightsFile.card,
      SupervisedTrainer.card, ONNXExport.card, InterleavedMeasurement.card, ONNXRuntime.card, OpenVINORuntime.card,
    ]
    return try CardCatalogue(own + TorchArchitectures.standard.entries.map(\.card) + extra + Card.tasks)
  }

  static let text = """
    recipe: small
    task: classification
    seed: 1
    data: {use: image-table, path: table.csv, height: 8, width: 8, maximum: 16}
    model:
      architecture: {use: small-convnet, width: 16}
    variants:
      - name: wide
      - name: wide int8
        set: {optimizer: int8}
      - name: narrow
        set: {model.architecture.width: 8}

    """

  static func withoutVariants(_ text: String) -> String {
    text.firstRange(of: "variants:").map { String(text[..<$0.lowerBound]) } ?? text
  }

  /// A folder with everything.
  let folder: String
  let pantry: Pantry
  let locator: NativeLibraryLocator

  /// Sizes of what the machine has, by the name of the thing.
  static let sizes: [String: Int] = [
    "table.csv": 1234, "galley": 5000, "galley-agent": 700, "torch-2.13.0+cpu": 40_000, "galley-torch-2": 300,
    "onnxruntime-1.31.1": 20_000, "plotly-6.9.0": 900, "vips-8.14.1": 8000,
  ]

  private init(_ folder: String, installed: [String]) throws {
    self.folder = folder
    pantry = try Pantry(root: "\(folder)/pantry")
    locator = NativeLibraryLocator(
      environment: ["GALLEY_NATIVE": "\(folder)/native", "GALLEY_HOME": "\(folder)/pantry"],
      executable: "\(folder)/bin/galley")
    try put("table.csv", bytes: Self.sizes["table.csv"] ?? 0)
    try put("table.about.json", Data(Self.about.utf8))
    try put("bin/galley", bytes: 5000)
    try put("bin/galley-agent", bytes: 700)
    try install(installed)
  }

  private static let about =
    #"{"name": "Table", "licence": "CC-BY-4.0", "citation": "Someone", "source": "somewhere"}"#

  /// Runs a body with a machine; libraries are installed by their names with versions.
  static func with(
    installed: [String] = [
      "torch-2.13.0+cpu", "galley-torch-2", "onnxruntime-1.31.1", "plotly-6.9.0", "vips-8.14.1",
    ], _ body: (ClosureFixture) throws -> Void
  ) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "closure-\(UUID().uuidString)").path()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(try ClosureFixture(folder, installed: installed))
  }

  var sources: ClosureSources { sources(MachineHoldings(pantry)) }

  func sources(_ holdings: any Holdings) -> ClosureSources {
    ClosureSources(holdings: holdings, locator: locator, program: "\(folder)/bin/galley")
  }

  func draft(_ text: String = text) throws -> RecipeDraft {
    try RecipeDraft(text: text, path: "small.yaml", folder: folder, catalogue: Self.catalogue())
  }

  func put(_ path: String, bytes count: Int) throws {
    try put(path, Data((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ path.utf8.count) }))
  }

  func put(_ path: String, _ data: Data) throws {
    let url = URL(filePath: "\(folder)/\(path)")
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: url)
  }

  /// Each library is one file, a header that doesn't count, and the installer's record.
  private func install(_ names: [String]) throws {
    var records: [InstalledLibraries.Record] = []
    for name in names {
      let dash = requireDash(name)
      let (library, version) = (String(name[..<dash]), String(name[name.index(after: dash)...]))
      try put("native/\(name)/lib/main.so", bytes: Self.sizes[name] ?? 1)
      try put("native/\(name)/include/header.h", bytes: 77)
      try put("native/\(name)/.galley-install.json", Data("{}".utf8))
      records.append(
        .init(
          name: library, version: version, path: name, main: "lib/main.so",
          sha256: try Digest(ofFileAt: "\(folder)/native/\(name)/lib/main.so").hex, licence: "MIT"))
    }
    try put("native/installed.json", InstalledLibraries.document(of: records))
  }

  /// The dash before the version.
  private func requireDash(_ name: String) -> String.Index {
    name.indices.first { index in
      name[index] == "-" && name[name.index(after: index)...].first?.isNumber == true
    } ?? name.startIndex
  }
}

extension Closure {
  /// The thing of a name.
  func item(_ name: String) -> ClosureItem? { items.first { $0.name == name } }
}
