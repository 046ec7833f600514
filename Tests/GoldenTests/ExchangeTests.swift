// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import GRDB
import Galley
import Golden
import Testing

@Suite struct ExchangeTests {
  /// Rows that LEIP's tutorial shows (bdd100k v0.1, A4500), and rows with faults.
  private static let leip = """
    ,id,timestamp,hardware,quantization,calib_method,per_channel,height,width,model_family,backbone,if_task_metric,\
    if_inf_size,if_inf_macs,od_task_metric,od_inf_rate_ms,od_inf_energy_mJ,od_size_MB,neptune_id,sppr
    0,44702,2024-02-12 18:33:11,cuda:A4500,int8,entropy,True,640,640,Yolo v8,yolov8n,0.123659,12000000,4400000000,\
    0.123659,1.052337,0.0,6.5,NEP-1,eJx
    1,44702,2024-02-12T18:33:11Z,cuda:A4500,float32,none,False,640,640,Yolo v8,yolov8n,0.123659,12000000,4400000000,\
    0.123659,1.752548,12.5,12.5,NEP-1,eJy
    2,44703,,cuda:A4500,float32,none,False,640,640,Yolo v8,yolov8s,0.20,12000000,4400000000,NaN,-3,,,NEP-2,
    3,44704,,cuda:A4500,float32,none,False,640,640,Yolo v8,yolov8s,20.5,,,,3.0,,,NEP-2,
    4,44705,,cuda:A4500,float32,none,False,640,640,Yolo v8,yolov8m,,,,,fast,,,NEP-2,
    5,44706,,cuda:A4500,float32,none,False,640,640,Yolo v8,yolov8m,,,,,,,,NEP-2,
    6,44702,2024-02-12T18:33:11Z,cuda:A4500,float32,none,False,640,640,Yolo v8,yolov8n,0.123659,12000000,4400000000,\
    0.123659,1.9,12.5,12.5,NEP-1,eJy

    """

  private func importing(
    _ text: String, named name: String = "xval.csv", _ meaning: GoldenImport.Meaning = .init(task: "detection")
  ) throws -> GoldenImport {
    try RowFixture.withFolder { folder in
      try Data(text.utf8).write(to: URL(filePath: folder + "/" + name))
      return try GoldenImport(folder + "/" + name, meaning: meaning)
    }
  }

  @Test func leipTablesAreReadAndEveryRejectedRowHasItsReason() throws {
    let found = try importing(Self.leip)
    #expect(found.rows.count == 2)
    let row = try #require(found.rows.first)
    #expect(row.status == .imported)
    #expect(row.measurement == nil)
    #expect(row.target == "cuda:A4500")
    #expect(row["latency_s"] == .real(0.001052337))
    #expect(row["framework_accuracy"] == .real(0.123659))
    #expect(row["energy_j"] == .null)
    #expect(row["model_size_bytes"] == .integer(6_500_000))
    #expect(row["per_channel"] == .integer(1))
    #expect(row["calibration_method"] == .text("entropy"))
    #expect(row["source_id"] == .text("44702"))
    #expect(row["data_name"] == .text("xval"))
    #expect(row["measured_at_unix_s"] == .real(1_707_762_791))
    #expect(row.recipe == GoldenRecipe("eJx", form: .sppr))
    #expect(row.metadata == ["neptune_id": "NEP-1"])
    #expect(found.rows.last?["energy_j"] == .real(0.0125))
    #expect(found.notes.contains { $0.contains("energy_j is 0 in 1 rows") })
    let reasons = Dictionary(uniqueKeysWithValues: found.rejected.map { ($0.position, $0.reason) })
    #expect(reasons.count == 5)
    for (line, words) in [
      (4, "latency_s: -0.003 can't be"), (5, "framework_accuracy: 20.5 is over 1"), (6, "'fast' isn't a number"),
      (7, "no measured value"), (8, "stands in row 3 already"),
    ] {
      #expect(reasons[line]?.contains(words) == true, "\(line): \(reasons[line] ?? "none")")
    }
  }

