// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Golden
import Testing

/// Where the volume lies that is shipped.
private enum FirstVolume {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Volumes").path(percentEncoded: false)
  static let path = "\(folder)/first.golden"
  static let isThere = FileManager.default.fileExists(atPath: path)
}

@Suite(.enabled(if: FirstVolume.isThere, "Volumes/first.golden isn't there: make volume measures it"))
struct FirstVolumeTests {
  @Test func itIsSoundAndTheIndexNamesIt() throws {
    let volumes = try GoldenVolumes(paths: [FirstVolume.path])
    let rows = try volumes.check().reduce(0, +)
    #expect(rows == 240)
    let index = "\(FirstVolume.folder)/\(GoldenZoo.indexName)"
    let entry = try GoldenZoo(Data(contentsOf: URL(filePath: index)), from: index).volume("first")
    #expect(entry.digest == (try GoldenVolumes.digest(of: FirstVolume.path)) && entry.rows == rows)
    #expect(entry.byteCount < 4 << 20)
  }

  @Test func everyRowIsMeasuredAndHasItsConditions() throws {
    let rows = try GoldenVolumes(paths: [FirstVolume.path]).rows()
    let needed = [
      "hardware", "runtime", "runtime_version", "library_digest", "precision", "backbone", "data_name", "data_digest",
      "batch", "threads", "processes", "inferences", "is_clean", "load_average", "processors", "memory_total_bytes",
      "processor", "system", "kernel", "galley_version", "accuracy", "accuracy_lower", "accuracy_upper", "latency_s",
      "latency_lower_s", "latency_upper_s", "model_size_bytes", "peak_resident_bytes", "measured_at_unix_s",
    ]
    for row in rows {
      #expect(row.status == .measured && row.recipe.form == .galley)
      let missing = needed.filter { row[$0] == .null }
      #expect(missing.isEmpty, "\(row.variant): \(missing)")
      #expect(row["processes"].number ?? 0 >= 5)
    }
    func values(_ column: String) -> Set<String> { Set(rows.map { $0[column].plain }) }
    #expect(values("data_name").count == 2 && values("data_digest").count == 2)
    #expect(values("precision").count == 3 && values("runtime") == ["onnxruntime", "openvino"])
    #expect(values("threads") == ["1", "2"] && values("backbone").count == 10)
    #expect(values("hardware").count == 1 && values("galley_version").count == 1)
  }
}
