// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import Testing
import Workers

@Suite struct RegisterTests {
  @Test func keepsWhatAFileOffersAndAsksAgainWhenItChanges() async throws {
    let bench = try Workbench()
    defer { bench.remove() }
    try bench.write(Workbench.dataset, "stripes.py")
    let register = WorkerRegister(home: bench.home)
    #expect(register.all().workers.isEmpty)
    let worker = try await register.add(bench.program("stripes.py"))
    #expect(worker.name == "stripes")
    let card = try #require(worker.cards(.data).first)
    #expect(card.taxonomy == "data.classification.stripes" && card.summary == "Stripes, upright and lying.")
    #expect(card.program == worker.digest)
    #expect(card.option("count")?.defaultValue == .int(4))
    #expect(register.all().workers == [worker] && register.all().faults.isEmpty)
    #expect(try await register.current(worker) == worker)
    try bench.write(Workbench.dataset.replacing("Option(4,", with: "Option(6,"), "stripes.py")
    let changed = try await register.current(worker)
    #expect(changed.cards(.data).first?.option("count")?.defaultValue == .int(6))
    #expect(changed.digest != worker.digest && register.all().workers == [changed])
    try register.remove("stripes")
    #expect(register.all().workers.isEmpty)
  }

  @Test func refusesWhatCantBeOffered() async throws {
    let bench = try Workbench()
    defer { bench.remove() }
    try bench.write(Workbench.dataset, "stripes.py")
    try bench.write(Workbench.dataset, "again.py")
    try bench.write("import galley\n", "empty.py")
    try bench.write(Workbench.dataset.replacing("data.classification.stripes", with: "odd.stripes"), "odd.py")
    let register = WorkerRegister(home: bench.home)
    let worker = try await register.add(bench.program("stripes.py"))
    func refusal(
      _ file: String, name: String? = nil, taken: TakenNames = TakenNames()
    ) async throws -> GalleyError? {
      let program = try bench.program(file)
      return await #expect(throws: GalleyError.self) { try await register.add(program, name: name, taken: taken) }
    }
    #expect(try await refusal("again.py")?.exitCode == .configuration)
    #expect(try await refusal("again.py", name: "stripes")?.exitCode == .usage)
    #expect(try await refusal("again.py", name: "a/b")?.exitCode == .usage)
    #expect(try await refusal("again.py", name: "..")?.exitCode == .usage)
    #expect(try await refusal("empty.py")?.exitCode == .badData)
    #expect(try await refusal("odd.py")?.why.contains("odd.stripes") == true)
    #expect(try await refusal("stripes.py", taken: TakenNames(cards: worker.cards))?.exitCode == .configuration)
    // The same file again is no conflict with itself.
    #expect(try await register.add(bench.program("stripes.py")) == worker)
    #expect(register.all().workers.map(\.name) == ["stripes"])
  }

  @Test func damagedRecordsAreNamedAndTheOthersStay() async throws {
    let bench = try Workbench()
    defer { bench.remove() }
    try bench.write(Workbench.dataset, "stripes.py")
    let register = WorkerRegister(home: bench.home)
    try await _ = register.add(bench.program("stripes.py"))
    try Data("{".utf8).write(to: URL(filePath: "\(bench.home.root)/workers/bad.json"))
    let (workers, faults) = register.all()
    #expect(workers.map(\.name) == ["stripes"] && faults.count == 1 && faults.first?.contains("bad.json") == true)
    #expect(#expect(throws: GalleyError.self) { try register.read("bad") }?.exitCode == .badData)
    let unknown = #expect(throws: GalleyError.self) { try register.read("strips") }
    #expect(unknown?.exitCode == .missingInput && unknown?.remedy?.contains("stripes") == true)
    try register.remove("bad")
    #expect(#expect(throws: GalleyError.self) { try register.remove("bad") }?.exitCode == .missingInput)
    #expect(#expect(throws: GalleyError.self) { try register.remove("../pantry") }?.exitCode == .missingInput)
  }
}
