// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Sandbox

extension Doctor {
  /// Whether claims can be proven here, and how strictly.
  func sandbox() -> Finding {
    let support = SandboxSupport.check()
    let isStrong = support.isolation?.kind == .namespaces
    return Finding(
      subject: "sandbox", health: isStrong ? .good : .advice, detail: support.description,
      purpose: "proves that recipes run without a network",
      remedy: isStrong
        ? nil : "Allow user namespaces (sysctl user.max_user_namespaces), or prove on a machine that does.")
  }
}
