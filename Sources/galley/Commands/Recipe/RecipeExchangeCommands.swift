// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Files
internal import Foundation
internal import Galley
internal import Recipes
internal import Reports
internal import SPPR
internal import Scenarios

/// Makes a recipe of another system's, or of a lock.
struct RecipeImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Make a recipe of LEIP's portable recipe (.sppr), or of a lock.",
    discussion: """
      Examples:
        galley recipe import detection.sppr -o detection.yaml
        galley recipe import digits.lock -o digits.yaml

      All ids of a portable recipe are verified. What has a counterpart here is carried over; the rest is listed.
      """)

  @Argument(help: "The file.", completion: .file(extensions: ["sppr", "lock"]))
  var file: String

  @Option(name: .shortAndLong, help: "Write the recipe to this file; without it, it is printed.", completion: .file())
  var output: String?

  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let path = output ?? "recipe.yaml"
    let name = URL(filePath: file).deletingPathExtension().lastPathComponent
    let folder = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
    let catalogue = try Catalogue.standard.cardCatalogue()
    guard !file.hasSuffix(".lock") else {
      let lock = try RecipeLock(RecipeLocking.read(file), path: file)
      let draft = try RecipeDraft(
        document: lock.document(), comment: ["Made of \(file)."], path: path, folder: folder, catalogue: catalogue)
      return try finish(draft, console)
    }
    let recipe = try PortableRecipeText(path: file).verified(console)
    let imported = try PortableImport(recipe, name: name, path: path, folder: folder, catalogue: catalogue)
    try console.result(json: ImportDocument(imported))
    report(imported, console)
    try finish(imported.draft, console)
  }

  private func report(_ imported: PortableImport, _ console: Console) {
    console.note("Carried over: \(imported.carried.count)")
    for item in imported.carried { console.note("  \(item.to) = \(item.value)   from \(item.from)") }
    console.note("Not carried over: \(imported.left.count)")
    for item in imported.left { console.note("  \(item.from): \(item.what): \(item.reason)") }
    let missing = imported.draft.missing.map(\.path)
    if !missing.isEmpty { console.note("Still to choose: \(missing.joined(separator: ", "))") }
  }

  private func finish(_ draft: RecipeDraft, _ console: Console) throws {
    let text = try draft.text()
    guard let output else { return console.result(String(text.dropLast())) }
    try RecipeOutput.write(text, to: output)
    console.result("\(output) is written.")
  }
}

private struct ImportDocument: Encodable {
  var carried: [PortableImport.Carried]
  var left: [PortableImport.Left]
  var missing: [String]

  init(_ imported: PortableImport) {
    carried = imported.carried
    left = imported.left
    missing = imported.draft.missing.map(\.path)
  }
}