  @Test func theEarlierSpellingIsReadToo() throws {
    let found = try importing(
      "id,device,quantization,if_task_metric,od_inf_rate,od_inf_energy,od_size,relative_task_metric\n"
        + "7,rpi4_8gb,uint,0.5,20,3,4.5,0.97\n")
    let row = try #require(found.rows.first)
    #expect(row["hardware"] == .text("rpi4_8gb"))
    #expect(row["latency_s"] == .real(0.02))
    #expect(row["energy_j"] == .real(0.003))
    #expect(row["model_size_bytes"] == .integer(4_500_000))
    #expect(row["relative_accuracy"] == .real(0.97))
    #expect(found.notes.count == 3)
  }

  @Test(arguments: [
    ("a.json", #"[{"id": 1, "latency_ms": 5, "hardware": "x"}, {"id": 2, "latency_ms": null, "size (MB)": 3}]"#),
    ("a.json", "{\"id\": 1, \"latency_ms\": 5, \"hardware\": \"x\"}\n{\"id\": 2, \"size (MB)\": 3}\n"),
    ("a.json", #"{"id": {"0": 1, "1": 2}, "latency_ms": {"0": 5, "1": null}, "size (MB)": {"0": null, "1": 3}}"#),
    ("a.csv", "id,latency,size_MB\r\n1,5 ms,\r\n2,,3\r\n"),
  ])
  func formsAndUnitsAreRecognised(name: String, text: String) throws {
    let found = try importing(text, named: name)
    #expect(found.rejected.isEmpty, "\(found.rejected)")
    #expect(found.rows.map { $0["latency_s"] } == [.real(0.005), .null])
    #expect(found.rows.map { $0["model_size_bytes"] } == [.null, .integer(3_000_000)])
  }

  @Test(arguments: [
    ("id,latency\n1,5 ms\n2,0.005\n", "units are mixed in 'latency'"),
    ("id,latency_ms,od_inf_rate_ms\n1,5,5\n", "are both latency_s"), ("a,b\n1,2\n", "none of its columns is known"),
    ("", "it is empty"), ("id,latency_ms\n", "it holds no rows"), ("id,latency_ms\n1,2,3\n", "there are 3 fields"),
    ("id,latency_ms\n1,\"2\n", "a quotation mark isn't closed"), ("id,id,latency_ms\n1,1,2\n", "stands twice"),
    ("[1, 2]", "neither a list of objects"), ("{\"id\": ", "neither a list of objects"),
  ])
  func aTableThatMeansNothingIsRefusedWhole(text: String, why: String) {
    let error = #expect(throws: GalleyError.self) { try importing(text, named: "a.csv") }
    #expect(error?.why.contains(why) == true, "\(String(describing: error))")
  }

  @Test func noLineOfATableIsLostSilently() throws {
    let found = try importing("id,latency_ms\r1,5\r2,6\r", named: "a.csv")
    #expect(found.rows.map { $0["latency_s"] } == [.real(0.005), .real(0.006)])
    let error = #expect(throws: GalleyError.self) {
      try importing("id,latency_ms\n1,\"5\"0\n", named: "a.csv")
    }
    #expect(error?.why.contains("text follows the closing quote") == true)
    #expect(error?.place?.hasSuffix("a.csv:2") == true)
  }

  @Test func aBareNumberUnderANameWithoutUnitIsRejected() throws {
    let found = try importing("id,latency,accuracy\n1,5,0.5\n2,,0.5\n")
    #expect(found.rows.count == 1)
    #expect(found.rejected.first?.reason.contains("has no unit") == true)
  }

  @Test func withoutATaskNothingIsImported() {
    let error = #expect(throws: GalleyError.self) {
      try importing("id,latency_ms\n1,5\n", GoldenImport.Meaning())
    }
    #expect(error?.remedy?.contains("--task") == true)
  }

