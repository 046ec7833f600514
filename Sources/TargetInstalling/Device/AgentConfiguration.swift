// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Galley
internal import TargetTransport

/// The agent's file of settings on a device: lines `key = value`, of which those that nobody changes stay as they are.
package struct AgentConfiguration: Sendable, Hashable {
  package private(set) var lines: [String]

  static let fileName = "agent.conf"

  /// The settings that are there; the usual first lines if there are none.
  package init(_ lines: [String]?) {
    self.lines = lines ?? ["# Settings of Galley's agent, 'key = value'. Documentation/agent.md has them."]
  }

  /// Adds what an agent in a folder needs and nobody has set.
  package mutating func complete(for manager: DeviceFacts.Manager, in folder: String) {
    if self["state-folder"].isEmpty { set("state-folder", ["\(folder)/state"]) }
    if self["control"].isEmpty {
      // systemd makes that folder for the system's unit.
      set("control", [manager == .system ? "/run/galley-agent/control.sock" : "\(folder)/state/control.sock"])
    }
  }

  /// The values of a key, in their order.
  package subscript(key: String) -> [String] {
    lines.compactMap { Self.pair($0) }.filter { $0.key == key }.map(\.value)
  }

  /// Sets a key, in place of what was set.
  mutating func set(_ key: String, _ values: [String]) {
    // What is as it should be keeps its place, so that the file stays the same.
    guard self[key] != values else { return }
    lines.removeAll { Self.pair($0)?.key == key }
    lines += values.map { "\(key) = \($0)" }
  }

  /// Takes settings as a command line gives them: `key=value`; a key that is given twice has both values.
  /// - Throws: `GalleyError` (`usage`) if one has another form.
  package mutating func set(_ settings: [String]) throws(GalleyError) {
    var values: [String: [String]] = [:]
    for setting in settings {
      guard let pair = Self.pair(setting), setting.allSatisfy({ !$0.isNewline }) else {
        throw GalleyError(
          .usage, "can't set '\(setting)'", why: "it isn't KEY=VALUE",
          remedy: "Give it as in --setting listen=0.0.0.0:4271; Documentation/agent.md has the keys.")
      }
      values[pair.key, default: []].append(pair.value)
    }
    for (key, values) in values.sorted(by: { $0.key < $1.key }) { set(key, values) }
  }

  /// The port that hosts connect to: the first on the network; `nil` if the agent has Unix sockets only.
  /// - Throws: `GalleyError` if an address can't be one.
  package func port() throws(GalleyError) -> Int? {
    let places = self["listen"]
    guard !places.isEmpty else { return Endpoint.defaultPort }
    for place in places {
      if case .tcp(_, let port) = try Endpoint(place) { return port }
    }
    return nil
  }

  /// The socket by which the agent is asked how it is.
  var control: String { self["control"].last ?? "" }

  private static func pair(_ line: String) -> (key: String, value: String)? {
    guard let equals = line.firstIndex(of: "=") else { return nil }
    let key = trimmed(line[..<equals])
    let value = trimmed(line[line.index(after: equals)...])
    return key.isEmpty || key.hasPrefix("#") || value.isEmpty ? nil : (key, value)
  }

  private static func trimmed(_ text: Substring) -> String {
    let start = text.drop(while: \.isWhitespace)
    return String(start.reversed().drop(while: \.isWhitespace).reversed())
  }
}
