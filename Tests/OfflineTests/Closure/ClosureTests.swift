// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Bundles
import Files
import Foundation
import Galley
import NativeLibraries
import Pantry
import Recipes
import Testing

import Offline

@Suite struct ClosureTests {
  @Test func aRecipeNeedsItsDataLibrariesAndPrograms() throws {
    try ClosureFixture.with { machine in
      let closure = Closure(try RecipeFamily(of: machine.draft()), machine.sources)
      #expect(closure.members.map(\.name) == ["wide", "wide int8", "narrow"])
      #expect(
        Set(closure.items.map(\.name)) == [
          "table.csv", "torch-2.13.0+cpu", "galley-torch-2", "onnxruntime-1.31.1", "plotly-6.9.0", "galley",
          "galley-agent",
        ])
      // 1234 + 40000 + 300 + 20000 + 900 + 5000 + 700.
      #expect(closure.total.known == 68_134)
      #expect(closure.total.unknown == 0)
      #expect(closure.toFetch.known == 0)
      let data = try #require(closure.item("table.csv"))
      #expect(data.digest == (try Digest(ofFileAt: machine.folder + "/table.csv")))
      #expect(data.users == [.init(path: "data.path", ingredient: "data.classification.image-table@1.0.0")])
      #expect(data.licence == "CC-BY-4.0")
      #expect(data.provenance == "somewhere")
      #expect(data.members == [0, 1, 2])
    }
  }

  @Test func weightsThatARehearsalBeginsWithAreCarried() throws {
    try ClosureFixture.with { machine in
      let text = ClosureFixture.withoutVariants(ClosureFixture.text)
        .replacing("small-convnet, width: 16", with: "big-net").replacing("height: 8", with: "height: 16")
      let family = try RecipeFamily(of: machine.draft(text))
      #expect(!Closure(family, machine.sources).items.contains { $0.role == .weights })
      let rehearsed = Closure(family.rehearsed(from: try ClosureFixture.catalogue()), machine.sources)
      let weights = rehearsed.items.filter { $0.role == .weights }
      #expect(weights.count == 1 && weights.first?.isHere == false)
      #expect(weights.first?.users.map(\.path) == ["model.architecture.pretrained"])
    }
  }

  @Test func programsOfTheUserAreNamedAndNoBundleHasThem() throws {
    try ClosureFixture.with { machine in
      let text = ClosureFixture.withoutVariants(ClosureFixture.text)
        .replacing("image-table, path: table.csv, height: 8, width: 8, maximum: 16", with: "stripes")
      let family = try RecipeFamily(of: machine.draft(text))
      let workers = Closure(family, machine.sources).items.filter { $0.kind == .worker }
      #expect(workers.map(\.name) == ["the worker of stripes"] && workers.first?.digest == Digest(of: "stripes.py"))
      #expect(workers.first?.isHere == true && workers.first?.users.map(\.path) == ["data"])
      let bundle = BundleHoldings(
        Manifest(name: "site", sequence: 1, created: .now, galley: "1", platforms: ["linux-x86_64"]))
      #expect(Closure(family, machine.sources(bundle)).missing.contains { $0.kind == .worker })
    }
  }

  @Test func eachStageNamesWhatItOpens() throws {
    try ClosureFixture.with { machine in
      let closure = Closure(try RecipeFamily(of: machine.draft()), machine.sources)
      let torch = try #require(closure.item("torch-2.13.0+cpu"))
      #expect(torch.stages == [.train, .export])
      #expect(torch.tasks == [.train, .validate, .export])
      #expect(torch.users.map(\.path) == ["trainer", "export"])
      let runtime = try #require(closure.item("onnxruntime-1.31.1"))
      // Only the int8 variant observes activations.
      #expect(runtime.stages == [.export, .optimize, .measure])
      #expect(!runtime.isNeeded(for: .train))
      #expect(runtime.isNeeded(for: .export))
      #expect(closure.item("plotly-6.9.0")?.tasks == [.test, .predict, .bench])
      #expect(
        Set(closure.items(for: [.train]).map(\.name)) == ["table.csv", "torch-2.13.0+cpu", "galley-torch-2", "galley"])
      // Whoever runs a recipe up to its measurement trains it first.
      #expect(closure.items(for: [.bench]).contains { $0.name == "torch-2.13.0+cpu" })
      #expect(closure.limited(to: [.train]).total.known == 46_534)
    }
  }

  @Test func aModelFileNeedsNoTraining() throws {
    try ClosureFixture.with { machine in
      try machine.put("net.onnx", bytes: 321)
      let text = """
        recipe: file
        task: classification
        data: {use: image-table, path: table.csv, height: 8, width: 8}
        model: {architecture: {use: model.file.onnx, path: net.onnx}}

        """
      let closure = Closure(try RecipeFamily(of: machine.draft(text)), machine.sources)
      #expect(closure.item("torch-2.13.0+cpu") == nil)
      let model = try #require(closure.item("net.onnx"))
      #expect(model.role == .model)
      #expect(model.byteCount == 321)
      #expect(model.users.map(\.path) == ["model.architecture.path"])
    }
  }

  @Test func whatIsNotInstalledIsKnownFromTheLock() throws {
    let lock = try Data(contentsOf: URL(filePath: "Native/native.lock"))
    #expect(LibraryPins.embedded == [UInt8](lock))
    let document = try #require(try JSONSerialization.jsonObject(with: lock) as? [String: Any])
    let entries = try #require(document["libraries"] as? [[String: Any]])
    try ClosureFixture.with(installed: ["plotly-6.9.0"]) { machine in
      let closure = Closure(try RecipeFamily(of: machine.draft()), machine.sources)
      var sum = 0
      for name in ["torch", "onnxruntime"] {
        let entry = try #require(
          entries.first { $0["name"] as? String == name && $0["platform"] as? String == LibraryPins.currentPlatform })
        let item = try #require(closure.items.first { $0.library == name })
        #expect(item.digest?.hex == entry["sha256"] as? String)
        #expect(item.byteCount == entry["size"] as? Int)
        #expect(item.licence == entry["licence"] as? String)
        #expect(item.packing == .wheel)
        #expect(!item.isHere)
        sum += item.byteCount ?? 0
      }
      #expect(
        closure.items.first { $0.library == "torch" }?.origins.first == "https://download.pytorch.org/whl/cpu/torch/")
      #expect(closure.items.first { $0.library == "onnxruntime" }?.origins == ["https://pypi.org/simple/onnxruntime/"])
      // Nobody knows how large the shim will be.
      #expect(closure.toFetch.known == sum)
      #expect(closure.toFetch.unknown == 1)
      #expect(closure.missing.map(\.name) == ["torch-2.13.0+cpu", "galley-torch-2", "onnxruntime-1.31.1"])
    }
  }

  @Test func anotherVersionOfTheShimIsNone() throws {
    try ClosureFixture.with(installed: ["galley-torch-1"]) { machine in
      let closure = Closure(try RecipeFamily(of: machine.draft()), machine.sources)
      #expect(closure.item("galley-torch-2")?.isHere == false)
    }
  }

  @Test func imagesNeedTheirDecoder() throws {
    try ClosureFixture.with { machine in
      try machine.put("photos/a/1.png", bytes: 100)
      try machine.put("photos/b/2.png", bytes: 250)
      let text = """
        recipe: photos
        task: classification
        data: {use: images, path: photos, height: 32, width: 32}
        model: {architecture: small-convnet}

        """
      let closure = Closure(try RecipeFamily(of: machine.draft(text)), machine.sources)
      let vips = try #require(closure.item("vips-8.14.1"))
      #expect(vips.byteCount == 8000)
      #expect(vips.stages == [.prepare])
      #expect(vips.users.map(\.path) == ["data"])
      let photos = try #require(closure.item("photos"))
      #expect(photos.kind == .folder)
      #expect(photos.byteCount == 350)
      #expect(photos.digest == (try Digest(ofContentAt: machine.folder + "/photos")))
      let table = Closure(try RecipeFamily(of: machine.draft()), machine.sources)
      #expect(!table.items.contains { $0.library == "vips" })
    }
  }

  @Test func installedLibrariesHaveTheSizeThatTheInstallerNoted() throws {
    let root = FileManager.default.currentDirectoryPath + "/.native"
    guard FileManager.default.fileExists(atPath: root + "/installed.json") else { return }
    let shelf = LibraryShelf(
      locator: .init(environment: ["GALLEY_NATIVE": root, "GALLEY_HOME": "/nowhere"]), pins: .ofThisProgram)
    for name in ["torch", "galley-torch", "onnxruntime", "openvino", "litert", "plotly"] {
      let item = shelf.item(name)
      let folder = "\(root)/\(item.name)"
      let record = try Data(contentsOf: URL(filePath: "\(folder)/.galley-install.json"))
      let document = try #require(try JSONSerialization.jsonObject(with: record) as? [String: Any])
      let files = try #require(document["files"] as? [String: [Any]])
      let sum = files.filter { !$0.key.hasPrefix("include/") }.reduce(0) { $0 + ($1.value.first as? Int ?? 0) }
      #expect(item.byteCount == sum, "\(name)")
      #expect(item.isHere)
    }
  }

  @Test func emptyPlacesAreListed() throws {
    try ClosureFixture.with { machine in
      let draft = try RecipeDraft(task: "classification", name: "x", catalogue: ClosureFixture.catalogue())
      let error = #expect(throws: GalleyError.self) { try RecipeFamily(of: draft) }
      #expect(error?.why == "2 places are empty: data, model.architecture")
      #expect(error?.exitCode == .configuration)
    }
  }

  @Test func contentIsFoundInThePantry() throws {
    try ClosureFixture.with { machine in
      let digest = try machine.pantry.store(fileAt: machine.folder + "/table.csv")
      let text = ClosureFixture.text.replacing("path: table.csv", with: "path: 'sha256:\(digest.hex)'")
      let closure = Closure(try RecipeFamily(of: machine.draft(text)), machine.sources)
      let item = try #require(closure.items.first { $0.digest == digest })
      #expect(item.isHere)
      #expect(item.byteCount == 1234)
      let other = Digest(of: "nowhere")
      let absent = Closure(
        try RecipeFamily(of: machine.draft(text.replacing(digest.hex, with: other.hex))), machine.sources)
      #expect(absent.missing.map(\.digest) == [other])
      #expect(absent.toFetch.unknown == 1)
    }
  }
}
