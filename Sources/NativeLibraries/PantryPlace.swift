// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Where the pantry lies when nobody says, and where in it native libraries lie. The one place that knows this rule.
public enum PantryPlace {
  /// The pantry's folder with native libraries, with the layout of `.native`.
  public static let nativeFolder = "native"

  /// `GALLEY_HOME`, else `XDG_DATA_HOME/galley`, else `~/.local/share/galley`.
  public static func root(environment: [String: String]) -> String {
    if let home = environment["GALLEY_HOME"], !home.isEmpty { return home }
    if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") { return "\(data)/galley" }
    return "\(environment["HOME"] ?? "/tmp")/.local/share/galley"
  }
}
