// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import GRDB
internal import Galley

extension GoldenValue {
  var databaseValue: DatabaseValue {
    switch self {
    case .null: .null
    case .integer(let value): value.databaseValue
    case .real(let value): value.databaseValue
    case .text(let value): value.databaseValue
    }
  }

  init(_ value: DatabaseValue) {
    switch value.storage {
    case .null, .blob: self = .null
    case .int64(let number): self = .integer(Int(number))
    case .double(let number): self = .real(number)
    case .string(let text): self = .text(text)
    }
  }
}

extension GoldenRow {
  /// Reads a row with its documents and proves that it is the one that was written.
  init(_ row: Row) throws {
    let name: String = try row.decode(forColumn: "id")
    guard let id = Digest(hex: name) else { throw VolumeDamage(row: name) }
    var values: [String: GoldenValue] = [:]
    for column in GoldenColumn.all where column.name != "id" {
      let value = GoldenValue(try row.decode(DatabaseValue.self, forColumn: column.name))
      if value != .null { values[column.name] = value }
    }
    let text: String? = try row.decode(forColumn: "measurement_json")
    let digits: String = try row.decode(forColumn: "recipe_digest")
    guard let digest = Digest(hex: digits),
      let form = GoldenRecipe.Form(rawValue: try row.decode(forColumn: "recipe_form"))
    else { throw VolumeDamage(row: name) }
    self.init(
      id: id, values: values,
      recipe: GoldenRecipe(try row.decode(forColumn: "recipe_content"), form: form, digest: digest),
      measurement: try text.map { try VolumeText.decode($0) },
      origin: try VolumeText.decode(try row.decode(forColumn: "origin_json")),
      metadata: try VolumeText.decode(try row.decode(forColumn: "metadata_json")), measurementText: text)
    try prove()
  }

  /// The id must be the digest of what the row says, and the columns must say what the measurement says.
  private func prove() throws {
    if let measurement, let measurementText {
      guard status == .measured, Digest(of: measurementText) == id else { throw VolumeDamage(row: id.hex) }
      // A column that a later version derives from the measurement is empty in rows of an earlier one.
      for (name, value) in MeasuredColumns(measurement).values where values[name].map({ $0 != value }) ?? false {
        throw VolumeDamage(row: id.hex)
      }
    } else {
      guard status != .measured, try Self.digest(of: values) == id else { throw VolumeDamage(row: id.hex) }
    }
  }

  /// The row with its documents in SQL; what `init(_:)` reads.
  static let select = """
    SELECT golden.*, document.measurement_json, document.metadata_json, document.origin_json,
      recipe.form AS recipe_form, recipe.content AS recipe_content
    FROM golden JOIN document ON document.id = golden.id JOIN recipe ON recipe.digest = golden.recipe_digest
    """
}

/// A row whose content isn't what was written.
struct VolumeDamage: Error {
  /// The row's id.
  let row: String
}