  @Test func tablesOfADatabaseAreRead() throws {
    try RowFixture.withFolder { folder in
      try DatabaseQueue(path: folder + "/t.sqlite").write {
        try $0.execute(sql: "CREATE TABLE t (id INTEGER, od_inf_rate_ms REAL, hardware TEXT); CREATE TABLE u (x)")
        try $0.execute(sql: "INSERT INTO t VALUES (1, 2.5, 'x')")
      }
      let error = #expect(throws: GalleyError.self) {
        try GoldenImport(folder + "/t.sqlite", meaning: .init(task: "detection"))
      }
      #expect(error?.remedy?.contains("t, u") == true)
      let found = try GoldenImport(folder + "/t.sqlite", meaning: .init(task: "detection", table: "t"))
      #expect(found.rows.first?["latency_s"] == .real(0.0025))
      let volume = try GoldenVolume.open(folder + "/a.golden")
      #expect(try volume.insert(found.rows) == 1)
      #expect(try volume.check() == 1)
      #expect(
        #expect(throws: GalleyError.self) { try GoldenImport(folder + "/a.golden", meaning: .init(task: "d")) }?.remedy?
          .contains("merge") == true)
    }
  }

  @Test func importingAgainAddsNothing() throws {
    try RowFixture.withFolder { folder in
      let volume = try GoldenVolume.open(folder + "/a.golden")
      #expect(try volume.insert(try importing(Self.leip).rows) == 2)
      #expect(try volume.insert(try importing(Self.leip).rows) == 0)
      #expect(try volume.check() == 2)
    }
  }

  @Test func textsThatHoldCommasAndQuotesSurviveCSV() throws {
    let table = GoldenTable(
      columns: ["variant", "latency_s"],
      rows: [[.text("a, \"b\"\nc"), .real(1e-300)], [.null, .real(0.1)]])
    let text = String(decoding: try GoldenExport.encode(table, as: .csv), as: UTF8.self)
    #expect(text == "variant,latency_s\n\"a, \"\"b\"\"\nc\",1e-300\n,0.1\n")
    let json = try JSONSerialization.jsonObject(with: try GoldenExport.encode(table, as: .json)) as? [[String: Any]]
    #expect(json?.first?["variant"] as? String == "a, \"b\"\nc")
    #expect(json?.last?["variant"] is NSNull)
  }

  @Test func pandasReadsTheExportsInOneLine() throws {
    let python = URL(filePath: #filePath).deletingLastPathComponent().appending(
      path: "../../.peers/datasets/bin/python"
    )
    .standardizedFileURL
    try RowFixture.withFolder { folder in
      let volume = try GoldenVolume.open(folder + "/a.golden")
      try volume.insert([
        try RowFixture.row("a, b", median: 1.0 / 3), try RowFixture.row("ü", accuracy: nil),
      ])
      let table = try GoldenVolumes(paths: [folder + "/a.golden"]).table(
        GoldenColumn.all, order: .init(GoldenColumn.named("variant")!.column))
      for format in GoldenExport.Format.allCases {
        try GoldenExport.encode(table, as: format).write(to: URL(filePath: folder + "/e.\(format)"))
      }
      let script = """
        import importlib.util, math, sqlite3, sys
        folder = sys.argv[1]
        rows = sqlite3.connect(folder + '/a.golden').execute(
          'SELECT variant, latency_s, accuracy, model_size_bytes, data_digest FROM golden ORDER BY variant').fetchall()
        if importlib.util.find_spec('pandas') is None: sys.exit(77)
        import pandas as pd
        for d in (pd.read_csv(folder + '/e.csv', float_precision='round_trip'), pd.read_json(folder + '/e.json', precise_float=True)):
          assert len(d) == 2 and list(d.columns)[0] == 'id', d
          for row, (variant, latency, accuracy, size, digest) in zip(d.to_dict('records'), rows):
            assert row['variant'] == variant and row['latency_s'] == latency, (row, latency)
            assert row['model_size_bytes'] == size and row['data_digest'] == digest
            assert math.isnan(row['accuracy']) if accuracy is None else row['accuracy'] == accuracy
        print('agrees')
        """
      guard FileManager.default.isExecutableFile(atPath: python.path()) else { return }
      let process = Process()
      process.executableURL = python
      process.arguments = ["-c", script, folder]
      let pipe = Pipe()
      process.standardOutput = pipe
      try process.run()
      let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationStatus == 77 || output == "agrees\n")
    }
  }
}
