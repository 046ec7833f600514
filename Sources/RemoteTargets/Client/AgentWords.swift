// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import TargetProtocol

// What an agent says of itself is shown to people and kept in files: its texts are made harmless where they come in.

extension Welcome {
  /// The same with each text on one line.
  var onOneLine: Welcome {
    var clean = self
    clean.session = session.onOneLine
    clean.capabilities = Capabilities(
      platform: capabilities.platform.onOneLine, methods: capabilities.methods.map(\.onOneLine),
      runtimes: Dictionary(capabilities.runtimes.map { ($0.key.onOneLine, $0.value.onOneLine) }) { first, _ in first },
      features: capabilities.features.map(\.onOneLine), device: capabilities.device?.onOneLine,
      version: capabilities.version?.onOneLine)
    return clean
  }
}

extension RequestEvent {
  /// The same with the texts that people are shown on one line.
  var onOneLine: RequestEvent {
    switch self {
    case .progress(var progress):
      (progress.stage, progress.unit) = (progress.stage.onOneLine, progress.unit?.onOneLine)
      return .progress(progress)
    case .log(let level, let message): return .log(level: level.onOneLine, message: message.onOneLine)
    case .position, .report: return self
    }
  }
}

extension EnvironmentRecord {
  /// The same with the texts that people are shown on one line.
  var onOneLine: EnvironmentRecord {
    var clean = self
    (clean.host, clean.architecture, clean.processor) = (host.onOneLine, architecture.onOneLine, processor.onOneLine)
    (clean.kernel, clean.system, clean.galleyVersion) = (kernel.onOneLine, system.onOneLine, galleyVersion.onOneLine)
    return clean
  }
}
