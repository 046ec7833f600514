// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import Glibc

/// Settings as texts by key, from three places; a flag counts before a variable, and that before the file.
struct SettingsReader: Sendable {
  /// The variable that names the file.
  static let fileVariable = "GALLEY_AGENT_CONFIGURATION"

  private(set) var values: [SettingKey: [SettingValue]] = [:]

  /// Reads all three.
  /// - Parameters:
  ///   - flags: Keys without their dashes, and values, in the order of the command line.
  ///   - environment: The process's variables; others than `GALLEY_AGENT_…` don't count.
  ///   - file: The file's path; behind a dash, the file need not be there; `nil` for none.
  /// - Throws: `GalleyError` for keys that don't exist, keys without a value, and repeated keys.
  init(flags: [(key: String, value: String)], environment: [String: String], file: String?) throws(GalleyError) {
    if let file { try read(file) }
    var fromEnvironment: [SettingKey: [SettingValue]] = [:]
    for (name, text) in environment.sorted(by: { $0.key < $1.key })
    where name.hasPrefix("GALLEY_AGENT_") && name != Self.fileVariable {
      guard let key = SettingKey.allCases.first(where: { $0.variable == name }) else {
        throw Self.unknown(name, "environment", SettingKey.allCases.map(\.variable))
      }
      let parts = key.isList ? text.split(separator: ",", omittingEmptySubsequences: false).map(\.trimmed) : [text]
      for part in parts { try Self.add(SettingValue(text: part, place: name), key, to: &fromEnvironment) }
    }
    values.merge(fromEnvironment) { $1 }
    var fromFlags: [SettingKey: [SettingValue]] = [:]
    for (name, text) in flags {
      guard let key = SettingKey(rawValue: name) else {
        throw Self.unknown("--\(name)", "command line", SettingKey.allCases.map { "--\($0.rawValue)" })
      }
      try Self.add(SettingValue(text: text, place: "--\(name)"), key, to: &fromFlags)
    }
    values.merge(fromFlags) { $1 }
  }

  private mutating func read(_ name: String) throws(GalleyError) {
    let isOptional = name.hasPrefix("-")
    let path = isOptional ? String(name.dropFirst()) : name
    guard let bytes = try? Data(contentsOf: URL(filePath: path)) else {
      let reason = errno
      if isOptional, access(path, F_OK) != 0 { return }
      throw GalleyError(
        .missingInput, "can't read the configuration", at: path, why: String(cString: strerror(reason)))
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw GalleyError(.configuration, "can't read the configuration", at: path, why: "it isn't UTF-8")
    }
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let place = "\(path):\(index + 1)"
      let line = line.trimmed
      guard !line.isEmpty, !line.hasPrefix("#") else { continue }
      guard let equals = line.firstIndex(of: "=") else {
        throw GalleyError(
          .configuration, "can't read the configuration", at: place, why: "'\(line)' isn't 'key = value'")
      }
      let (name, value) = (line[..<equals].trimmed, line[line.index(after: equals)...].trimmed)
      guard let key = SettingKey(rawValue: name) else {
        throw Self.unknown(name, place, SettingKey.allCases.map(\.rawValue))
      }
      try Self.add(SettingValue(text: value, place: place), key, to: &values)
    }
  }

  private static func add(
    _ value: SettingValue, _ key: SettingKey, to values: inout [SettingKey: [SettingValue]]
  ) throws(GalleyError) {
    guard !value.text.isEmpty else { throw value.refusal(key, "it has no value") }
    if let before = values[key], let first = before.first, !key.isList {
      throw value.refusal(key, "it was set already at \(first.place)")
    }
    values[key, default: []].append(value)
  }

  private static func unknown(_ name: String, _ place: String, _ known: [String]) -> GalleyError {
    GalleyError(
      .configuration, "can't use '\(name)'", at: place, why: "there is no such setting",
      remedy: NearestName.match(name, in: known).map { "Did you mean '\($0)'?" }
        ?? "'galley-agent serve --help' lists all.")
  }

  func one(_ key: SettingKey) -> SettingValue? { values[key]?.last }
  func all(_ key: SettingKey) -> [SettingValue]? { values[key] }
}
