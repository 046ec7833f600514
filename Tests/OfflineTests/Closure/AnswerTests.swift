// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Bundles
import Files
import Galley
import Recipes
import Testing

import Offline

@Suite struct AnswerTests {
  private static let big = ClosureFixture.text.replacing("small-convnet, width: 16", with: "big-net").replacing(
    "height: 8", with: "height: 16"
  ).replacing("model.architecture.width: 8", with: "optimizer: float16")

  @Test func yesAndNo() throws {
    try ClosureFixture.with { machine in
      let answering = OfflineAnswering(try machine.draft(Self.big), machine.sources)
      let yes = try answering.can(ChoiceExpression("model.architecture.stem=plain"))
      #expect(yes.works)
      #expect(!yes.tasks.contains { !$0.works })
      let no = try answering.can(ChoiceExpression("model.architecture.pretrained=photo"))
      #expect(!no.works)
      #expect(no.missing.map(\.name) == ["photo-0a1b2c3d.pth"])
      #expect(no.toFetch.known == 9_800_000)
      #expect(no.tasks.allSatisfy { !$0.works && $0.missing == ["photo-0a1b2c3d.pth"] })
    }
  }

  @Test func eachTaskHasItsOwnAnswer() throws {
    try ClosureFixture.with(installed: ["torch-2.13.0+cpu", "galley-torch-2", "plotly-6.9.0"]) { machine in
      let answer = try OfflineAnswering(try machine.draft(), machine.sources).can(ChoiceExpression([]))
      #expect(!answer.works)
      #expect(answer.tasks.filter(\.works).map(\.task) == [.train, .validate])
      #expect(answer.missing.map(\.library) == ["onnxruntime"])
      let training = try OfflineAnswering(try machine.draft(), machine.sources).can(
        ChoiceExpression([]), tasks: [.train])
      #expect(training.works)
    }
  }

  @Test func contradictionsAreANo() throws {
    try ClosureFixture.with { machine in
      let draft = try machine.draft(Self.big)
      let answer = try OfflineAnswering(draft, machine.sources).can(
        ChoiceExpression("model.architecture.stem=wide and optimizer=int8"))
      #expect(!answer.works)
      #expect(answer.leftOut.first?.reasons.joined().contains("A wide stem has no int8.") == true)
      #expect(answer.missing.isEmpty)
    }
  }

