// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
public import Foundation
import Galley
public import TargetTransport

/// A folder of its own with two identities, and what stands between an agent and a host.
public final class TransportPlace: Sendable {
  public let folder: String
  public let host: Identity
  public let agent: Identity
  /// What both sides know.
  public static let secret = Data((0..<32).map { UInt8($0) })
  public static let loopback = Endpoint.tcp(host: "127.0.0.1", port: 0)

  public init() throws {
    // A socket's path is short.
    folder = "/tmp/galley-transport-\(UInt32.random(in: 0 ... .max))"
    host = try Identity.loadOrMake(in: "\(folder)/host", name: "a host")
    agent = try Identity.loadOrMake(in: "\(folder)/agent", name: "an agent")
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  public var socket: Endpoint { .unix(path: "\(folder)/agent.sock") }

  public func write(_ bytes: Data, as name: String) throws -> String {
    let path = "\(folder)/\(name)"
    try bytes.write(to: URL(filePath: path))
    return path
  }

  /// An agent that takes the token and local users, keeps blobs in memory, and does methods as it is told.
  public func serve(
    on endpoint: Endpoint, _ settings: Listener.Settings = Listener.Settings(), _ agent: ScriptedAgent = ScriptedAgent()
  ) async throws -> Listener {
    let listener = try await Listener.listen(on: endpoint, identity: self.agent, settings)
    Task.detached {
      for await connection in listener.connections { agent.drive(connection) }
    }
    return listener
  }
}
