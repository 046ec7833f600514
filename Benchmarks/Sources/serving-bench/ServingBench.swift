// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Glibc
import Platform
import Serving

/// Lists of a page of 50 items over HTTP, beside the same lists asked of the store directly and encoded as JSON.
///
///     serving-bench FOLDER [ITEMS] [SECONDS]
///
/// Connections stay open; each asks again as soon as it has its answer. The store is drawn once and kept in the folder.
@main
struct ServingBench {
  private static let token = "a-token-of-the-benchmark"

  static func main() async {
    do {
      try await run()
    } catch {
      FileHandle.standardError.write(Data("serving-bench: \(error)\n".utf8))
      exit(70)
    }
  }

  private static func run() async throws {
    let words = Array(CommandLine.arguments.dropFirst())
    guard let folder = words.first else { exit(64) }
    let count = words.count > 1 ? Int(words[1]) ?? 10_000 : 10_000
    let seconds = words.count > 2 ? Double(words[2]) ?? 3 : 3
    let store = try PlatformStore.open(PlatformPlace(home: folder, environment: [:]))
    if try store.datasets().total == 0 { try fill(store, count) }
    let socket = try ListeningSocket.open(host: "127.0.0.1", port: 0)
    let server = PlatformServer(store: store, token: try AccessToken(token, from: "bench"))
    let serving = Task.detached { try await server.run(on: socket) }
    let direct = try rate(threads: 1, seconds) { try DirectLister(store) }
    print(String(format: "direct, 1 thread            %8.0f lists/s", direct))
    let several = try rate(threads: 4, seconds) { try DirectLister(store) }
    print(String(format: "direct, 4 threads           %8.0f lists/s", several))
    for connections in [1, 4, 16] {
      let rate = try rate(threads: connections, seconds) { try Connection(port: socket.port, token: token) }
      print(String(format: "HTTP, %2d connections        %8.0f lists/s", connections, rate))
    }
    serving.cancel()
    try await serving.value
  }

  private static func fill(_ store: PlatformStore, _ count: Int) throws {
    try store.createDataset("drawn")
    for start in stride(from: 0, to: count, by: 10_000) {
      let drafts = (start..<min(start + 10_000, count)).map {
        ItemDraft(path: "/camera-\($0 % 20)/frame-\($0).txt", content: .bytes(Data("item \($0 % 100)".utf8)))
      }
      _ = try store.addItems(drafts, to: "drawn")
    }
  }

  /// How many lists come in a second.
  private static func rate(threads: Int, _ seconds: Double, _ make: @Sendable () throws -> any Lister) throws -> Double
  {
    let listers = try (0..<threads).map { _ in try make() }
    for lister in listers { try lister.list(0) }
    let start = ContinuousClock.now
    let group = DispatchGroup()
    let counts = Counts()
    for (index, lister) in listers.enumerated() {
      group.enter()
      Thread.detachNewThread {
        var done = 0
        while start.duration(to: .now) < .seconds(seconds) {
          do {
            try lister.list((index * 7 + done) % 20)
          } catch {
            FileHandle.standardError.write(Data("serving-bench: \(error)\n".utf8))
            exit(70)
          }
          done += 1
        }
        counts.add(done)
        group.leave()
      }
    }
    group.wait()
    return Double(counts.total) / (start.duration(to: .now) / .seconds(1))
  }
}

/// Whoever lists the items of a folder.
protocol Lister: Sendable {
  func list(_ folder: Int) throws
}

/// Asks the store itself.
struct DirectLister: Lister {
  private let store: PlatformStore

  init(_ store: PlatformStore) throws { self.store = store }

  func list(_ folder: Int) throws {
    var filters = try Filters(.items, where: "folder == '/camera-\(folder)'")
    filters.pageSize = 50
    let data = try JSONEncoder().encode(store.items(filters, in: "drawn"))
    guard data.count > 1000 else { throw Failure(description: "a list of \(data.count) bytes") }
  }
}

struct Failure: Error, CustomStringConvertible {
  let description: String
}
