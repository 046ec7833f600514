// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What the environment says about the network.
public enum OfflineSetting {
  /// Galley's own variable.
  public static let variable = "GALLEY_OFFLINE"
  private static let yes: Set<String> = ["1", "on", "yes", "true"]
  private static let no: Set<String> = ["", "0", "off", "no", "false"]

  /// Whether `GALLEY_OFFLINE` or `HF_HUB_OFFLINE` forbids the network.
  ///
  /// Hugging Face counts four words as yes and everything else as no; for Galley's own variable a word that is neither
  /// is an error, because a mistyped one must not open the network.
  /// - Throws: `GalleyError` (`configuration`).
  public static func isOn(_ environment: [String: String]) throws(GalleyError) -> Bool {
    if yes.contains(environment["HF_HUB_OFFLINE"]?.lowercased() ?? "") { return true }
    guard let value = environment[variable]?.lowercased() else { return false }
    if yes.contains(value) { return true }
    guard no.contains(value) else {
      throw GalleyError(
        .configuration, "can't tell whether the network may be used", at: variable,
        why: "'\(value)' is neither yes nor no", remedy: "Set it to 1 or 0.")
    }
    return false
  }
}
