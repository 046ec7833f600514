// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import TargetTransport

extension LocalService.Place {
  /// A place of this machine.
  /// - Throws: `GalleyError` if others could reach it.
  init(_ endpoint: Endpoint) throws(GalleyError) {
    switch endpoint {
    case .unix(let path): self = .unix(path)
    case .tcp(let host, let port):
      guard endpoint.isOfThisMachine, let port = UInt16(exactly: port) else {
        throw GalleyError(
          .configuration, "can't serve metrics", at: endpoint.description, why: "other machines could reach it",
          remedy: "Use a port of 127.0.0.1, or a Unix socket.")
      }
      self = .loopback(port: port, isSix: host == "::1")
    }
  }
}
