// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Galley
import Reports
import Statistics

/// A run as the digits recipe gives it: two widths, float32 and int8, with figures of a plausible size.
enum MealFixture {
  /// What sets a variant's figures.
  struct Figures {
    var name: String
    var width: Int
    var precision: String
    var median: Double
    var wrong: [(truth: Int, answer: Int)]
    var byteCount: Int
    var isOnFront: Bool
  }

  static let labels = (0...9).map(String.init)
  static let perClass = 36

  static let figures = [
    Figures(
      name: "wide float32", width: 32, precision: "float32", median: 61.4e-6,
      wrong: [(8, 1), (8, 1), (9, 3), (5, 9), (3, 8)], byteCount: 152_340, isOnFront: true),
    Figures(
      name: "wide int8", width: 32, precision: "int8", median: 34.2e-6,
      wrong: [(8, 1), (8, 1), (9, 3), (5, 9), (3, 8), (8, 2)], byteCount: 45_102, isOnFront: true),
    Figures(
      name: "slim float32", width: 8, precision: "float32", median: 18.9e-6,
      wrong: [(8, 1), (8, 1), (9, 3), (5, 9), (3, 8), (8, 2), (1, 8), (4, 9)], byteCount: 21_884, isOnFront: true),
    Figures(
      name: "slim int8", width: 8, precision: "int8", median: 19.6e-6,
      wrong: [(8, 1), (8, 1), (9, 3), (5, 9), (3, 8), (8, 2), (1, 8), (4, 9), (7, 4)], byteCount: 13_402,
      isOnFront: false),
  ]

  /// The whole report; `labels` are the classes' names.
  static func report(labels: [String] = labels) -> RunReport {
    RunReport(
      title: "Handwritten digits, two widths in float32 and int8",
      recipe: ReportedRecipe(name: "digits", digest: Digest(of: "recipe")),
      startedAt: 1_795_246_382, endedAt: 1_795_246_514, command: "galley run Examples/digits/recipe.yaml",
      galleyVersion: "0.1.0", data: data(labels),
      variants: figures.enumerated().map { variant($0.element, at: $0.offset, labels) },
      comparisons: [comparison("wide", onlyBaseline: 1, 0, 1), comparison("slim", onlyBaseline: 3, 2, 1)],
      stages: stages,
      outputs: [
        ReportedOutput(what: "Golden volume", path: "out/digits.golden"),
        ReportedOutput(what: "int8 model, wide", path: "out/models/wide-int8.onnx"),
      ])
  }

  static func variant(_ figures: Figures, at index: Int, _ labels: [String]) -> ReportedVariant {
    ReportedVariant(
      name: figures.name,
      differences: [
        ReportedDifference(path: "architecture.width", value: "\(figures.width)"),
        ReportedDifference(path: "optimization", value: figures.precision == "int8" ? "static-int8" : "none"),
      ],
      recipeDigest: Digest(of: figures.name), architecture: "small-cnn, width \(figures.width)",
      training: training(width: figures.width),
      certificate: ReportedCertificate(
        maximumDifference: 4.77e-6 * Double(index + 1), meanDifference: 6.1e-7, tolerance: 1e-4, sampleCount: 360),
      optimizationNotes: figures.precision == "int8"
        ? ["Static int8, weights per channel, calibrated on 256 training items; 9 nodes quantized, 2 kept in float32."]
        : [],
      measurement: measurement(figures, labels), isOnFront: figures.isOnFront)
  }

  static func training(width: Int) -> ReportedTraining {
    let history = (1...30).map { epoch in
      let progress = Double(epoch) * (width > 16 ? 0.22 : 0.15)
      let wave = Double((epoch * 7) % 5) * 0.004
      return ReportedEpoch(
        epoch: epoch, trainLoss: 0.012 + 2.3 / (1 + progress * progress * progress),
        validationLoss: 0.05 + wave + 2.3 / (1 + progress * progress * progress),
        validationAccuracy: 0.985 - wave - 0.7 / (1 + progress * progress * progress))
    }
    return ReportedTraining(epochs: 30, seconds: 21.4, bestEpoch: 28, seed: 7, history: history)
  }

  static func measurement(_ figures: Figures, _ labels: [String]) -> Measurement {
    Measurement(
      model: MeasuredModel(
        digest: Digest(of: figures.name + ".onnx"), format: .onnx, byteCount: figures.byteCount,
        precision: figures.precision),
      runtime: RuntimeRecord(
        name: "onnxruntime", version: "1.31.1", libraryDigest: Digest(of: "libonnxruntime.so"),
        configuration: ["provider": "CPUExecutionProvider", "threads": "1", "graph": "all"]),
      conditions: conditions, environment: environment,
      latency: timing(around: figures.median),
      phases: PhaseTimings(
        load: summary(around: 3.1e-3, count: 3), firstInference: summary(around: figures.median * 6, count: 3),
        preprocessing: summary(around: 0.8e-6, count: 360), postprocessing: summary(around: 0.12e-6, count: 360),
        endToEnd: summary(around: figures.median + 1e-6, count: 360)),
      resources: ResourceUse(
        peakResidentBytes: [31_204_352, 31_154_176, 31_330_304],
        baselineResidentBytes: [9_805_824, 9_797_632, 9_801_728], processorUse: summary(around: 0.99, count: 3)),
      verdict: MeasurementVerdict(isClean: true, marks: []), quality: quality(wrong: figures.wrong, labels))
  }

