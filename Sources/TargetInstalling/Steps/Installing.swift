// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import NativeLibraries
internal import RemoteTargets
internal import TargetProtocol
internal import TargetTransport

/// One installation, from the first look at the device to the first session with its agent.
struct Installing: Sendable {
  private let installer: TargetInstaller
  private let request: InstallRequest
  private let device: DeviceShell
  private let declared: DeclaredTarget?

  init(
    _ installer: TargetInstaller, _ request: InstallRequest, _ device: DeviceShell, _ declared: DeclaredTarget?
  ) {
    (self.installer, self.request, self.device, self.declared) = (installer, request, device, declared)
  }

  private var destination: String { request.installation.destination }
  private func step(_ words: String) { installer.watch.onStep(words) }

  func run() async throws -> InstallReport {
    step("Looking at \(destination) …")
    let facts = try await survey()
    var settings = AgentConfiguration(facts.settings)
    try settings.set(request.settings)
    settings.complete(for: facts.manager, in: facts.folder)
    let endpoint = try await address(settings)
    let payload = try payload(facts)
    var report = InstallReport(
      target: request.name, address: endpoint.description, destination: destination, folder: facts.folder,
      platform: facts.platform.description, action: facts.current == nil ? .installed : .upgraded, version: payload.id,
      manager: facts.manager.rawValue, runtimes: payload.runtimes, sentFiles: 0, sentBytes: 0, remarks: payload.remarks)
    if try await isCurrent(facts, payload, settings) {
      report.action = .kept
    } else {
      (report.sentFiles, report.sentBytes) = try await send(payload, facts)
      report.remarks += try await activate(payload, facts, settings)
    }
    report.certificate = try await declare(facts, settings, endpoint)?.hex
    if report.certificate != nil { report.remarks += try await look(payload, report) }
    return report
  }

  private func survey() async throws -> DeviceFacts {
    let folder = request.installation.folder
    let wanted = folder.isEmpty ? "" : try DeviceFacts.checked(folder, destination)
    let facts = try DeviceFacts(try await device.ask(.init("survey", wanted), within: .seconds(300)), at: destination)
    guard !request.isUpgrade || facts.current != nil else {
      throw GalleyError(
        .configuration, "can't upgrade the agent of '\(request.name)'", at: destination,
        why: "there is none in \(facts.folder)",
        remedy: "Install it: galley target install \(request.name) \(destination).")
    }
    return facts
  }

  /// Where hosts reach the agent: where ssh goes, unless the user says something else.
  private func address(_ settings: AgentConfiguration) async throws -> Endpoint {
    if let address = request.address { return address }
    guard let port = try settings.port() else {
      throw GalleyError(
        .usage, "can't install an agent", at: destination,
        why: "its setting 'listen' has no address that this host reaches",
        remedy: "Give one like --setting listen=0.0.0.0:\(Endpoint.defaultPort).")
    }
    let host = try await device.ssh.configuration()["hostname"] ?? destination
    do throws(GalleyError) {
      return try Endpoint(host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)")
    } catch {
      throw GalleyError(
        error.exitCode, error.what, at: destination, why: error.why,
        remedy: "Give the device's address: --address HOST.")
    }
  }

  private func payload(_ facts: DeviceFacts) throws(GalleyError) -> Payload {
    let program = try AgentProgram.find(for: facts.platform, named: request.agent, home: installer.home)
    let shelf = try RuntimeShelf(for: facts.platform, in: request.native, home: installer.home)
    let wanted = request.installation.runtimes
    return try Payload(
      program, try shelf.chosen(wanted), for: facts.platform, library: facts.library, isChosen: wanted != nil,
      in: device.ssh.folder)
  }

  /// Whether there is nothing to do on the device.
  private func isCurrent(
    _ facts: DeviceFacts, _ payload: Payload, _ settings: AgentConfiguration
  ) async throws -> Bool {
    guard facts.current == payload.id, facts.has(payload), facts.settings == settings.lines else { return false }
    let answer = try await device.ask(.init("look", facts.folder, facts.manager.rawValue, settings.control))
    return answer["healthy"] == "yes"
  }

  // MARK: On the device

  /// Sends what isn't there.
  private func send(_ payload: Payload, _ facts: DeviceFacts) async throws -> (files: Int, bytes: Int) {
    var missing: [Digest: Payload.File] = [:]
    for file in payload.files where facts.files[file.digest] == nil { missing[file.digest] = file }
    func start(_ file: Payload.File) -> Int { min(facts.parts[file.digest] ?? 0, file.byteCount) }
    let all = missing.values.reduce(0) { $0 + $1.byteCount - start($1) }
    // Settings, the state and the log need some room too.
    if let free = facts.freeBytes, free < all + 16 << 20 {
      throw GalleyError(
        .cantCreate, "can't install the agent", at: "\(destination):\(facts.folder)",
        why: "\(all + 16 << 20) bytes are needed, and \(free) are free",
        remedy: "Make room there, choose another folder (--folder), or fewer runtimes (--runtime).")
    }
    _ = try await device.ask(.init("prepare", facts.folder))
    guard !missing.isEmpty else { return (0, 0) }
    step("Sending \(missing.count) files …")
    var sent = 0
    for file in missing.values.sorted(by: { $0.byteCount < $1.byteCount }) {
      let (first, before) = (start(file), sent)
      // Of a file without a byte a device has nothing yet, either.
      if first < file.byteCount || file.byteCount == 0 {
        try await device.append(
          file.source, from: first, to: "\(facts.folder)/incoming/\(file.digest.hex).part"
        ) { [watch = installer.watch] place in
          watch.onProgress(before + max(place - first, 0), all)
        }
      }
      sent += file.byteCount - first
      installer.watch.onProgress(sent, all)
    }
    _ = try await device.ask(.init("settle", facts.folder), within: .seconds(600))
    return (missing.count, sent)
  }

