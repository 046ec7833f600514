// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley

/// A titled list of rows, to be printed as a table.
public struct DescriptionSection: Sendable, Hashable {
  /// What the rows are about.
  public var title: String
  /// The cells of each row, equally many in each.
  public var rows: [[String]]

  /// Creates a section.
  public init(title: String, rows: [[String]]) {
    self.title = title
    self.rows = rows
  }
}

extension ModelDescription {
  /// What `galley inspect` prints: sections of rows; sections without rows are left out.
  /// - Parameter metadataLength: longer texts of metadata are cut to this many characters.
  public func sections(metadataLength: Int = 100) -> [DescriptionSection] {
    let sections = [
      DescriptionSection(title: "Model", rows: modelRows),
      DescriptionSection(title: "Inputs", rows: inputs.map { [$0.name, ValueForm.text($0.kind)] }),
      DescriptionSection(
        title: "Outputs",
        rows: outputs.map { [$0.name, ValueForm.text($0.kind), outputOperators[$0.name].map { "from \($0)" } ?? ""] }),
      DescriptionSection(title: "Operators", rows: operators.map { [$0.type, Self.grouped($0.count)] }),
      DescriptionSection(
        title: "Constants",
        rows: parameters.map { [$0.elementType, Self.grouped($0.count), Self.size($0.byteCount)] }),
      DescriptionSection(
        title: "Metadata",
        rows: metadata.sorted { $0.key < $1.key }.map { [$0.key, $0.value.onOneLine(atMost: metadataLength)] }),
      DescriptionSection(title: "Notes", rows: notes.map { [$0] }),
    ]
    return sections.filter { !$0.rows.isEmpty }.map { section in
      DescriptionSection(
        title: section.title, rows: section.rows.map { $0.map { $0.onOneLine(atMost: 400) } })
    }
  }

  private var modelRows: [[String]] {
    var rows = [["format", "\(format.title), \(formatVersion)"]]
    rows += files.map { ["file", "\($0.path), \(Self.size($0.byteCount)), SHA-256 \($0.digest.short)…"] }
    if let producer { rows.append(["written by", producer]) }
    rows.append(["numbers in constants", Self.grouped(parameterCount)])
    rows.append(["multiply-accumulates", multiplyAccumulates.map(Self.grouped) ?? "not counted"])
    if let quantization { rows.append(["quantization", Self.text(quantization)]) }
    rows.append(["licence", licence ?? "not stated"])
    return rows
  }

  private static func text(_ quantization: QuantizationSummary) -> String {
    var parts = [quantization.scheme]
    if !quantization.weightTypes.isEmpty {
      parts.append("weights \(quantization.weightTypes.joined(separator: ", "))")
    }
    if !quantization.activationTypes.isEmpty {
      parts.append("activations \(quantization.activationTypes.joined(separator: ", "))")
    }
    if let isPerChannel = quantization.isPerChannel { parts.append(isPerChannel ? "per channel" : "per tensor") }
    return parts.joined(separator: "; ")
  }

  /// A number with its thousands apart: `1,234,567`.
  static func grouped(_ number: Int) -> String {
    let digits = Array(String(number.magnitude))
    var text = number < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return text
  }

  /// A size in the unit that fits: `1.2 MB`.
  static func size(_ count: Int) -> String {
    var amount = Double(count)
    for unit in ["bytes", "kB", "MB"] {
      if amount < 1000 { return unit == "bytes" ? "\(count) bytes" : "\((amount * 10).rounded() / 10) \(unit)" }
      amount /= 1000
    }
    return "\((amount * 10).rounded() / 10) GB"
  }
}