  static let conditions = MeasurementConditions(
    batch: 1, threads: 1, seed: 11, processes: 3, blocks: 40, inferencesPerBlock: 600, warmUp: [350, 400, 350],
    interleavedWith: [Digest(of: "a"), Digest(of: "b"), Digest(of: "c")], dataDigest: Digest(of: "data"), subset: .test)

  static let environment = EnvironmentRecord(
    time: 1_795_246_500, host: "bench-7", architecture: "x86_64", processor: "AMD EPYC 9354P 32-Core Processor",
    extensions: ["avx2", "avx512_vnni"], processorCount: 2, memoryBytes: 24_696_061_952, kernel: "Linux 6.1.0",
    system: "Debian GNU/Linux 12", governor: nil, loadBefore: 0.42, loadAfter: 1.03, clock: "CLOCK_MONOTONIC (tsc)",
    galleyVersion: "0.1.0")

  static func summary(around median: Double, count: Int) -> Summary {
    Summary(
      count: count, minimum: median * 0.96, maximum: median * 9.5, mean: median * 1.02,
      standardDeviation: median * 0.11, medianAbsoluteDeviation: median * 0.012, median: median, p90: median * 1.06,
      p95: median * 1.11, p99: median * 1.42)
  }

  static func timing(around median: Double) -> Timing {
    Timing(
      summary: summary(around: median, count: 72_000), processMedians: [median * 0.994, median, median * 1.009],
      sigma: median * 0.0076,
      medianInterval: Interval(
        lower: median * 0.982, upper: median * 1.02, level: 0.95, method: "t-between-processes"))
  }

  static func quality(wrong: [(truth: Int, answer: Int)], _ labels: [String]) -> ClassificationQuality {
    var confusion = labels.indices.map { row in labels.indices.map { $0 == row ? perClass : 0 } }
    for mistake in wrong {
      confusion[mistake.truth][mistake.truth] -= 1
      confusion[mistake.truth][mistake.answer] += 1
    }
    let total = perClass * labels.count
    let accuracy = Double(total - wrong.count) / Double(total)
    let classes = labels.enumerated().map { index, label in
      let answered = confusion.map { $0[index] }.reduce(0, +)
      let hits = Double(confusion[index][index])
      let (precision, recall) = (hits / Double(answered), hits / Double(perClass))
      return ClassQuality(
        label: label, support: perClass, precision: precision, recall: recall,
        f1: 2 * precision * recall / (precision + recall))
    }
    return ClassificationQuality(
      itemCount: total, accuracy: accuracy,
      accuracyInterval: Interval(lower: accuracy - 0.019, upper: accuracy + 0.0085, level: 0.95, method: "wilson"),
      classes: classes, confusion: confusion)
  }

  static func data(_ labels: [String]) -> ReportedData {
    ReportedData(
      name: "Optical Recognition of Handwritten Digits (test set)", licence: "CC-BY-4.0",
      citation: "Alpaydin, E. & Kaynak, C. (1998). Optical Recognition of Handwritten Digits [Dataset]. "
        + "UCI Machine Learning Repository. https://doi.org/10.24432/C50P49",
      digest: Digest(of: "data"), split: Digest(of: "split"), labels: labels,
      subsets: [
        ReportedSubset(subset: .train, countsByClass: labels.map { _ in 108 }),
        ReportedSubset(subset: .validation, countsByClass: labels.map { _ in 36 }),
        ReportedSubset(subset: .test, countsByClass: labels.map { _ in perClass }),
      ])
  }

  static func comparison(_ width: String, onlyBaseline: Int, _ onlyCandidate: Int, _ p: Double) -> ReportedComparison {
    ReportedComparison(
      baseline: "\(width) float32", candidate: "\(width) int8", itemCount: 360, onlyBaselineCorrect: onlyBaseline,
      onlyCandidateCorrect: onlyCandidate, pValue: p,
      accuracyDifference: Double(onlyCandidate - onlyBaseline) / 360,
      discordantItems: (0..<onlyBaseline + onlyCandidate).map { index in
        let right = index < onlyBaseline
        return DiscordantItem(
          id: "optdigits-tes-00\(17 + index)", truth: "8", baselineAnswer: right ? "8" : "2",
          candidateAnswer: right ? "2" : "8", picture: eight)
      })
  }

  /// An eight of the digits data set, 0 to 16 stretched to 0 to 255.
  static let eight = ItemPicture(
    width: 8, height: 8,
    pixels: [
      0, 0, 9, 14, 8, 1, 0, 0, 0, 0, 12, 14, 14, 12, 0, 0, 0, 0, 9, 10, 0, 15, 4, 0, 0, 0, 3, 16, 12, 14, 2, 0, 0, 0, 4,
      16, 16, 2, 0, 0, 0, 3, 16, 8, 10, 13, 2, 0, 0, 1, 15, 1, 3, 16, 8, 0, 0, 0, 11, 16, 15, 11, 1, 0,
    ].map { UInt8(min(255, $0 * 16)) })

  static let stages = [
    ("data", 0.2, true), ("train wide", 21.4, true), ("export wide", 0.9, true), ("quantize wide", 0.4, false),
    ("measure", 38.2, false),
  ].map { ReportedStage(name: $0.0, key: Digest(of: $0.0), seconds: $0.1, wasReused: $0.2) }
}