/// Writes a recipe in another form.
struct RecipeExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a recipe with every value said, as YAML, JSON or canonical text; or a portable recipe as it was.",
    discussion: """
      Examples:
        galley recipe export recipe.yaml --format json -o recipe.json
        galley recipe export recipe.yaml --format canonical      what the digest is made of
        galley recipe export detection.sppr -o same.sppr         read, verified, written again byte for byte
        galley recipe export recipe.yaml --portable -o r.yaml    files and folders by their digests

      A portable document runs in any folder where the pantry holds what it refers to; its recipes have the digests of
      those that it was made of. With --json the references are listed beside the document.
      """)

  /// How the recipe is written.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case yaml, json, canonical, sppr
  }

  @OptionGroup var argument: RecipeArgument

  @Option(name: .long, help: "yaml, json, canonical; or sppr for a portable recipe.")
  var format: Format?

  @Flag(name: .long, help: "Name every file and folder by the digest of its content (yaml or json).")
  var portable = false

  @Option(name: .shortAndLong, help: "Write to this file; without it, it is printed.", completion: .file())
  var output: String?

  @OptionGroup var options: OutputOptions

  mutating func validate() throws {
    guard !portable || format == nil || format == .yaml || format == .json else {
      throw ValidationError("A portable document is written as yaml or json.")
    }
  }

  func run() async throws {
    let console = Console(options)
    if portable { return try exportPortable(console) }
    let text = try text(console)
    guard let output else { return console.write(text) }
    try RecipeOutput.write(text, to: output)
    console.note("\(output) is written.")
  }

  /// Writes the document, and lists what it refers to.
  private func exportPortable(_ console: Console) throws {
    let catalogue = try Catalogue.standard.cardCatalogue()
    let document = try Catalogue.standard.portable(argument.draft().file())
    let text = format == .json ? try document.json() : try document.yaml(catalogue: catalogue)
    try console.result(json: PortableResult(document: document.content, references: document.references))
    guard let output else { return console.style == .text ? console.write(text) : () }
    try RecipeOutput.write(text, to: output)
    for reference in document.references {
      console.note("sha256:\(reference.digest.hex)  \(reference.path ?? reference.origin ?? "in a pantry")")
    }
    console.note("\(output) is written.")
  }

  private func text(_ console: Console) throws -> String {
    let isPortable = argument.recipe.hasSuffix(".sppr")
    guard isPortable == ((format ?? (isPortable ? .sppr : .yaml)) == .sppr) else {
      throw GalleyError(
        .usage, "can't export '\(argument.recipe)'", why: "only portable recipes are written as portable recipes",
        remedy: "A portable recipe becomes one of Galley's with: galley recipe import.")
    }
    if isPortable {
      let recipe = try PortableRecipeText(path: argument.recipe).verified(console)
      return String(decoding: try recipe.serialized(), as: UTF8.self)
    }
    let file = try argument.draft().file()
    switch format ?? .yaml {
    case .canonical:
      return try file.variants.map { try $0.recipe.canonicalText() }.joined(separator: "\n") + "\n"
    case .json:
      let document = try RecipeLock(file, tools: [:]).document()
      return String(decoding: try Console.encoded(document, pretty: true), as: UTF8.self) + "\n"
    case .yaml, .sppr:
      let folder = URL(filePath: argument.recipe).deletingLastPathComponent().path(percentEncoded: false)
      return try RecipeDraft(
        document: RecipeLock(file, tools: [:]).document(), path: argument.recipe, folder: folder,
        catalogue: Catalogue.standard.cardCatalogue()
      ).text()
    }
  }
}

/// LEIP's portable recipe in a file.
struct PortableRecipeText {
  let path: String

  /// The recipe; what is wrong with it is said.
  func verified(_ console: Console) throws -> PortableRecipe {
    let recipe = try PortableRecipe(serialized: RecipeLocking.read(path), name: path)
    let ids = recipe.identities
    console.note("\(path): \(ids.verified) of \(ids.total) ids verify.")
    let findings = recipe.check()
    for finding in findings { console.note("\(path): \(finding)") }
    guard ids.verified == ids.total else {
      throw GalleyError(
        .badData, "can't trust the portable recipe", at: path,
        why: "\(ids.total - ids.verified) of \(ids.total) ids don't belong to what they name",
        remedy: "Get the file again; it was changed after it was made.")
    }
    return recipe
  }

  /// Prints the tree as LEIP does.
  func show(_ console: Console) throws {
    let recipe = try verified(console)
    guard let tree = recipe.tree else {
      throw GalleyError(.badData, "can't show the portable recipe", at: path, why: "it has no root")
    }
    try console.result(json: recipe.values.map(ShownSetting.init))
    console.write(tree.description)
  }
}

private struct ShownSetting: Encodable {
  var place: String
  var slot: String
  var synonyms: [String]
  var value: ConfigurationValue?
  var origin: String

  init(_ setting: PortableSetting) {
    place = "\(setting.place)"
    slot = setting.slot.path
    synonyms = setting.synonyms
    value = setting.value.map { ConfigurationValue($0) }
    origin = setting.origin.rawValue
  }
}

/// A portable document with what it refers to.
private struct PortableResult: Encodable {
  var document: ConfigurationValue
  var references: [RecipeDocument.Reference]
}
