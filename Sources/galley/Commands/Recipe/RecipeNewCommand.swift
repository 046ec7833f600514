// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Files
internal import Foundation
internal import Galley
internal import Golden
internal import Pantry
internal import Recipes
internal import Scenarios

/// Makes a recipe: empty, or of a row of a golden volume.
struct RecipeNewCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new",
    abstract: "Make a recipe: empty for a task, or of a measured row of a golden volume.",
    discussion: """
      Examples:
        galley recipe new classification --name digits -o digits.yaml
        galley recipe new detection
        galley recipe new --golden 3f9a2c -o again.yaml
      """)

  @Argument(help: "The task: classification, detection, segmentation or anomaly.")
  var task: String?

  @Option(name: .long, help: "The recipe's name.")
  var name: String?

  @Option(name: .long, help: "Make the recipe of this row: the first digits of the row's or the recipe's digest.")
  var golden: String?

  @Option(name: .long, help: "The golden volume (default: the pantry's own).", completion: .file())
  var volume: String?

  @Option(name: .shortAndLong, help: "Write to this file; without it the recipe is printed.", completion: .file())
  var output: String?

  @Flag(name: .long, help: "Replace a file that exists.")
  var force = false

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  mutating func validate() throws {
    if (task == nil) == (golden == nil) { throw ValidationError("Give a task, or --golden with a row.") }
  }

  func run() async throws {
    let console = Console(options)
    let path = output ?? "recipe.yaml"
    if let output, !force, FileManager.default.fileExists(atPath: output) {
      throw GalleyError(
        .cantCreate, "can't make the recipe", at: output, why: "the file exists",
        remedy: "Choose another name, or replace it with --force.")
    }
    let draft = try draft(path)
    let text = try draft.text()
    guard output != nil else { return console.result(String(text.dropLast())) }
    try RecipeOutput.write(text, to: path)
    try console.result(json: NewDocument(recipe: path, missing: draft.missing.map(\.path)))
    console.result("\(path) is written.")
    if !draft.missing.isEmpty {
      console.result("Still to choose: \(draft.missing.map(\.path).joined(separator: ", ")).")
      console.result("galley recipe options \(path) \(draft.missing.first?.path ?? "") shows what fits.")
    }
  }

  private func draft(_ path: String) throws -> RecipeDraft {
    let catalogue = try Catalogue.standard.cardCatalogue()
    let folder = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
    guard let golden else {
      return try RecipeDraft(
        task: task ?? "", name: name ?? task ?? "", path: path, folder: folder, catalogue: catalogue)
    }
    let row = try row(golden)
    return try RecipeDraft(
      canonicalText: row.recipe.content, name: name ?? row.variant,
      comment: ["Made of the golden row \(row.id.short), measured as '\(row.variant)' on \(row.target)."], path: path,
      folder: folder, catalogue: catalogue)
  }

  private func row(_ digits: String) throws -> GoldenRow {
    let volume = try volume ?? place.open().root + "/golden.sqlite"
    guard FileManager.default.fileExists(atPath: volume) else {
      throw GalleyError(
        .missingInput, "can't find the row", at: volume, why: "there is no golden volume",
        remedy: "Run a recipe first: each run adds rows to the pantry's volume.")
    }
    // Only Galley's own recipes can be made a file again here.
    let rows = try GoldenVolumes(paths: [volume]).rows().filter { $0.recipe.form == .galley }
    let found = rows.filter {
      $0.id.hex.hasPrefix(digits.lowercased()) || $0.recipeDigest.hex.hasPrefix(digits.lowercased())
    }
    guard let row = found.first, !digits.isEmpty else {
      throw GalleyError(
        .missingInput, "can't find the row", at: volume, why: "no row's or recipe's digest begins with '\(digits)'",
        remedy: "The newest are \(rows.suffix(5).map { "\($0.id.short) (\($0.variant))" }.joined(separator: ", ")).")
    }
    // Rows of one recipe are equal in what is wanted here.
    guard Set(found.map(\.recipe)).count == 1 else {
      throw GalleyError(
        .usage, "can't tell which row is meant", at: volume,
        why: "'\(digits)' begins \(found.prefix(8).map { "\($0.id.short) (\($0.variant))" }.joined(separator: ", "))",
        remedy: "Give more digits.")
    }
    return row
  }
}

private struct NewDocument: Encodable {
  var recipe: String
  var missing: [String]
}
