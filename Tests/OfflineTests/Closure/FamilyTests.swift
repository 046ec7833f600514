// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Architectures
import Files
import Galley
import Pantry
import Recipes
import Testing

import Offline

@Suite struct FamilyTests {
  @Test func everyArchitectureWithEveryVariant() throws {
    try ClosureFixture.with { machine in
      let family = try RecipeFamily(of: machine.draft(), each: [FamilyAxis("model.architecture")])
      let networks = ClosureFixture.names(of: try ClosureFixture.catalogue(), fitting: "model.classification")
      // A model file lacks its path; each network is there as float32 and as int8, since its width is the default then.
      #expect(Set(family.members.compactMap { $0.choices.first?.value.description }) == Set(networks))
      #expect(family.members.count == 2 * networks.count)
      #expect(family.members.first?.name.hasPrefix("wide, model.architecture=") == true)
      #expect(family.leftOut.allSatisfy { $0.choices.first?.value == "onnx" })
      #expect(family.leftOut.first?.reasons.joined().contains("needs this option") == true)
      let closure = Closure(family, machine.sources)
      #expect(closure.total.known == 68_134)
      #expect(closure.marginals.allSatisfy { $0.marginal.known == 0 })
    }
  }

  @Test func sharedThingsCountOnceAndMarginalOnesForTheirChoice() throws {
    try ClosureFixture.with { machine in
      let text = ClosureFixture.text.replacing("small-convnet, width: 16", with: "big-net").replacing(
        "height: 8", with: "height: 16"
      ).replacing("set: {model.architecture.width: 8}", with: "set: {optimizer: float16}")
      let family = try RecipeFamily(
        of: machine.draft(text), each: [FamilyAxis("model.architecture.pretrained=none,photo,copyleft")])
      #expect(family.members.count == 9)
      let closure = Closure(family, machine.sources)
      #expect(closure.total.known == 68_134 + 9_800_000 + 1_000_000)
      #expect(closure.toFetch.known == 10_800_000)
      let marginals = closure.marginals
      #expect(marginals.map(\.name) == ["none", "photo", "copyleft"].map { "model.architecture.pretrained=\($0)" })
      #expect(marginals.map(\.marginal.known) == [0, 9_800_000, 1_000_000])
      #expect(marginals.map(\.total.known) == [68_134, 9_868_134, 1_068_134])
      let photo = try #require(closure.item("photo-0a1b2c3d.pth"))
      #expect(photo.stages == [.train])
      #expect(photo.users == [.init(path: "model.architecture.pretrained", ingredient: "weights.photo@1.0.0")])
      #expect(photo.origins == ["https://example.org/photo-0a1b2c3d.pth"])
    }
  }

  @Test func theBeginningOfADigestIsFoundInThePantry() throws {
    try ClosureFixture.with { machine in
      try machine.put("weights.pth", bytes: 4321)
      let digest = try machine.pantry.store(fileAt: machine.folder + "/weights.pth")
      var artifact = ClosureFixture.photo
      artifact.digestPrefix = String(digest.hex.prefix(8))
      let card = Card(
        taxonomy: "weights.mine", version: ClosureFixture.v1, summary: "Mine.", artifacts: [artifact])
      let catalogue = try CardCatalogue(ClosureFixture.catalogue().cards + [card])
      let draft = try RecipeDraft(
        text: ClosureFixture.text.replacing("small-convnet, width: 16", with: "big-net, pretrained: mine")
          .replacing("height: 8", with: "height: 16").replacing("model.architecture.width: 8", with: "optimizer: none"),
        path: "r.yaml", folder: machine.folder, catalogue: catalogue)
      let closure = Closure(try RecipeFamily(of: draft), machine.sources)
      let item = try #require(closure.item(artifact.name))
      #expect(item.isHere)
      #expect(item.digest == digest)
      #expect(item.byteCount == 4321)
    }
  }

