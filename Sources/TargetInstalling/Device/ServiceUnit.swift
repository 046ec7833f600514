// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The unit by which systemd runs an agent from its folder: `Native/agent/galley-agent.service` with other places.
package struct ServiceUnit: Sendable, Hashable {
  static let fileName = "galley-agent.service"

  /// Its lines.
  package let lines: [String]

  /// What the manager of one user understands; the rest needs root.
  private static let ofUsers: Set<String> = [
    "Description", "Type", "NotifyAccess", "ExecStart", "Environment", "Restart", "RestartSec", "TimeoutStopSec",
    "KillMode", "UMask", "NoNewPrivileges", "LimitCORE", "LimitNOFILE", "TasksMax", "WantedBy",
  ]

  /// The unit of an agent.
  /// - Parameters:
  ///   - folder: The agent's folder.
  ///   - isOfUser: Whether it is for the manager of one user.
  package init(folder: String, isOfUser: Bool) {
    let template = String(decoding: PackageResources.galley_agent_service, as: UTF8.self)
    let replaced = [
      "ExecStart": "\(folder)/current/bin/galley-agent serve",
      "Environment": "GALLEY_AGENT_CONFIGURATION=\(folder)/agent.conf",
      "ReadWritePaths": "/tmp \(folder)/state",
    ]
    // Its state lies in its folder.
    let dropped: Set = ["StateDirectory", "StateDirectoryMode"]
    var lines = [
      "# Galley's agent, as 'galley target install' put it here. Its settings stand in \(folder)/agent.conf."
    ]
    for line in template.split(separator: "\n") where !line.hasPrefix("#") {
      if line == "[Service]", !isOfUser { lines.append("RequiresMountsFor=\(folder)") }
      guard let equals = line.firstIndex(of: "=") else {
        lines += ["", String(line)]
        continue
      }
      let key = String(line[..<equals])
      guard !dropped.contains(key), !isOfUser || Self.ofUsers.contains(key) else { continue }
      if key == "WantedBy", isOfUser {
        lines.append("WantedBy=default.target")
      } else {
        lines.append(replaced[key].map { "\(key)=\($0)" } ?? String(line))
      }
    }
    self.lines = lines
  }
}
