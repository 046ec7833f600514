// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import Measuring
import PeerSupport
import Statistics
import Testing

/// Python's jsonschema and NumPy, in the virtual environment `.peers`.
private enum FilePeer {
  private static let python = PeerPython()
  static let isPresent = python.finds("jsonschema", "numpy")

  struct Report: Decodable {
    var complaints: [String]
    var durations: [UInt64]?
  }

  /// What they say of files.
  static func read(_ paths: [String]) throws -> [Report] {
    let schema = PeerPython.root.appending(path: "Documentation/schemas/measurement-file-1.json").path
    let page = PeerPython.root.appending(path: "Documentation/formats.md").path
    return try python.ask("measurement_file_peer.py", [schema, page] + paths)
  }
}

@Suite("Measurement files")
struct MeasurementFileTests {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "galley-files-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func path(_ name: String) -> String { folder.appending(path: name).path }

  /// A file's JSON after a change of it.
  private func changed(_ file: MeasurementFile, _ change: (inout [String: Any]) -> Void) throws -> Data {
    let data = try JSONEncoder().encode(file)
    var object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    change(&object)
    return try JSONSerialization.data(withJSONObject: object)
  }

  @Test func `read as they were written`() throws {
    for file in [try MeasurementSample.small(), try MeasurementSample.full()] {
      try file.write(to: path("file.json"))
      let read = try MeasurementFile(contentsOf: path("file.json"))
      #expect(read == file)
      #expect(read.measurements[0].durations.map(\.nanoseconds) == MeasurementSample.durations)
    }
  }

  @Test(.enabled(if: FilePeer.isPresent, "the peers are missing: run 'sh Native/peers.sh'"))
  func `agree with the published schema in Python's jsonschema, and NumPy reads their durations`() throws {
    try MeasurementSample.small().write(to: path("small.json"))
    try MeasurementSample.full().write(to: path("full.json"))
    let reports = try FilePeer.read([path("small.json"), path("full.json"), Self.fixture("measurement-file-1.json")])
    for report in reports {
      #expect(report.complaints.isEmpty)
      #expect(report.durations == MeasurementSample.durations[0])
    }
  }

  @Test(.enabled(if: FilePeer.isPresent, "the peers are missing: run 'sh Native/peers.sh'"))
  func `are refused by the schema where a key is missing or of another kind`() throws {
    let file = try MeasurementSample.full()
    let changes: [(inout [String: Any]) -> Void] = [
      { $0["provenance"] = nil }, { $0["schema"] = "galley.measurement-file/2" }, { $0["failures"] = ["x"] },
      { object in
        var entries = object["measurements"] as? [[String: Any]] ?? []
        entries[0]["durations"] = ["not base64!"]
        object["measurements"] = entries
      },
      { object in
        var entries = object["measurements"] as? [[String: Any]] ?? []
        var measurement = entries[0]["measurement"] as? [String: Any] ?? [:]
        measurement["latency"] = nil
        entries[0]["measurement"] = measurement
        object["measurements"] = entries
      },
      { object in
        var series = object["resources"] as? [String: Any] ?? [:]
        series["times"] = ["0"]
        object["resources"] = series
      },
    ]
    var paths: [String] = []
    for (index, change) in changes.enumerated() {
      paths.append(path("\(index).json"))
      try changed(file, change).write(to: URL(filePath: paths[index]))
    }
    for report in try FilePeer.read(paths) { #expect(!report.complaints.isEmpty) }
  }

  static func fixture(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/files/\(name)").path
  }

  @Test func `of version 1 still read`() throws {
    let file = try MeasurementFile(contentsOf: Self.fixture("measurement-file-1.json"))
    #expect(file.measurements.map(\.name) == ["a", "b"] && file.failures.count == 1)
    #expect(file.measurements[1].predictions?.ids == ["x", "ü", "z"])
    #expect(file.measurements[0].durations.map(\.nanoseconds) == MeasurementSample.durations)
    #expect(file.resources?.times == [0, 0.5, 1])
  }

  @Test func `are made of a single measurement of earlier versions`() throws {
    let file = try MeasurementFile(contentsOf: Self.fixture("measurement-1.json"))
    let entry = try #require(file.measurements.first)
    #expect(entry.measurement.schema == "galley.measurement/1" && entry.durations.isEmpty)
    #expect(entry.measurement.environment.hardware == nil && entry.measurement.throughput == nil)
    #expect(file.provenance.libraries.first?.name == "onnxruntime" && file.provenance.seed == 5)
    // It can be written in today's format.
    try file.write(to: path("new.json"))
    #expect(try MeasurementFile(contentsOf: path("new.json")) == file)
  }

  @Test func `of newer versions are refused with both numbers`() throws {
    let data = try changed(MeasurementSample.small()) { $0["schema"] = "galley.measurement-file/9" }
    let error = #expect(throws: GalleyError.self) { try MeasurementFile(data, named: "new.json") }
    #expect(error?.exitCode == .badData && error?.place == "new.json" && error?.remedy != nil)
    #expect(error?.why.contains("version 9") == true && error?.why.contains("up to version 1") == true)
  }

  @Test func `may hold keys that are not known`() throws {
    let file = try MeasurementSample.full()
    let data = try changed(file) { object in
      object["future"] = ["x": 1]
      var provenance = object["provenance"] as? [String: Any] ?? [:]
      provenance["future"] = true
      object["provenance"] = provenance
    }
    #expect(try MeasurementFile(data, named: "x") == file)
  }

  @Test func `that aren't any are refused with the place of the fault`() throws {
    func why(_ text: String) -> String {
      let error = #expect(throws: GalleyError.self) { try MeasurementFile(Data(text.utf8), named: "x.json") }
      return error?.why ?? ""
    }
    #expect(
      why("") == "it is not JSON" && why("[]").contains("another kind") && why("{\"schema\": 1}").contains("'schema'"))
    #expect(why("{}") == "'schema' is missing")
    #expect(why(#"{"schema": "galley.report/1"}"#).contains("'galley.report/1'"))
    #expect(why(#"{"schema": "galley.measurement-file/0"}"#).contains("/0"))
    #expect(why(#"{"schema": "galley.measurement-file/1"}"#) == "'provenance' is missing")
    let data = try changed(MeasurementSample.full()) { object in
      var entries = object["measurements"] as? [[String: Any]] ?? []
      entries[1]["durations"] = ["gICAgICAgICAgIA="]
      object["measurements"] = entries
    }
    let error = #expect(throws: GalleyError.self) { try MeasurementFile(data, named: "x.json") }
    #expect(error?.why == "'measurements[1].durations[0]': the text is not a list of durations")
    let missing = #expect(throws: GalleyError.self) { try MeasurementFile(contentsOf: path("none.json")) }
    #expect(missing?.exitCode == .missingInput)
  }