  @Test func contradictionsAreNamedAndLeftOut() throws {
    try ClosureFixture.with { machine in
      // Images of 8 pixels: weights of photos contradict the data that somebody chose.
      let text = ClosureFixture.text.replacing("small-convnet, width: 16", with: "big-net").replacing(
        "model.architecture.width: 8", with: "model.architecture.stem: wide")
      let family = try RecipeFamily(
        of: machine.draft(text),
        each: [FamilyAxis("model.architecture.pretrained=none,photo"), FamilyAxis("optimizer=none,int8")])
      // wide and wide int8 mean the same once the optimizer is chosen: 2; the wide stem without int8: 1.
      #expect(
        family.members.map(\.name) == [
          "wide, model.architecture.pretrained=none, optimizer=none",
          "wide, model.architecture.pretrained=none, optimizer=int8",
          "narrow, model.architecture.pretrained=none, optimizer=none",
        ])
      let photos = family.leftOut.filter { $0.choices.first?.value == "photo" }
      #expect(photos.count == 6)
      // One contradicts in two ways, of which one is named.
      #expect(photos.count { $0.reasons.joined().contains("Weights of photos want images.") } >= 5)
      let stem = try #require(
        family.leftOut.first { $0.name == "narrow, model.architecture.pretrained=none, optimizer=int8" })
      #expect(stem.reasons.joined().contains("A wide stem has no int8."))
    }
  }

  @Test func anEmptySlotMayBeTakenInEveryChoice() throws {
    try ClosureFixture.with { machine in
      let text = ClosureFixture.withoutVariants(ClosureFixture.text).replacing(
        "architecture: {use: small-convnet, width: 16}", with: "architecture:")
      let family = try RecipeFamily(of: machine.draft(text), each: [FamilyAxis("model.backbone=big-net,small-convnet")])
      #expect(family.members.map(\.name) == ["small, model.backbone=big-net", "small, model.backbone=small-convnet"])
    }
  }

  @Test func anAxisThatOnlySomeHaveIsLeftOutOfTheOthers() throws {
    try ClosureFixture.with { machine in
      let text = ClosureFixture.withoutVariants(ClosureFixture.text)
      let family = try RecipeFamily(
        of: machine.draft(text),
        each: [FamilyAxis("model.architecture=big-net,small-convnet"), FamilyAxis("model.architecture.stem")])
      #expect(
        family.members.map(\.name) == [
          "small, model.architecture=big-net, model.architecture.stem=plain",
          "small, model.architecture=big-net, model.architecture.stem=wide", "small, model.architecture=small-convnet",
        ])
    }
  }

  @Test func wrongAxesAreRefused() throws {
    try ClosureFixture.with { machine in
      let draft = try machine.draft()
      let unknown = #expect(throws: GalleyError.self) {
        try RecipeFamily(of: draft, each: [FamilyAxis("model.architecure")])
      }
      #expect(unknown?.why.contains("did you mean 'model.architecture'?") == true)
      let numbers = #expect(throws: GalleyError.self) {
        try RecipeFamily(of: draft, each: [FamilyAxis("trainer.epochs")])
      }
      #expect(numbers?.remedy == "Name the values: --each 'trainer.epochs=VALUE,VALUE'.")
      #expect(throws: GalleyError.self) { try FamilyAxis("=1") }
      #expect(throws: GalleyError.self) { try FamilyAxis("") }
      let many = (1...101).map { "\($0)" }.joined(separator: ",")
      let tooMany = #expect(throws: GalleyError.self) {
        try RecipeFamily(of: draft, each: [FamilyAxis("seed=1")])
      }
      #expect(tooMany?.exitCode == .usage)
      let product = #expect(throws: GalleyError.self) {
        try RecipeFamily(
          of: draft, each: [FamilyAxis("trainer.epochs=\(many)"), FamilyAxis("trainer.batchSize=\(many)")])
      }
      #expect(product?.why == "there are more than 10000")
    }
  }
}

extension ClosureFixture {
  static func names(of catalogue: CardCatalogue, fitting taxonomy: String) -> [String] {
    catalogue.fitting([taxonomy]).map(\.name)
  }
}
