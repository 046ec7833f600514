// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Bundles
import Files
import Foundation
import Galley
import Offline
import Pantry
import PeerSupport
import Sandbox
import Testing
import Workers

/// Workers in closures, in bundles, and at a site, with the machine's own Python.
@Suite(.serialized) struct WorkerTravelTests {
  @Test func whatAWorkerNeedsIsKnownBeforehandAndSharedOnce() async throws {
    let bench = try WorkerBench()
    defer { bench.remove() }
    try bench.write("WORD = 'beside'\n", "helper.py")
    try bench.write("not imported\n", "other.py")
    for name in ["here", "there"] { try bench.write(WorkerBench.source(name), "\(name).py") }
    let workers = [try await bench.register("here.py"), try await bench.register("there.py")]
    let sources = await bench.sources(workers)
    let closure = try bench.closure(["here", "there"], workers, sources)
    let items = closure.items.filter { $0.kind == .worker }
    #expect(items.map(\.name) == ["the worker here", "the worker there"])
    #expect(items.allSatisfy { $0.isHere && $0.digest != nil && $0.users.map(\.path) == ["data"] })
    #expect(items.first?.provenance == "here.py with 1 other file")
    // One interpreter for both.
    let python = try #require(closure.items.first { $0.kind == .interpreter })
    #expect(closure.items.count { $0.kind == .interpreter } == 1)
    #expect(python.members == [0, 1] && python.licence?.hasPrefix("PSF-2.0") == true && python.isHere)
    #expect(python.name.hasPrefix("python-3.") && (python.byteCount ?? 0) > 5_000_000)
    #expect(closure.marginal(of: [0]).marginal.known == items.first?.byteCount)
    // Nothing installs wheels, where there are none.
    #expect(!closure.items.contains { $0.name.hasPrefix("uv-") })
  }

  @Test func workersThatNoRecipeNamesAreNotLookedAt() async throws {
    let bench = try WorkerBench()
    defer { bench.remove() }
    try bench.write("WORD = 'beside'\n", "helper.py")
    for name in ["here", "there"] { try bench.write(WorkerBench.source(name), "\(name).py") }
    let workers = [try await bench.register("here.py"), try await bench.register("there.py")]
    let sources = await bench.sources(workers, for: try bench.family(["here"], workers))
    let closure = try bench.closure(["here", "there"], workers, sources)
    let items = closure.items.filter { $0.kind == .worker }
    #expect(items.map(\.name) == ["the worker here", "the worker of there"])
    #expect(items.first?.byteCount != nil && items.last?.byteCount == nil)
  }

  @Test func aWorkerRunsAtTheSiteOnWhatCameWithItAlone() async throws {
    let bench = try WorkerBench()
    defer { bench.remove() }
    try bench.write("WORD = 'beside'\n", "helper.py")
    try bench.write(WorkerBench.source("here"), "here.py")
    let worker = try await bench.register("here.py")
    let sources = await bench.sources([worker])
    let kept = try await WorkerCarrying(bench.office, LicenceRules()).keep(["the worker here"], of: sources)
    let outcome = try bench.carry(Array(kept.values))
    #expect(outcome.workers == ["here"])
    let registered = try WorkerRegister(home: WorkerHome(root: bench.site.root)).read("here")
    #expect(registered.digest == worker.digest && registered.cards == worker.cards)
    #expect(registered.source.program.path.hasPrefix("\(bench.site.root)/folders/"))
    // The office and its files are gone.
    try FileManager.default.removeItem(atPath: "\(bench.folder)/files")
    try FileManager.default.removeItem(atPath: bench.office.root)
    let labels = try await bench.labels(of: "here")
    #expect(labels.first?.hasPrefix("\(bench.site.root)/interpreters/python-3.") == true, "\(labels)")
    #expect(labels.dropFirst().first == "beside")
    try expectOnlyCarried(labels.last ?? "", bench)
    // What came stays as it came.
    let tree = try #require(bench.site.trees().first { $0.kind == .interpreter })
    #expect(bench.site.faults(of: tree, using: DigestCache(bench.site)) == [])
    for folder in bench.site.folders() { #expect(bench.site.verifyFolder(folder.digest)) }

    // A bundle has it once it was carried, and what was carried is carried on as it is.
    let manifest = outcome.verification.manifest
    let closure = try bench.closure(["here"], [worker], sources)
    #expect(closure.items.count { $0.kind == .worker || $0.kind == .interpreter } == 2)
    let bundle = BundleHoldings(manifest)
    for item in closure.items where item.kind == .worker || item.kind == .interpreter { #expect(bundle.holds(item)) }
    var other = try #require(closure.items.first { $0.kind == .worker })
    other.digest = Digest(of: "another file")
    #expect(!bundle.holds(other))

    // A home that is moved takes its workers along.
    let moved = "\(bench.folder)/moved"
    try FileManager.default.moveItem(atPath: bench.site.root, toPath: moved)
    let there = try WorkerRegister(home: WorkerHome(root: moved)).read("here")
    #expect(there.source.program.path.hasPrefix("\(moved)/folders/"))
    #expect(try await there.source.launch().interpreter.path.hasPrefix("\(moved)/interpreters/"))
  }

  /// Native code comes from the home, but for the C library's.
  private func expectOnlyCarried(_ maps: String, _ bench: WorkerBench) throws {
    let loader = try HostFiles.ofThisMachine().loader
    for path in maps.split(separator: " ").map(String.init) {
      let name = (path as NSString).lastPathComponent
      let isOfHost = HostFiles.libraryNames.contains(name) || (loader as NSString).lastPathComponent == name
      #expect(isOfHost || path.hasPrefix("\(bench.site.root)/"), "\(path)")
    }
    #expect(maps.contains("libssl") && maps.contains("libsqlite3"), "\(maps)")
  }

  @Test func anotherWorkerInTheWayIsAReasonToRefuse() async throws {
    let bench = try WorkerBench()
    defer { bench.remove() }
    try bench.write("WORD = 'beside'\n", "helper.py")
    try bench.write(WorkerBench.source("here"), "here.py")
    let sources = await bench.sources([try await bench.register("here.py")])
    let kept = try await WorkerCarrying(bench.office, LicenceRules()).keep(["the worker here"], of: sources)
    // At the site somebody has a file of the same name, with other content.
    try bench.write(WorkerBench.source("here") + "\n# of the site\n", "site/here.py")
    try bench.write("WORD = 'site'\n", "site/helper.py")
    let register = WorkerRegister(home: WorkerHome(root: bench.site.root))
    let own = try await register.add(WorkerProgram(argument: "\(bench.folder)/files/site/here.py"))
    let refusal = #expect(throws: GalleyError.self) { try bench.carry(Array(kept.values)) }
    #expect(refusal?.exitCode == .configuration && refusal?.why.contains("site/here.py") == true)
    #expect(try register.read("here") == own)
    #expect(bench.site.folders().isEmpty && bench.site.trees().isEmpty)
    try register.remove("here")
    #expect(try bench.carry(Array(kept.values)).workers == ["here"])
  }
}
