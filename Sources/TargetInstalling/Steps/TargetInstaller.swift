// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import NativeLibraries
public import RemoteTargets
internal import Sandbox
internal import TargetTransport

/// Installs agents on devices over the user's own ssh, and makes host and agent know each other.
///
/// On the device all lies in one folder: a version is made beside the one that runs, checked by digest, and put into
/// service in one step; if it isn't healthy, the one before comes back.
public struct TargetInstaller: Sendable {
  let targets: TargetsFile
  let home: String
  let watch: InstallWatch

  /// An installer.
  /// - Parameters:
  ///   - targets: Where targets are declared.
  ///   - home: Galley's home, whose native libraries and programs are used too.
  public init(_ targets: TargetsFile, home: String, watch: InstallWatch = InstallWatch()) {
    (self.targets, self.home, self.watch) = (targets, home, watch)
  }

  /// Installs an agent and declares the target. What is there already isn't sent again.
  /// - Throws: `GalleyError` that says what is in the way; what ran on the device runs on. `CancellationError`.
  public func install(_ request: InstallRequest) async throws -> InstallReport {
    try Self.refuseOffline(request.installation.destination)
    _ = try DeclaredTarget(name: request.name, endpoint: request.address ?? .tcp(host: "device", port: 1), trust: nil)
    let declared = try targets.all().first { $0.name == request.name }
    try checkThatItIsMeant(declared, request)
    let installation = request.installation
    return try await SecureShell.with(
      installation.destination, options: installation.options, asksNothing: request.asksNothing
    ) { ssh in
      try await Installing(self, request, DeviceShell(ssh: ssh), declared).run()
    }
  }

  /// Brings the agent of a target that was installed here to the version that is here now. Settings, identity, pairing and
  /// what the device keeps stay.
  /// - Throws: As ``install(_:)``.
  public func upgrade(
    _ name: String, agent: String? = nil, native: String? = nil, asksNothing: Bool = false
  ) async throws -> InstallReport {
    let (target, installation) = try installed(name)
    var request = InstallRequest(name: name, installation: installation)
    (request.agent, request.native, request.asksNothing) = (agent, native, asksNothing)
    (request.address, request.isUpgrade) = (target.endpoint, true)
    return try await install(request)
  }

  /// Ends and removes the agent of a target that was installed here, and forgets the target.
  /// - Parameter keepsData: Whether its settings, its identity with the hosts it knows, and its blobs stay.
  /// - Throws: `GalleyError`; the target is then still declared. `CancellationError`.
  public func uninstall(
    _ name: String, keepsData: Bool, asksNothing: Bool = false
  ) async throws -> UninstallReport {
    let (_, installation) = try installed(name)
    try Self.refuseOffline(installation.destination)
    let answer = try await SecureShell.with(
      installation.destination, options: installation.options, asksNothing: asksNothing
    ) { ssh in
      let folder = try DeviceFacts.checked(installation.folder, installation.destination)
      watch.onStep("Removing the agent from \(installation.destination) …")
      return try await DeviceShell(ssh: ssh).ask(.init("uninstall", folder, keepsData ? "yes" : "no"))
    }
    try targets.remove(name)
    var remarks: [String] = []
    if answer["kept"] == "user" {
      remarks.append("The user 'galley-agent' stays on the device; 'userdel galley-agent' removes it.")
    }
    return UninstallReport(
      target: name, folder: installation.folder, wasAbsent: answer["absent"] != nil, left: answer.all("left"),
      remarks: remarks)
  }

  private func installed(_ name: String) throws(GalleyError) -> (DeclaredTarget, TargetInstallation) {
    let target = try targets.target(name)
    guard let installation = target.installation else {
      throw GalleyError(
        .configuration, "can't change the agent of '\(name)'", at: target.endpoint.description,
        why: "it wasn't installed by 'galley target install' from here",
        remedy: "Install it that way: galley target install \(name) USER@HOST. 'galley target rm' forgets it.")
    }
    return (target, installation)
  }

  /// ssh is a program of its own: it looks names up, jumps over other machines, and goes where its configuration says.
  private static func refuseOffline(_ destination: String) throws(GalleyError) {
    guard NetworkLatch.isEngaged else { return }
    throw GalleyError(
      .unavailable, "can't use ssh", at: destination,
      why:
        "--offline keeps every program that Galley starts from opening connections, and nobody can say where ssh goes",
      remedy: "Run this command without --offline and GALLEY_OFFLINE: but for ssh, it asks nobody for anything.")
  }

  /// A name that stands for another device must not be taken over.
  private func checkThatItIsMeant(_ declared: DeclaredTarget?, _ request: InstallRequest) throws(GalleyError) {
    guard let declared, !request.isUpgrade else { return }
    if let installation = declared.installation {
      if installation.destination == request.installation.destination { return }
    } else if declared.trust == nil || request.address == declared.endpoint {
      return
    }
    let at = declared.installation?.destination ?? declared.endpoint.description
    throw GalleyError(
      .usage, "can't install an agent as '\(declared.name)'", at: at, why: "there is a target of this name already",
      remedy: "Choose another name, or remove that one: galley target rm \(declared.name).")
  }
}
