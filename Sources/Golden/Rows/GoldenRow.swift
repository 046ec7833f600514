// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import Galley

/// One row of a golden volume: a recipe with what was measured of it, or what became of it.
///
/// A measured row can't be made without the conditions of its measurement, nor with a number that isn't one. Its id is
/// the digest of the measurement's JSON, whoever holds it; that of any other row is the digest of its columns.
public struct GoldenRow: Sendable, Hashable {
  /// Where a row comes from.
  public enum Status: String, Sendable, Hashable, Codable, CaseIterable {
    /// Galley measured it.
    case measured
    /// Somebody else says so.
    case imported
    /// It was to be measured and couldn't be.
    case failed
  }

  /// The row's name.
  public let id: Digest
  /// Values by column, all but the id; what is missing is null.
  public let values: [String: GoldenValue]
  /// The recipe, whole.
  public let recipe: GoldenRecipe
  /// What was measured, with its conditions; `nil` for rows that Galley didn't measure.
  public let measurement: Measurement?
  /// Where it came from: command, files.
  public let origin: RowOrigin
  /// Whatever else the user wants to keep with the row.
  public let metadata: [String: String]
  /// The measurement as JSON; the id of a measured row is the digest of these bytes.
  let measurementText: String?

  init(
    id: Digest, values: [String: GoldenValue], recipe: GoldenRecipe, measurement: Measurement?, origin: RowOrigin,
    metadata: [String: String], measurementText: String?
  ) {
    self.id = id
    self.values = values
    self.recipe = recipe
    self.measurement = measurement
    self.origin = origin
    self.metadata = metadata
    self.measurementText = measurementText
  }

  /// A row that Galley didn't measure.
  init(
    values: [String: GoldenValue], recipe: GoldenRecipe, origin: RowOrigin, metadata: [String: String]
  ) throws(GalleyError) {
    let values = Self.stored(values)
    self.init(
      id: try Self.digest(of: values), values: values, recipe: recipe, measurement: nil, origin: origin,
      metadata: metadata, measurementText: nil)
  }

  /// The value of a column; null where there is none.
  public subscript(column: String) -> GoldenValue {
    column == "id" ? .text(id.hex) : values[column] ?? .null
  }

  /// The values as they come back from a volume: what is missing is left out, numbers of the column's kind.
  private static func stored(_ values: [String: GoldenValue]) -> [String: GoldenValue] {
    var stored: [String: GoldenValue] = [:]
    for (name, value) in values where value != .null {
      if GoldenColumn.named(name)?.column.kind == .real, let number = value.number {
        // SQLite keeps no negative zero.
        stored[name] = .real(number == 0 ? 0 : number)
      } else {
        stored[name] = value
      }
    }
    return stored
  }

  /// The name of a row with these columns.
  static func digest(of values: [String: GoldenValue]) throws(GalleyError) -> Digest {
    if let (name, value) = values.first(where: { $0.value.number?.isFinite == false }) {
      throw GalleyError(.badData, "can't keep a row", at: name, why: "\(value.plain) isn't a finite number")
    }
    do {
      return Digest(of: try VolumeText.encode(values))
    } catch {
      throw GalleyError(.software, "can't keep a row", why: "\(error)")
    }
  }
}

extension GoldenRow {
  /// Where the row comes from.
  public var status: Status { values["status"]?.text.flatMap(Status.init) ?? .failed }
  /// Why it failed.
  public var reason: String? { values["reason"]?.text }
  /// The variant's name.
  public var variant: String { values["variant"]?.text ?? "" }
  /// The task, such as `classification`.
  public var task: String { values["task"]?.text ?? "" }
  /// Name of the target that measured.
  public var target: String { values["target"]?.text ?? "" }
  /// Digest of the recipe.
  public var recipeDigest: Digest { recipe.digest }
  /// Digest of the items measured on, if they are known.
  public var dataDigest: Digest? { values["data_digest"]?.text.flatMap(Digest.init(hex:)) }
}

/// A recipe as a volume keeps it, whole.
public struct GoldenRecipe: Sendable, Hashable {
  /// What the content is.
  public enum Form: String, Sendable, Hashable, Codable {
    /// A resolved recipe of Galley, as canonical JSON.
    case galley
    /// What a bench was asked, as JSON.
    case bench
    /// LEIP's serialized recipe.
    case sppr
    /// Nothing is known of it.
    case none
  }

  /// The recipe's digest.
  public let digest: Digest
  /// What the content is.
  public let form: Form
  /// The recipe.
  public let content: String

  /// Keeps a recipe; its digest is that of its content unless another is given.
  public init(_ content: String, form: Form, digest: Digest? = nil) {
    self.digest = digest ?? Digest(of: content)
    self.form = form
    self.content = content
  }
}

/// What has to be known to measure again, or where a row was read.
public struct RowOrigin: Sendable, Hashable, Codable {
  /// The command line, program first.
  public var command: [String]?
  /// The files that were used, with where they lay: roles `model`, `data`, `preprocessing`.
  public var files: [UsedFile]?
  /// How items became the model's input, where the data's file doesn't say it.
  public var preprocessing: Preprocessing?
  /// The table that the row was imported from.
  public var table: UsedFile?
  /// Its position there, from 1.
  public var position: Int?

  /// Creates a record.
  public init(
    command: [String]? = nil, files: [UsedFile]? = nil, preprocessing: Preprocessing? = nil, table: UsedFile? = nil,
    position: Int? = nil
  ) {
    self.command = command
    self.files = files
    self.preprocessing = preprocessing
    self.table = table
    self.position = position
  }
}
