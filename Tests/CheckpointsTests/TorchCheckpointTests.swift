// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Archives
import Checkpoints
import Foundation
import Galley
import Tensors
import Testing

@Suite struct TorchCheckpointTests {
  @Test(arguments: ["zip", "legacy"])
  func `both forms give what PyTorch saved`(form: String) throws {
    let checkpoint = try TorchCheckpoint(contentsOf: Fixture.url("small.\(form).pth").path)
    #expect(checkpoint.form.rawValue == form)
    #expect(checkpoint.stateDictPath == "state_dict")
    #expect(checkpoint.explanation.contains("'state_dict'"))
    let expected = try JSONDecoder().decode([ExpectedTensor].self, from: Data(Fixture.bytes("expected.json")))
    #expect(try checkpoint.tensors().map { ExpectedTensor($0.name, $0.tensor) } == expected)
    #expect(checkpoint.entries.map(\.name) == expected.map(\.name))
    let scalars = Dictionary(uniqueKeysWithValues: checkpoint.scalars.map { ($0.path, $0.value) })
    #expect(
      scalars == [
        "epoch": .int(12), "best": .float(0.75), "name": .text("größe"), "steps.0": .int(1), "steps.1": .int(2),
        "none": TorchCheckpoint.Scalar.none,
      ])
    #expect(try checkpoint.tensor("count").values(as: Int64.self) == [9])
  }

  @Test(arguments: [
    ("script.pt", "TorchScript"), ("module.pt", "wants to call 'torch.nn.modules.linear.Linear', which is refused"),
  ]) func `programs are refused with what to do`(name: String, words: String) {
    let error = #expect(throws: GalleyError.self) { try TorchCheckpoint(contentsOf: Fixture.url(name).path) }
    #expect(error?.why.contains(words) == true, "\(error?.why ?? "")")
    #expect(error?.remedy?.contains("state_dict()") == true)
    #expect(error?.exitCode == .badData)
  }

  @Test func `a name that isn't there is answered with the nearest`() throws {
    let checkpoint = try TorchCheckpoint(contentsOf: Fixture.url("small.zip.pth").path)
    let error = #expect(throws: GalleyError.self) { try checkpoint.tensor("wieght") }
    #expect(error?.remedy == "Did you mean 'weight'?")
    #expect(throws: GalleyError.self) {
      try TorchCheckpoint(contentsOf: Fixture.url("small.zip.pth").path, stateDict: "model")
    }
    #expect(throws: GalleyError.self) { try TorchCheckpoint(contentsOf: Fixture.url("nothing.pth").path) }
  }

  @Test func `a flipped bit in a storage of an archive is found`() throws {
    var bytes = try Fixture.bytes("small.zip.pth")
    let checkpoint = try TorchCheckpoint(Data(bytes), named: "small")
    let weight = try checkpoint.tensor("weight").bytes
    let place = try #require(bytes.indices.first { bytes[$0...].starts(with: weight) })
    bytes[place] ^= 1
    let damaged = try TorchCheckpoint(Data(bytes), named: "small")
    let error = #expect(throws: GalleyError.self) { try damaged.tensor("weight") }
    #expect(error?.why.contains("CRC-32") == true)
    #expect(throws: Never.self) { try damaged.tensor("bias") }
  }

  @Test func `an archive that was packed again is read`() throws {
    let data = Data(try Fixture.bytes("small.zip.pth"))
    let archive = try ZipArchive(data)
    var writer = ZipWriter()
    for member in archive.members { try writer.append(member.path, archive.read(member), compressed: true) }
    let packed = try TorchCheckpoint(Data(writer.finished()), named: "packed")
    let plain = try TorchCheckpoint(data, named: "plain")
    for entry in plain.entries { #expect(try packed.tensor(entry.name) == plain.tensor(entry)) }
  }

  @Test func `an archive of a big-endian machine is read`() throws {
    // Shape [2] of little-endian float32 1 and 2, with the bytes turned around and the byte order said.
    let small = try ZipArchive(Data(Fixture.bytes("small.zip.pth")))
    var writer = ZipWriter()
    for member in small.members {
      var bytes = try small.read(member)
      if member.path.hasSuffix("/byteorder") { bytes = Array("big".utf8) }
      if member.path.hasSuffix("/data/0") {
        for start in stride(from: 0, to: bytes.count, by: 4) { bytes[start..<start + 4].reverse() }
      }
      try writer.append(member.path, bytes)
    }
    let big = try TorchCheckpoint(Data(writer.finished()), named: "big")
    let little = try TorchCheckpoint(Data(Fixture.bytes("small.zip.pth")), named: "little")
    #expect(try big.tensor("weight") == little.tensor("weight"))
  }

  @Test(
    arguments: [
      ([], "empty"), (Array("hello".utf8), "neither"), ([0x80, 2, 0x4E, 0x2E], "not one that torch.save wrote"),
      (Array(repeating: 0, count: 257) + Array("ustar".utf8) + Array(repeating: 0, count: 250), "tar archive"),
      ([0x50, 0x4B, 5, 6] + Array(repeating: 0, count: 18), "without data.pkl"),
    ] as [([UInt8], String)]) func `other files are told apart`(bytes: [UInt8], words: String)
  {
    let error = #expect(throws: GalleyError.self) { try TorchCheckpoint(Data(bytes), named: "file.pth") }
    #expect(error?.why.contains(words) == true, "\(error?.why ?? "")")
    #expect(error?.place == "file.pth")
  }

  @Test(.enabled(if: CheckpointPeer.isPresent, "\(CheckpointPeer.absence)"))
  func `every tensor is torch.load's, bit for bit`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "checkpoints-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = try CheckpointPeer.write(to: folder.path)
    #expect(files.count > 10)
    for (name, expected) in files {
      let checkpoint = try TorchCheckpoint(contentsOf: folder.appending(path: name).path)
      #expect(checkpoint.stateDictPath == expected.path, "\(name): \(checkpoint.explanation)")
      #expect(try checkpoint.tensors().map { ExpectedTensor($0.name, $0.tensor) } == expected.tensors, "\(name)")
    }
    for (name, words) in [
      ("script.pt", "TorchScript"), ("module.pt", "Linear"), ("module-legacy.pt", "Linear"),
      ("quantized.pt", "torch._utils._rebuild_qtensor"), ("two.pt", "2 dictionaries"), ("list.pt", "a list"),
    ] {
      let path = folder.appending(path: name).path
      let error = #expect(throws: GalleyError.self, "\(name)") { try TorchCheckpoint(contentsOf: path) }
      #expect(error?.why.contains(words) == true, "\(name): \(error?.why ?? "")")
    }
    let chosen = try TorchCheckpoint(contentsOf: folder.appending(path: "two.pt").path, stateDict: "b")
    #expect(chosen.entries.map(\.name) == ["w"])
  }
}
