// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley

/// The JSON form that `galley inspect --json` prints.
extension ModelDescription: Codable {
  private enum CodingKeys: String, CodingKey {
    case format, formatVersion, files, producer, inputs, dimensionNames, outputs, outputOperators, operators, parameters
    case multiplyAccumulates, quantization, metadata, licence, notes
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      format: try container.decode(ModelFormat.self, forKey: .format),
      formatVersion: try container.decode(String.self, forKey: .formatVersion),
      files: try container.decode([File].self, forKey: .files))
    producer = try container.decodeIfPresent(String.self, forKey: .producer)
    inputs = try Self.values(container, .inputs)
    dimensionNames = try container.decodeIfPresent([[String]].self, forKey: .dimensionNames) ?? []
    outputs = try Self.values(container, .outputs)
    outputOperators = try container.decode([String: String].self, forKey: .outputOperators)
    operators = try container.decode([OperatorCount].self, forKey: .operators)
    parameters = try container.decode([ParameterCount].self, forKey: .parameters)
    multiplyAccumulates = try container.decodeIfPresent(Int.self, forKey: .multiplyAccumulates)
    quantization = try container.decodeIfPresent(QuantizationSummary.self, forKey: .quantization)
    metadata = try container.decode([String: String].self, forKey: .metadata)
    licence = try container.decodeIfPresent(String.self, forKey: .licence)
    notes = try container.decode([String].self, forKey: .notes)
  }

  private static func values(
    _ container: KeyedDecodingContainer<CodingKeys>, _ key: CodingKeys
  ) throws -> [ValueSpec] {
    try container.decode([ValueForm].self, forKey: key).map { form in
      guard let value = form.specification else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: container, debugDescription: "'\(form.type)' is no type of a value")
      }
      return value
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(format, forKey: .format)
    try container.encode(formatVersion, forKey: .formatVersion)
    try container.encode(files, forKey: .files)
    try container.encodeIfPresent(producer, forKey: .producer)
    try container.encode(inputs.map(ValueForm.init), forKey: .inputs)
    if !dimensionNames.isEmpty { try container.encode(dimensionNames, forKey: .dimensionNames) }
    try container.encode(outputs.map(ValueForm.init), forKey: .outputs)
    try container.encode(outputOperators, forKey: .outputOperators)
    try container.encode(operators, forKey: .operators)
    try container.encode(parameters, forKey: .parameters)
    try container.encodeIfPresent(multiplyAccumulates, forKey: .multiplyAccumulates)
    try container.encodeIfPresent(quantization, forKey: .quantization)
    try container.encode(metadata, forKey: .metadata)
    try container.encodeIfPresent(licence, forKey: .licence)
    try container.encode(notes, forKey: .notes)
  }
}
