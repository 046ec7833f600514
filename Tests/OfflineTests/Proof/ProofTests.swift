// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import Offline
import Pantry
import Sandbox
import Testing

/// What proofs see and refuse, with a program that does on purpose what must not be.
@Suite(.enabled(if: SandboxSupport.check().isolation?.kind == .namespaces, "this kernel allows no namespaces"))
struct ProofTests {
  @Test func aRunFromTheHomeAlonePasses() async throws {
    let home = try ProofHome()
    let weights = try home.pantry.store(Data("weights".utf8), note: ArtifactNote(name: "weights.pth"))
    let unused = try home.pantry.store(Data("unused".utf8), note: ArtifactNote(name: "unused.pth"))
    let photos = try home.folder(["a/1.png": "one", "b/2.png": "two"])
    let claim = try home.claim(
      [
        "need \(home.pantry.path(of: weights))", "need \(home.pantry.folderPath(of: photos))/a/1.png",
        "write \(home.root)/new", "write /tmp/scratch", "read /etc/passwd /usr/bin/env /sys/devices/system/cpu/online",
      ], artifacts: [weights, unused], folders: [photos])
    let record = try await ClaimProof(of: claim, in: home.pantry).run()
    #expect(record.failures == [])
    #expect(record.isPassed)
    #expect(record.isolation == "namespaces")
    #expect(record.commands.map(\.words.first) == ["$HOME/programs/galley"])
    #expect(Set(record.used.map(\.description)).contains("weights.pth (\(weights.short))"))
    #expect(record.used.first { $0.kind == .folder }?.files == 1)
    #expect(record.used.first { $0.name == "programs" }.map { $0.files > 1 } == true)
    #expect(record.unused.map { $0.name ?? "" } == ["unused.pth", "onnxruntime-1"])
    #expect(record.undeclared == [])
    #expect(record.absent.contains("/etc/passwd") && record.absent.contains("/usr/bin/env"))
    #expect(record.host.contains("/sys/devices/system/cpu"))
    #expect(record.host.contains { $0.hasSuffix("/libc.so.6") })
    #expect(record.connections.isEmpty)
    #expect(try JSONDecoder().decode(ProofRecord.self, from: JSONEncoder().encode(record)) == record)
    #expect(record.text.contains("proven on \(record.platform)"))
  }

  @Test func anUndeclaredDownloadIsCaughtThoughTheRunEndsWell() async throws {
    let home = try ProofHome()
    let claim = try home.claim(["reach tcp 203.0.113.7 443", "reach sendto 192.0.2.53 53"])
    let record = try await ClaimProof(of: claim, in: home.pantry).run()
    #expect(record.commands.map(\.exit.code) == [0])
    #expect(!record.isPassed)
    #expect(
      record.failures == [
        "It wanted to connect to tcp 203.0.113.7:443.", "It wanted to connect to udp 192.0.2.53:53.",
      ])
  }

  @Test func whatIsUsedUndeclaredIsNamed() async throws {
    let home = try ProofHome()
    let other = try home.pantry.store(Data("other".utf8), note: ArtifactNote(name: "other.pth"))
    let photos = try home.folder(["a": "one"])
    let claim = try home.claim([
      "need \(home.pantry.path(of: other))", "need \(home.pantry.folderPath(of: photos))/a",
      "need \(home.root)/native/onnxruntime-1/lib/main.so",
    ])
    let record = try await ClaimProof(of: claim, in: home.pantry).run()
    #expect(
      record.failures == [
        "It used other.pth (\(other.short)), which the claim does not declare.",
        "It used folder \(photos.short), which the claim does not declare.",
      ])
    #expect(record.undeclared.map(\.digest) == [other, photos])
    #expect(record.used.contains { $0.name == "onnxruntime-1" && $0.files == 1 })
  }

  @Test func anArtifactThatWasChangedIsNamed() async throws {
    let home = try ProofHome()
    let weights = try home.pantry.store(Data("weights".utf8))
    let claim = try home.claim(["spoil \(home.pantry.path(of: weights))"], artifacts: [weights])
    let record = try await ClaimProof(of: claim, in: home.pantry).run()
    #expect(record.failures == ["It changed the artifact \(weights)."])
  }

  @Test func programsLibrariesAndFoldersCannotBeChanged() async throws {
    let home = try ProofHome()
    let photos = try home.folder(["a": "one"])
    let claim = try home.claim(
      [
        "write \(home.root)/programs/new", "write \(home.root)/native/new",
        "spoil \(home.pantry.folderPath(of: photos))/a", "spoil \(home.root)/programs/galley",
      ], folders: [photos])
    let record = try await ClaimProof(of: claim, in: home.pantry).run()
    #expect(record.failures == [])
    #expect(!FileManager.default.fileExists(atPath: "\(home.root)/programs/new"))
    #expect(home.pantry.verifyFolder(photos))
  }

  /// Every object of a claim counts: without it the run fails.
  @Test func withoutAnyOneObjectItFails() async throws {
    let home = try ProofHome()
    let weights = try home.pantry.store(Data("weights".utf8))
    let photos = try home.folder(["a": "one"])
    let path = home.pantry.path(of: weights)
    let claim = try home.claim(
      ["need \(path)", "need \(home.pantry.folderPath(of: photos))/a"], artifacts: [weights], folders: [photos])
    #expect(try await ClaimProof(of: claim, in: home.pantry).run().isPassed)
    try FileManager.default.removeItem(atPath: path)
    let record = try await ClaimProof(of: claim, in: home.pantry).run()
    #expect(record.failures.first?.hasPrefix("The run ended with exit code 66") == true)
    #expect(record.absent.contains { $0.hasSuffix(weights.hex) })
  }

  @Test func howTheRunEndedIsSaid() async throws {
    let home = try ProofHome()
    let said = try await ClaimProof(of: home.claim(["say gone"]), in: home.pantry).run()
    #expect(said.failures == ["The run ended with exit code 69: can't go on: gone."])
    let killed = try await ClaimProof(of: home.claim(["misbehave kill"]), in: home.pantry).run()
    #expect(killed.failures == ["The run ended with killed by signal 9."])
    let slow = try await ClaimProof(of: home.claim(["sleep"]), in: home.pantry, timeLimit: .milliseconds(400)).run()
    #expect(slow.failures == ["The run ended with killed: its time was over."])
  }

  @Test func whatCannotBeRunIsRefused() async throws {
    let home = try ProofHome()
    let foreign = try home.claim(["exit 0"], platform: "linux-riscv64")
    let platform = await #expect(throws: GalleyError.self) { try await ClaimProof(of: foreign, in: home.pantry).run() }
    #expect(platform?.exitCode == .configuration)
    var absent = try home.claim(["exit 0"])
    absent.document = Digest(of: "absent")
    let document = await #expect(throws: GalleyError.self) {
      try await ClaimProof(of: absent, in: home.pantry).run()
    }
    #expect(document?.exitCode == .missingInput)
    let empty = try ProofHome(withPrograms: false)
    let claim = try empty.claim(["exit 0"])
    let programs = await #expect(throws: GalleyError.self) { try await ClaimProof(of: claim, in: empty.pantry).run() }
    #expect(programs?.place?.hasSuffix("programs/galley") == true)
  }
}