  @Test func `survive every cut and random changes without a crash`() throws {
    let data = try JSONEncoder().encode(MeasurementSample.full())
    for length in stride(from: 0, to: data.count, by: 997) {
      #expect(throws: GalleyError.self) { try MeasurementFile(data.prefix(length), named: "x") }
    }
    for position in stride(from: 3, to: data.count, by: 1009) {
      var changed = data
      changed[changed.startIndex + position] = UInt8(position % 256)
      _ = try? MeasurementFile(changed, named: "x")
    }
  }
}

@Suite("Measurement files are refused when")
struct MeasurementFaultTests {
  private func faults(_ change: (inout MeasurementFile) -> Void) throws -> [String] {
    var file = try MeasurementSample.full()
    #expect(file.faults.isEmpty)
    change(&file)
    return file.faults
  }

  @Test func `counts disagree`() throws {
    #expect(try faults { $0.measurements[0].durations.removeLast() }.count == 2)
    #expect(try faults { $0.measurements[0].measurement.conditions.processes = 2 }.count == 2)
    #expect(try faults { $0.measurements[1].predictions?.answers.removeLast() }.count == 2)
    #expect(try faults { $0.measurements[1].predictions?.ids[0] = "z" }.first?.contains("same id") == true)
    #expect(try faults { $0.measurements[1].measurement.quality?.confusion[0][0] = 7 }.first?.contains("sum") == true)
    #expect(try faults { $0.measurements[1].measurement.quality?.accuracy = 1 }.first?.contains("2 of 3") == true)
    #expect(try faults { $0.resources?.sensors[0].values.removeLast() }.count == 1)
    #expect(try faults { $0.measurements[1].name = "a" }.first?.contains("same name") == true)
    #expect(try faults { $0.measurements[1].predictions?.truth[2] = 9 }.contains { $0.contains("isn't among") })
  }

  @Test func `numbers can't be`() throws {
    #expect(try faults { $0.measurements[0].measurement.latency.summary.mean = .nan }.count == 1)
    #expect(try faults { $0.measurements[0].measurement.latency.summary.p90 = 0 }.count == 1)
    #expect(try faults { $0.measurements[1].measurement.throughput?[0].samplesPerSecond = 1 }.count == 1)
    #expect(try faults { $0.measurements[1].measurement.difference?.outputs[0].mean = 2 }.count == 1)
    #expect(try faults { $0.resources?.times = [0, 2, 1] }.count == 1)
    #expect(
      !(try faults { $0.measurements[1].measurement.quality?.confusion = [[.max, .max], [.max, .min]] }.isEmpty))
    #expect(try faults { $0.measurements[1].span = MeasuredSpan(from: 2, to: 1) }.count == 1)
  }

  @Test func `written too, and nothing is left behind`() throws {
    var file = try MeasurementSample.small()
    file.measurements[0].measurement.latency.sigma = .infinity
    let path = FileManager.default.temporaryDirectory.appending(path: "galley-\(UUID().uuidString).json").path
    let error = #expect(throws: GalleyError.self) { try file.write(to: path) }
    #expect(error?.why.contains("latency.sigma") == true && !FileManager.default.fileExists(atPath: path))
    file.measurements[0].durations = []
    file.measurements[0].measurement.latency.processMedians = []
    let other = #expect(throws: GalleyError.self) { try file.write(to: path) }
    #expect(other?.why.contains("contradicts") == true)
  }
}
