// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Testing

/// A user's image folder from training to predictions, one command each.
@Suite(.serialized) struct EngineCommandTests {
  /// A program in whose folder `photos` has two classes of photographs.
  private func programWithPhotos(_ count: Int = 24) throws -> Program {
    let program = try Program()
    try ImageSet([("", count)]).write(to: "\(program.folder)/photos")
    return program
  }

  private static let quick = [
    "--model", "small-convnet:width=8,depth=2", "--epochs", "3", "--batch-size", "8", "--threads", "1", "--workers",
    "1",
  ]

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], "\(text)")
  }

  private func manifest(_ run: [String: Any]) throws -> [String: Any] {
    try #require(run["manifest"] as? [String: Any])
  }

  /// Where a file of a run lies, relative to the program's folder as the run says it.
  private func path(_ name: String, of run: [String: Any]) throws -> String {
    let files = try #require(try manifest(run)["files"] as? [String: [String: Any]])
    let path = try #require(files[name]?["path"] as? String, "\(files.keys.sorted())")
    return path.hasPrefix("/") ? path : "\(try #require(run["folder"] as? String))/\(path)"
  }

  private func trained(_ program: Program, _ more: [String] = []) async throws -> [String: Any] {
    let outcome = try await program.run(
      ["train", "--data", "photos", "--json"] + Self.quick + more, named: "train")
    #expect(outcome.status == 0, "\(outcome.errors)")
    for event in outcome.errors.split(separator: "\n") {
      #expect((try? JSONSerialization.jsonObject(with: Data(event.utf8))) != nil, "\(event)")
    }
    return try object(outcome.output)
  }

  @Test func anImageFolderIsTrainedTestedExportedAndAnswersItems() async throws {
    let program = try programWithPhotos()
    defer { program.remove() }
    let run = try await trained(program)
    #expect(try manifest(run)["status"] as? String == "succeeded")
    let checkpoint = try path("checkpoint", of: run)
    #expect(FileManager.default.fileExists(atPath: checkpoint))

    let test = try await program.run(
      ["test", "--model", checkpoint, "--data", "photos", "--resamples", "50"], named: "test")
    #expect(test.status == 0, "\(test.errors)")
    #expect(test.output.contains("accuracy") && test.output.contains("run: "))
    let validation = try await program.run(
      ["validate", "--model", checkpoint, "--data", "photos", "--json", "--resamples", "50"], named: "validate")
    #expect(validation.status == 0, "\(validation.errors)")
    #expect(FileManager.default.fileExists(atPath: try path("evaluation", of: object(validation.output))))

    let export = try await program.run(
      ["export", "--model", checkpoint, "--data", "photos", "--json"], named: "export")
    #expect(export.status == 0, "\(export.errors)")
    let model = try path("model", of: object(export.output))
    #expect(model.hasSuffix(".onnx") && FileManager.default.fileExists(atPath: model))
    #expect(FileManager.default.fileExists(atPath: try path("certificate", of: object(export.output))))

    let exported = try await program.run(
      ["test", "--model", model, "--data", "photos", "--json", "--resamples", "50"], named: "exported")
    #expect(exported.status == 0, "\(exported.errors)")
    let accuracy = try await program.run(
      ["test", "--model", checkpoint, "--data", "photos", "--json", "--resamples", "50"], named: "accuracy")
    let figures = try [accuracy, exported].map { try manifest(object($0.output))["figures"] as? [String: Double] }
    #expect(figures[0]?["accuracy"] != nil && figures[0]?["accuracy"] == figures[1]?["accuracy"])
    #expect(try manifest(object(exported.output))["backend"] as? String != manifest(run)["backend"] as? String)

    try Data("no image".utf8).write(to: URL(filePath: "\(program.folder)/broken.png"))
    let answers = try await program.run(
      ["predict", "--model", checkpoint, "photos/round", "broken.png", "--top-k", "2"], named: "predict")
    #expect(answers.status == 2, "\(answers.errors)")
    let lines = try answers.output.split(separator: "\n").map { try object(String($0)) }
    #expect(lines.count == 25)
    #expect(lines.count { $0["status"] as? String == "ok" } == 24)
    #expect(lines.contains { $0["id"] as? String == "broken.png" && $0["status"] as? String == "failed" })
    let table = try await program.run(
      ["predict", "--model", model, "photos/striped/*.png", "--output", "answers.csv"], named: "table")
    #expect(table.status == 0 && table.output.isEmpty, "\(table.errors)")
    #expect(try program.text("answers.csv").hasPrefix("id,status,class,probability"))
  }

  @Test func aPlanExplainsEverythingAndWritesNothing() async throws {
    let program = try programWithPhotos()
    defer { program.remove() }
    let outcome = try await program.run(["train", "--data", "photos", "--plan-only"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    for part in ["by libtorch", "data.division", "model.architecture", "train.batchSize", "automatic"] {
      #expect(outcome.output.contains(part), "\(part) in \(outcome.output)")
    }
    let plan = try await program.run(["plan", "--data", "photos"], named: "plan")
    #expect(plan.status == 0 && plan.output == outcome.output, "\(plan.errors)")
    #expect(!FileManager.default.fileExists(atPath: "\(program.folder)/galley-workspace"))
  }

  @Test(arguments: [SIGINT, SIGKILL])
  func aStoppedTrainingGoesOnAndEndsInTheSameBits(signal: Int32) async throws {
    let program = try programWithPhotos()
    defer { program.remove() }
    // Long enough that the signal comes before the end, also where the test waits for its turn.
    let more = ["--epochs", "80"]
    let whole = try await trained(program, more + ["--workspace", "whole"])
    let process = try program.start(["train", "--data", "photos"] + Self.quick + more, named: "stopped")
    while try !program.text("stopped.err").contains("epoch 3 ·"), process.isRunning {
      try await Task.sleep(for: .milliseconds(20))
    }
    kill(process.processIdentifier, signal)
    await Program.end(of: process)
    let stopped = try program.outcome(of: process, named: "stopped")
    let runs = try FileManager.default.contentsOfDirectory(atPath: "\(program.folder)/galley-workspace/runs")
    let id = try #require(runs.first)
    if signal == SIGINT {
      #expect(stopped.status == 130, "\(stopped.errors)")
      #expect(stopped.errors.contains("galley train --resume \(id)"))
    }
    let resumed = try await program.run(["train", "--resume", id, "--json"], named: "resumed")
    #expect(resumed.status == 0, "\(resumed.errors)")
    let before = try object(try program.text("galley-workspace/runs/\(id)/manifest.json"))
    #expect(before["status"] as? String == (signal == SIGINT ? "cancelled" : "failed"))
    for name in ["checkpoint", "last"] {
      let files = try [whole, object(resumed.output)].map { try Data(contentsOf: URL(filePath: path(name, of: $0))) }
      #expect(files[0] == files[1], "\(name) differs")
    }
  }

  @Test func aRecipeIsTrainedToo() async throws {
    let program = try Program()
    defer { program.remove() }
    try program.writeRecipe()
    let outcome = try await program.run(["train", "recipe.yaml", "--json", "--epochs", "2"], named: "train")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let plan = try #require(try object(outcome.output)["plan"] as? [String: Any])
    let stages = try #require(plan["stages"] as? [[String: Any]])
    let values = stages.flatMap { $0["values"] as? [[String: Any]] ?? [] }
    #expect(values.contains { $0["path"] as? String == "train.seed" && $0["origin"] as? String == "recipe" })
    #expect(values.contains { $0["path"] as? String == "train.epochs" && $0["origin"] as? String == "given" })
  }

  @Test(arguments: [
    (["train", "--data", "photos", "--epohcs", "3"], "Did you mean --epochs?"),
    (["train", "--data", "photos", "--epochs", "many"], "whole number"),
    (["train", "--data", "photos", "--model", "resnet-81"], "Did you mean 'resnet-18'?"),
    (["train", "--data", "photos", "--backend", "libtroch"], "Did you mean 'libtorch'?"),
    (["train"], "--data"), (["test", "--data", "photos"], "--model"),
    (["train", "--data", "photos", "--model-labels", "labels.txt"], "no model file"),
    (["train", "--resume", "some", "--subsets", "ignored"], "began with"),
    (["predict", "--model", "small-convnet", "--data", "photos", "photos"], "without a flag"),
  ])
  func mistakesAreUsageErrorsWithTheNearestName(arguments: [String], part: String) async throws {
    let program = try programWithPhotos(3)
    defer { program.remove() }
    let outcome = try await program.run(arguments)
    #expect(outcome.status == 64, "\(outcome.errors)")
    #expect(outcome.errors.contains(part), "\(outcome.errors)")
  }

  @Test func helpListsTheOptionsOfTheChosenModel() async throws {
    let program = try Program()
    defer { program.remove() }
    let plain = try await program.run(["train", "--help"], named: "plain")
    #expect(plain.status == 0)
    for flag in ["--batch-size", "--learning-rate", "--label-smoothing", "--train-part", "--no-nesterov"] {
      #expect(plain.output.contains(flag), "\(flag)")
    }
    #expect(!plain.output.contains("--model-option stem"))
    let chosen = try await program.run(["train", "--model", "mobilenet-v3-small", "--help"], named: "chosen")
    #expect(chosen.output.contains("OPTIONS OF MOBILENET-V3-SMALL") && chosen.output.contains("--model-option stem"))
  }

  @Test func modelsAndBackendsAreListed() async throws {
    let program = try Program()
    defer { program.remove() }
    let list = try await program.run(["models"], named: "list")
    #expect(list.status == 0, "\(list.errors)")
    for part in ["mobilenet-v2", "25.56 M", "arXiv:1801.04381", "libtorch", "onnxruntime", "openvino"] {
      #expect(list.output.contains(part), "\(part)")
    }
    let json = try object(try await program.run(["models", "--json"], named: "json").output)
    #expect((json["architectures"] as? [Any])?.count == 11 && (json["backends"] as? [Any])?.count == 3)
    let one = try await program.run(["models", "show", "mobilenet-v2"], named: "one")
    #expect(one.output.contains("dropout") && one.output.contains("from 0"))
    let typo = try await program.run(["models", "show", "mobilenet-v22"], named: "typo")
    #expect(typo.status == 64 && typo.errors.contains("Did you mean 'mobilenet-v2'?"))
    let backend = try await program.run(["models", "show", "onnxruntime"], named: "backend")
    #expect(backend.status == 0 && backend.output.contains("--backend-option onnxruntime.NAME=VALUE"))
  }
}
