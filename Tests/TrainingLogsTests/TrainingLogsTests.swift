// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Testing
import TrainingLogs

@Suite struct TrainingLogsTests {
  private func scalar(_ name: String, _ value: Double, _ step: Int, epoch: Int? = nil) -> LoggedScalar {
    LoggedScalar(name, value, step: step, epoch: epoch, wallTime: 1_700_000_000 + Double(step))
  }

  // MARK: CSV

  @Test func `CSV has a row for each step and a column for each name`() throws {
    let folder = try TemporaryFolder()
    var log = try CSVLogger(path: "\(folder.path)/deep/metrics.csv")
    try log.log([scalar("loss", 0.5, 1), scalar("rate", 0.1, 1)])
    try log.log([scalar("loss", .nan, 2, epoch: 1)])
    try log.log([scalar("accuracy, \"val\"", 1 / 3, 2, epoch: 1)])
    try log.log([scalar("loss", .infinity, 3)])
    #expect(
      try folder.text("deep/metrics.csv") == """
        step,epoch,time,loss,rate,"accuracy, ""val\"""\r
        1,,1700000001.0,0.5,0.1,\r
        2,1,1700000002.0,nan,,0.3333333333333333\r
        3,,1700000003.0,inf,,\r

        """)
  }

  @Test func `a resumed CSV drops what was undone and what was cut`() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/metrics.csv"
    var log = try CSVLogger(path: path)
    for step in 1...5 { try log.log([scalar("loss", Double(step), step)]) }
    try folder.append("6,,17000", to: "metrics.csv")
    var resumed = try CSVLogger(path: path, resumingAt: 4)
    try resumed.log([scalar("loss", 40, 4)])
    try resumed.log([scalar("val", 7, 4)])
    #expect(
      try folder.text("metrics.csv") == """
        step,epoch,time,loss,val\r
        1,,1700000001.0,1.0,\r
        2,,1700000002.0,2.0,\r
        3,,1700000003.0,3.0,\r
        4,,1700000004.0,40.0,7.0\r

        """)
    _ = try CSVLogger(path: path)
    #expect(try folder.text("metrics.csv") == "step,epoch,time\r\n")
  }

  @Test func `a file that is no log isn't overwritten by a resumed run`() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/metrics.csv"
    for text in ["a,b\n1,2\n", "step,epoch,time,x\n1,2\n"] {
      try Data(text.utf8).write(to: URL(filePath: path))
      #expect(throws: GalleyError.self) { try CSVLogger(path: path, resumingAt: 1) }
      #expect(throws: GalleyError.self) { try JSONLinesLogger(path: path, resumingAt: 1) }
      #expect(try folder.text("metrics.csv") == text)
    }
  }

  @Test(arguments: ["step", "time", ""]) func `names that mean something else are refused`(name: String) throws {
    let folder = try TemporaryFolder()
    var log = try CSVLogger(path: "\(folder.path)/metrics.csv")
    #expect(throws: GalleyError.self) { try log.log([scalar(name, 1, 1)]) }
  }

  @Test(.enabled(if: TensorBoardPeer.pythonIsPresent, "there is no .peers/bin/python3; Native/peers.sh makes it"))
  func `Python's csv reads what was written`() throws {
    let folder = try TemporaryFolder()
    var log = try CSVLogger(path: "\(folder.path)/metrics.csv")
    try log.log([scalar("a,\"b\"\nc", 0.1, 1), scalar("größe", -2.5e-300, 1)])
    let program = """
      import csv, json, sys
      print(json.dumps([row for row in csv.reader(open(sys.argv[1], newline='', encoding='utf-8'))]))
      """
    let output = try TensorBoardPeer.python(program, ["\(folder.path)/metrics.csv"])
    let rows = try JSONDecoder().decode([[String]].self, from: Data(output.utf8))
    #expect(
      rows == [["step", "epoch", "time", "a,\"b\"\nc", "größe"], ["1", "", "1700000001.0", "0.1", "-2.5e-300"]])
  }

  // MARK: JSON lines

  @Test func `JSON lines have a line for each step of a batch`() throws {
    let folder = try TemporaryFolder()
    var log = try JSONLinesLogger(path: "\(folder.path)/metrics.jsonl")
    try log.log([scalar("train/loss", 0.25, 1, epoch: 1), scalar("rate", .nan, 1), scalar("train/loss", 3, 2)])
    #expect(
      try folder.text("metrics.jsonl") == """
        {"epoch":1,"step":1,"time":1700000001,"values":{"rate":"nan","train/loss":0.25}}
        {"step":2,"time":1700000002,"values":{"train/loss":3}}

        """)
    try folder.append("{\"step\":3,\"ti", to: "metrics.jsonl")
    var resumed = try JSONLinesLogger(path: "\(folder.path)/metrics.jsonl", resumingAt: 2)
    try resumed.log([scalar("train/loss", 9, 2)])
    let text = try folder.text("metrics.jsonl")
    #expect(text.split(separator: "\n").count == 2 && text.hasSuffix("\"values\":{\"train/loss\":9}}\n"))
    #expect(text.contains("\"rate\":\"nan\""))
  }

  // MARK: TensorBoard

  @Test func `checksums are RFC 3720's`() {
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.checksum(Array(0..<32)) == 0x46DD_794E)
    #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
  }

  @Test(.enabled(if: TensorBoardPeer.isPresent, "\(TensorBoardPeer.absence)"))
  func `TensorBoard reads what was written`() throws {
    let folder = try TemporaryFolder()
    var log = try TensorBoardLogger(folder: folder.path, wallTime: 1_700_000_000.25)
    for step in 0..<200 {
      try log.log([scalar("train/loss", 1 / Double(step + 1), step), scalar("größe", -Double(step), step)])
    }
    try log.log([scalar("huge", 3, 1 << 40), scalar("empty", .nan, 5)])
    let answer = try TensorBoardPeer.read(folder.path)
    #expect(answer.version == 2)
    #expect(Set(answer.tags.keys) == ["train/loss", "größe", "huge", "empty"])
    let losses = try #require(answer.tags["train/loss"])
    #expect(losses.map(\.step) == Array(0..<200))
    for (step, point) in losses.enumerated() {
      let expected = Float(1 / Double(step + 1))
      #expect(point.time == 1_700_000_000 + Double(step))
      #expect(point.value == Double(expected))
    }
    #expect(answer.tags["huge"]?.map(\.step) == [1 << 40])
    #expect(answer.tags["empty"]?.map(\.value) == [nil])
  }

  @Test(.enabled(if: TensorBoardPeer.isPresent, "\(TensorBoardPeer.absence)"))
  func `TensorBoard takes a resumed run's values, and a killed run's up to its last whole record`() throws {
    let folder = try TemporaryFolder()
    var first = try TensorBoardLogger(folder: folder.path, wallTime: 1_700_000_000)
    for step in 0..<10 { try first.log([scalar("loss", Double(step), step)]) }
    // The last record is cut, as by a machine that loses its power.
    let file = URL(filePath: first.path)
    try Data(contentsOf: file).dropLast(7).write(to: file)
    // Both begin within one second, and the second file still sorts behind the first.
    var second = try TensorBoardLogger(folder: folder.path, resumingAt: 6, wallTime: 1_700_000_000)
    for step in 6..<12 { try second.log([scalar("loss", Double(step) * 100, step)]) }
    #expect(first.path < second.path)
    let losses = try #require(try TensorBoardPeer.read(folder.path).tags["loss"])
    #expect(losses.map(\.step) == Array(0..<12))
    #expect(losses.compactMap(\.value) == [0, 1, 2, 3, 4, 5, 600, 700, 800, 900, 1000, 1100])
  }

  @Test(arguments: TrainOptions.LoggerName.allCases) func `every form is opened by its name and joins others`(
    form: TrainOptions.LoggerName
  ) throws {
    let folder = try TemporaryFolder()
    var logs = TrainingLogs([try form.open(in: "\(folder.path)/x", wallTime: 5)])
    try logs.log([scalar("loss", 1, 1)])
    let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/x")
    #expect(names.count == 1)
    let error = #expect(throws: GalleyError.self) { try form.open(in: "/proc/nowhere", wallTime: 5) }
    #expect(error?.exitCode == .cantCreate)
  }
}
