// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Galley
import Golden
import Testing

@Suite struct ConditionTests {
  private func names(_ expression: String) throws -> [String] {
    try RowFixture.withFolder { folder in
      try GoldenVolume.open(folder + "/a.golden").insert([
        try RowFixture.row("fast", median: 1e-3, accuracy: 0.90, processor: "cuda:A4500"),
        try RowFixture.row("slow", median: 20e-3, accuracy: 0.99, processor: "cuda:A4500"),
        try RowFixture.row("blind", median: 5e-3, accuracy: nil, processor: "rpi4_8gb"),
      ])
      let rows = try GoldenVolumes(paths: [folder + "/a.golden"]).rows(where: try GoldenCondition(expression))
      return rows.map(\.variant).sorted()
    }
  }

  @Test(arguments: [
    (#"hardware == "cuda:A4500" && latency <= 10ms"#, ["fast"]),
    ("hardware == 'cuda:A4500' and latency <= 0.02 s", ["fast", "slow"]),
    ("latency_s <= 0.005", ["blind", "fast"]), ("5ms >= latency", ["blind", "fast"]),
    ("od_inf_rate_ms < 6", ["blind", "fast"]), ("od_inf_rate_ms < 6 ms", ["blind", "fast"]),
    ("accuracy >= 0.95", ["slow"]), ("not accuracy >= 0.95", ["fast"]), ("accuracy == null", ["blind"]),
    ("accuracy != null", ["fast", "slow"]), ("size <= 2kB", ["blind", "fast", "slow"]), ("size < 1234 B", []),
    ("hardware in ['rpi4_8gb', 'x']", ["blind"]), ("'A4500' in hardware", ["fast", "slow"]),
    ("hardware not in ['rpi4_8gb']", ["fast", "slow"]), ("latency in [1ms, 5ms]", ["blind", "fast"]),
    ("latency * 2 <= 2.5 ms", ["fast"]), ("latency_p99 / latency > 0.5", ["blind", "fast", "slow"]),
    ("latency - 1ms < 1us", ["fast"]), ("is_clean", ["blind", "fast", "slow"]),
    ("status == 'measured' implies accuracy > 0.95", ["slow"]),
    (
      "task fits 'image-classification'",
      [
        "blind", "fast", "slow",
      ]
    ), ("variant == \"a' OR 1=1 --\"", []), ("batch == 1 or latency > 1h", ["blind", "fast", "slow"]),
    ("hardware == 'none' or hardware == variant", []),
  ])
  func choosesRows(expression: String, wanted: [String]) throws {
    #expect(try names(expression) == wanted)
  }

  @Test(arguments: [
    ("latencyy <= 10ms", "there is no column 'latencyy'", "latencyy <= 10ms\n  ^\n  Did you mean 'latency'?"),
    ("accuracy > 0.9 and hardwar == 'x'", "there is no column 'hardwar'", String(repeating: " ", count: 21) + "^"),
    ("latency <= 10MB", "units are mixed: s and B", "^"), ("latency <= 10", "say the unit: 10ms", "^"),
    ("size <= 20", "say the unit: 20MB", "^"), ("energy < 5", "use energy_j, in J", "^"),
    ("latency + size < 5", "units are mixed: s and B", "^"), ("hardware <= 5", "'hardware' is text", "^"),
    ("accuracy == 'x'", "text is compared with a number", "^"), ("latency", "isn't true or false", "^"),
    ("latency <= ", "", "^"), ("5 + 5", "this is no condition", "^"), ("accuracy > 5ms", "units are mixed", "^"),
  ])
  func refusesWithACaret(expression: String, why: String, remedy: String) {
    let error = #expect(throws: GalleyError.self) { try GoldenCondition(expression) }
    #expect(error?.exitCode == .usage)
    #expect(error?.why.contains(why) == true, "\(String(describing: error))")
    #expect(error?.remedy?.contains(remedy) == true, "\(String(describing: error))")
  }

  @Test func severalConditionsCanBeJoined() throws {
    let joined = try GoldenCondition("latency <= 10ms").and(try GoldenCondition("accuracy > 0.5 or batch == 1"))
    #expect(joined.and(.all) == joined)
    #expect(
      try RowFixture.withFolder { folder in
        try GoldenVolume.open(folder + "/a.golden").insert([
          try RowFixture.row("a"), try RowFixture.row("b", median: 1),
        ])
        return try GoldenVolumes(paths: [folder + "/a.golden"]).count(where: joined)
      } == 1)
  }
}
