// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Reports
import Testing

/// Models and weights that come from files.
@Suite struct OriginTests {
  private func report() -> RunReport {
    var report = MealFixture.report()
    report.variants[0].training = nil
    report.variants[0].certificate = nil
    report.variants[0].modelFile = ReportedModelFile(
      name: "bought <1>.onnx", digest: Digest(of: "file"), byteCount: 1200, producer: "pytorch 2.13.0",
      preprocessingOrigin: "the model's card", labelsOrigin: "the data set")
    report.variants[1].training?.weights = ReportedWeights(
      name: "base.safetensors", digest: Digest(of: "weights"), fresh: ["classifier.weight"])
    return report
  }

  @Test func theyAreNamedWithTheirDigests() throws {
    let markdown = ReportWriter.markdown(report())
    #expect(markdown.contains("SHA-256 \(Digest(of: "file").hex)"))
    #expect(markdown.contains("written by pytorch 2.13.0"))
    #expect(markdown.contains("training began with the weights of base.safetensors, SHA-256"))
    #expect(markdown.contains("The last layer began afresh (classifier.weight)"))
    let page = try ReportWriter.page(report())
    #expect(page.contains("not trained here: model file bought &lt;1&gt;.onnx"))
  }

  @Test func theirNumbersReadBack() throws {
    let report = report()
    let read = try RunReport.read(ReportWriter.numbers(report), from: "report.json")
    #expect(read.variants[0].modelFile == report.variants[0].modelFile)
    #expect(read.variants[0].training == nil && read.variants[0].certificate == nil)
    #expect(read.variants[1].training?.weights == report.variants[1].training?.weights)
  }

  @Test func aReportWithoutThemSaysNothingOfOrigins() {
    #expect(!ReportWriter.markdown(MealFixture.report()).contains("Origin of models and weights"))
  }
}
