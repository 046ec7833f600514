// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Foundation
internal import Galley
internal import Platform
internal import Sandbox
internal import Serving
internal import Synchronization
internal import Workers

/// The platform over HTTP.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Serve the platform over HTTP: what dataset, item, annotation and model do, and jobs.",
    discussion: """
      Examples:
        galley serve                                  http://127.0.0.1:8765, until Ctrl-C
        galley serve --adapter adapter.py             with jobs: train, predict, evaluate, embed
        galley serve --description > galley.openapi.json
        curl -H "Authorization: Bearer $(cat $GALLEY_HOME/serve.token)" http://127.0.0.1:8765/v1/datasets

      Callers show a token. It lies in --token-file, in GALLEY_SERVE_TOKEN, or in serve.token of GALLEY_HOME, where one is \
      made if there is none. Only this machine can reach the server unless --allow-remote is given; there is no \
      encryption, so put a proxy with TLS before it then.
      """)

  @Option(help: "The address to listen on, in numbers.")
  var host = "127.0.0.1"

  @Option(help: "The port; 0 takes any that is free.")
  var port = 8765

  @Flag(help: "Let --host be an address that other machines can reach.")
  var allowRemote = false

  @Option(
    name: .customLong("allow-host"),
    help: "A name by which requests may call the server, beside localhost and addresses in numbers; repeatable.")
  var hostNames: [String] = []

  @Option(help: "The file with the token, which only its owner may read.", completion: .file())
  var tokenFile: String?

  @Option(
    name: .customLong("adapter"),
    help: "An adapter, as FILE, FILE:Class or a registered worker, that jobs may use; nothing else is run. Repeatable.",
    completion: .file(extensions: ["py"]))
  var adapters: [String] = []

  @Option(help: "The Python that runs adapters (default: their locked environments, GALLEY_PYTHON, or python3).")
  var python: String?

  @Flag(help: "Print the description of all operations (OpenAPI 3.1) and end.")
  var description = false

  @OptionGroup var platform: PlatformOptions
  @OptionGroup var options: OutputOptions

  private struct Document: Encodable {
    var address: String
    var tokenFile: String?
    var store: String
  }

  func run() async throws {
    let console = Console(options)
    if description { return console.write(String(decoding: ServerDescription.json, as: UTF8.self) + "\n") }
    guard allowRemote || ListeningSocket.isLoopback(host) else {
      throw GalleyError(
        .usage, "can't serve", at: "--host \(host)", why: "other machines could reach this address",
        remedy: "If they shall, add --allow-remote.")
    }
    let permitted = try adapters.map { (text) throws(GalleyError) in try WorkerSource(adapter: text, python: python) }
    let work = permitted.isEmpty ? nil : AdapterWork(permitted: permitted)
    let store = try platform.open(console)
    let (token, place) = try token(console)
    let socket = try listen()
    var settings = ServerSettings()
    settings.hostNames = Set(hostNames.map { $0.lowercased() })
    let isTalkative = options.verbose
    let server = PlatformServer(store: store, token: token, work: work, settings: settings) { event in
      guard let line = Self.line(event, isTalkative) else { return }
      console.note(line)
    }
    let address = "http://\(socket.host.contains(":") ? "[\(socket.host)]" : socket.host):\(socket.port)"
    try console.result(json: Document(address: address, tokenFile: place, store: store.place.store))
    console.result("Galley serves \(store.place.store) at \(address).")
    if let place { console.note("The token is in \(place).") }
    try await server.run(on: socket)
  }

  /// The token, and the file that it lies in. A new one is shown, this once.
  private func token(_ console: Console) throws -> (AccessToken, String?) {
    if tokenFile == nil, let secret = ProcessInfo.processInfo.environment["GALLEY_SERVE_TOKEN"], !secret.isEmpty {
      return (try AccessToken(secret, from: "GALLEY_SERVE_TOKEN"), nil)
    }
    let place = tokenFile ?? "\(platform.place.root)/serve.token"
    let (token, new) = try AccessToken.file(place)
    if let new { console.note("A new token was made, and is shown only now: \(new)") }
    return (token, place)
  }

  /// Opens the socket: under `--offline`, on the one thread that may, and for this machine only.
  private func listen() throws -> ListeningSocket {
    guard NetworkLatch.isEngaged else { return try ListeningSocket.open(host: host, port: port) }
    guard let thread = NetworkLatch.loopback, ListeningSocket.isLoopback(host) else {
      throw GalleyError(
        .configuration, "can't serve", at: "\(host):\(port)", why: "--offline leaves nothing but this machine itself",
        remedy: "Listen on 127.0.0.1, or serve without --offline.")
    }
    let opened = Mutex<Result<ListeningSocket, GalleyError>?>(nil)
    thread.perform { [host, port] in
      let result = Result { () throws(GalleyError) in try ListeningSocket.open(host: host, port: port) }
      opened.withLock { $0 = result }
    }
    guard let result = opened.withLock({ $0 }) else {
      throw GalleyError(.software, "can't serve", why: "no socket was opened")
    }
    return try result.get()
  }

  private static func line(_ event: ServerEvent, _ isTalkative: Bool) -> String? {
    switch event {
    case .answered(let id, let method, let path, let status, let seconds, let reason):
      guard isTalkative || status >= 500 else { return nil }
      let time = String(format: "%.1f ms", seconds * 1000)
      let first = reason?.split(separator: "\n").first.map { ": \($0)" } ?? ""
      return "\(id) \(method) \(path) \(status) \(time)\(first)"
    case .brokenOff(let id, let method, let path, let status, _, let reason, let isCallers):
      guard isTalkative || !isCallers else { return nil }
      return "\(id) \(method) \(path) \(status) broke off: \(reason.split(separator: "\n").first ?? "")"
    case .failed(let reason): return "No more connections can be taken: \(reason)"
    case .ending(let requests, let jobs):
      return requests + jobs == 0 ? nil : "Waiting for \(requests) connections and \(jobs) jobs to end."
    case .abandoned(let requests, let jobs):
      return "\(requests) connections and \(jobs) jobs didn't end in time, and are left."
    }
  }
}