  /// Makes the version and puts it into service.
  /// - Returns: what the user should know.
  private func activate(
    _ payload: Payload, _ facts: DeviceFacts, _ settings: AgentConfiguration
  ) async throws -> [String] {
    step("Putting version \(payload.id) into service …")
    let folder = facts.folder
    var list = payload.files.map { file in
      let source = facts.files[file.digest] ?? "incoming/\(file.digest.hex)"
      return "file \(file.digest.hex) \(file.isExecutable ? "755" : "644") \(source) \(file.path)"
    }
    list += payload.links.map { "link - - \($0.value) \($0.key)" } + ["end - - - -"]
    _ = try await device.ask(
      .init("write_file", "\(folder)/.agent.conf.new", reading: settings.lines),
      .init("assemble", folder, payload.id, reading: list), within: .seconds(600))
    let activation = DeviceShell.Call("activate", folder, payload.id, facts.manager.rawValue, settings.control)
    let answer: DeviceAnswer
    switch facts.manager {
    case .none: answer = try await device.ask(activation, within: .seconds(600))
    case .system, .user:
      let unit = ServiceUnit(folder: folder, isOfUser: facts.manager == .user)
      answer = try await device.ask(
        .init("write_file", "\(folder)/.\(ServiceUnit.fileName).new", reading: unit.lines), activation,
        within: .seconds(600))
    }
    return remarks(facts, answer)
  }

  private func remarks(_ facts: DeviceFacts, _ answer: DeviceAnswer) -> [String] {
    var remarks: [String] = []
    if facts.manager == .none {
      remarks.append(
        "No systemd manages this device\(facts.isRoot ? "" : " for this user"): let \(facts.folder)/start-agent be called "
          + "when it starts, with cron's '@reboot' for example. stop-agent beside it ends the agent.")
      if facts.isRoot { remarks.append("The agent runs as root there, and so do the models that are measured.") }
    }
    if answer["note"] == "linger" {
      remarks.append(
        "The agent ends when its user logs out of the device, until 'loginctl enable-linger' was run there as root.")
    }
    return remarks
  }

  // MARK: Knowing each other

  /// Lets both sides pin each other's certificates, and declares the target.
  /// - Returns: the agent's certificate, if it was pinned.
  private func declare(
    _ facts: DeviceFacts, _ settings: AgentConfiguration, _ endpoint: Endpoint
  ) async throws -> Digest? {
    var trust = declared?.trust
    var certificate: Digest?
    if pins {
      step("Exchanging certificates …")
      let host = try installer.targets.identity().digest
      let answer = try await device.ask(.init("trust", facts.folder, settings.control, host.hex))
      guard let digest = answer["certificate"].flatMap({ Digest(hex: $0) }) else {
        throw GalleyError(
          .unavailable, "can't make host and agent know each other", at: destination,
          why: "the agent doesn't say its certificate's digest", remedy: "Pair by digits: --pair-by-digits.")
      }
      certificate = digest
      if case .token(let secret, _)? = trust {
        trust = .token(secret, agent: digest)
      } else {
        trust = .certificate(digest)
      }
    }
    var installation = request.installation
    installation.folder = facts.folder
    let target = try DeclaredTarget(
      name: request.name, endpoint: endpoint, trust: trust, platform: facts.platform.description,
      installation: installation)
    if declared == nil {
      try installer.targets.add(target)
    } else {
      try installer.targets.update(request.name) { [target] old in
        let added = old.added
        old = target
        old.added = added
      }
    }
    return certificate
  }

  /// Who compares digits does so once: an upgrade pins nothing that wasn't pinned.
  private var pins: Bool { request.isUpgrade ? declared?.trust != nil : !request.pairsByDigits }

  /// Holds a first session.
  private func look(_ payload: Payload, _ report: InstallReport) async throws -> [String] {
    let target = try installer.targets.target(request.name)
    let found: RemoteTarget
    do {
      found = try await RemoteTarget.look(at: target, as: try installer.targets.identity())
    } catch let error as GalleyError {
      throw GalleyError(
        error.exitCode, "can't reach the agent that was installed", at: report.address,
        why: "it is healthy on the device; from here: \(error.why)",
        remedy:
          "Let its port through firewalls, or say where it is: --address. Then: galley target check \(target.name)")
    }
    return payload.runtimes.keys.sorted().filter { found.capabilities.runtimes[$0] == nil }.map {
      "The runtime '\($0)' was installed and doesn't open on the device; its log may say why."
    }
  }
}