  @Test func unknownNamesAreMistakes() throws {
    try ClosureFixture.with { machine in
      let answering = OfflineAnswering(try machine.draft(), machine.sources)
      let path = #expect(throws: GalleyError.self) { try answering.can(ChoiceExpression("model.architectur=x")) }
      #expect(path?.why.contains("did you mean 'model.architecture'?") == true)
      let value = #expect(throws: RecipeError.self) {
        try answering.can(ChoiceExpression("model.architecture=bignet"))
      }
      #expect(value?.problems.first?.why.contains("did you mean 'big-net'?") == true)
    }
  }

  @Test(arguments: [
    ("a.b=1", ["a.b=1"]), ("a=x and b == y", ["a=x", "b=y"]),
    ("a=[1, 2], b={use: x, c: 3}", ["a=[1, 2]", "b={c: 3, use: x}"]),
    ("a='x, y' && b=true", ["a=x, y", "b=true"]),
  ])
  func choicesAreRead(text: String, expected: [String]) throws {
    #expect(try ChoiceExpression(text).choices.map(\.description) == expected)
  }

  @Test(arguments: ["", "a", "=1", "a=", "a!=1", "a>=1", "a=1 and", "a=[1", "a='x", "a=1, a=2", "a b=1", "a=1)"])
  func wrongChoicesAreRefused(text: String) {
    let error = #expect(throws: GalleyError.self) { try ChoiceExpression(text) }
    #expect(error?.exitCode == .usage)
  }

  @Test func optionsTellWhatEachChoiceNeeds() throws {
    try ClosureFixture.with { machine in
      let options = try OfflineAnswering(try machine.draft(Self.big), machine.sources).options("runtime")
      #expect(options.common.isEmpty)
      let openvino = try #require(options.choices.first { $0.value == "openvino" })
      #expect(!openvino.worksOffline)
      #expect(openvino.missing.map(\.library) == ["openvino"])
      #expect(openvino.toFetch.known == LibraryPins.ofThisProgram["openvino"]?.byteCount)
      let runtime = try #require(options.choices.first { $0.value == "onnxruntime" })
      #expect(runtime.worksOffline)
      let offer = try #require(options.offers.offered.first { $0.value == "openvino" })
      #expect(offer.bytesToFetch == openvino.toFetch.known)
      #expect(offer.toFetch.map(\.role) == [.library])
    }
  }

  @Test func whatEveryChoiceLacksIsSaidOnce() throws {
    try ClosureFixture.with(installed: ["plotly-6.9.0", "onnxruntime-1.31.1"]) { machine in
      let text = ClosureFixture.withoutVariants(Self.big)
      let options = try OfflineAnswering(try machine.draft(text), machine.sources)
        .options("model.architecture.pretrained")
      #expect(options.common.map(\.library) == ["torch", "galley-torch"])
      #expect(options.choices.allSatisfy { !$0.worksOffline })
      let own = Dictionary(
        options.choices.map { ($0.value.description, $0.missing.map(\.name)) }, uniquingKeysWith: { $1 })
      #expect(own["none"] == [])
      #expect(own["photo"] == ["photo-0a1b2c3d.pth"])
      #expect(own["copyleft"] == ["copyleft.pth"])
    }
  }

  @Test func anIncompleteRecipeIsJudgedAsFarAsItGoes() throws {
    try ClosureFixture.with { machine in
      let draft = try RecipeDraft(task: "classification", name: "x", catalogue: ClosureFixture.catalogue())
      let options = try OfflineAnswering(draft, machine.sources).options("data")
      #expect(options.choices.map(\.value).contains("images"))
      #expect(options.choices.first { $0.value == "shapes" }?.worksOffline == true)
    }
  }

  @Test func aBundleAnswersByItsManifest() throws {
    try ClosureFixture.with { machine in
      let data = try Digest(ofFileAt: machine.folder + "/table.csv")
      let file = Digest(of: "file")
      func library(_ name: String) -> BundleTree {
        BundleTree(
          name: "\(name)-1", kind: .library,
          library: .init(name: name, version: "1", path: "\(name)-1", main: "m"),
          entries: [.init(path: "m", content: .file(file, isExecutable: false))])
      }
      let programs = BundleTree(
        name: "programs", kind: .programs,
        entries: ["galley", "galley-agent"].map { .init(path: $0, content: .file(file, isExecutable: true)) })
      var manifest = Manifest(
        name: "site", sequence: 1, created: .now, galley: "1", platforms: ["linux-x86_64"],
        objects: [.init(digest: data, size: 1234), .init(digest: file, size: 1)],
        trees: [programs] + ["torch", "galley-torch", "onnxruntime", "plotly"].map(library))
      func answer() throws -> OfflineAnswer {
        try OfflineAnswering(try machine.draft(), machine.sources(BundleHoldings(manifest))).can(ChoiceExpression([]))
      }
      #expect(try answer().works)
      #expect(try answer().holdings == "the bundle site")
      let whole = manifest
      manifest.objects.removeAll { $0.digest == data }
      #expect(try answer().missing.map(\.name) == ["table.csv"])
      manifest = whole
      manifest.trees.removeAll { $0.library?.name == "torch" }
      #expect(try answer().missing.map(\.library) == ["torch"])
      manifest = whole
      // A tree without all its bytes is none.
      manifest.objects.removeAll { $0.digest == file }
      #expect(try answer().missing.count == 6)
      let base = BundleHoldings(manifest, bases: [whole])
      #expect(
        try OfflineAnswering(try machine.draft(), machine.sources(base)).can(ChoiceExpression([])).works)
    }
  }

  @Test func licencesAreRefusedWithTheChoicesThatDoWithout() throws {
    try ClosureFixture.with { machine in
      let text = ClosureFixture.withoutVariants(Self.big).replacing(
        "big-net", with: "big-net, pretrained: copyleft")
      let draft = try machine.draft(text)
      let closure = Closure(try RecipeFamily(of: draft), machine.sources)
      let rules = try LicenceRules(refusing: ["AGPL-3.0"])
      let refusals = closure.refusals(by: rules, answering: OfflineAnswering(draft, machine.sources))
      let refusal = try #require(refusals.first)
      #expect(refusals.count == 1)
      #expect(refusal.item.name == "copyleft.pth")
      #expect(refusal.alternatives.map(\.path) == ["model.architecture.pretrained"])
      let others = refusal.alternatives.flatMap(\.values).map(\.description)
      #expect(others.contains("none") && others.contains("photo"))
      #expect(
        refusal.sentence.hasPrefix(
          "copyleft.pth: AGPL-3.0 is refused; needed by model.architecture.pretrained (weights.copyleft@1.0.0)."))
      let family = try RecipeFamily(of: draft, each: [FamilyAxis("model.architecture.pretrained=none,copyleft")])
      let members = Closure(family, machine.sources).refusals(by: rules).first?.membersWithout
      #expect(members == ["small, model.architecture.pretrained=none"])
      #expect(closure.refusals(by: try LicenceRules(refusing: ["GPL-3.0"])).isEmpty)
    }
  }
}
