// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Testing

/// The recipe of the demo on images of the user's: one line is changed.
@Suite(.serialized) struct ImageTrainingTests {
  /// The example's recipe with another line for the data, and one for quick training if wanted.
  private func writeRecipe(_ program: Program, data: String, more: String = "", isQuick: Bool = true) throws {
    let example = try String(contentsOfFile: Program.root + "Examples/digits/recipe.yaml", encoding: .utf8)
    var lines = example.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let places = lines.indices.filter { lines[$0].hasPrefix("data:") }
    let place = try #require(places.first)
    #expect(places.count == 1 && lines[place].contains("}"))
    lines[place] = data
    var text = lines.joined(separator: "\n")
    if isQuick {
      text = text.replacing("  use: supervised\n", with: "  use: supervised\n  epochs: 2\n")
      text += "\nmeasurement: {processes: 3, blocks: 2, blockMilliseconds: 1}\n"
    }
    if !more.isEmpty {
      let end = try #require(text.firstRange(of: "\nmodel:"))
      let start = try #require(text.firstRange(of: "split:"))
      text.replaceSubrange(start.lowerBound..<end.lowerBound, with: more + "\n")
    }
    try Data(text.utf8).write(to: URL(filePath: "\(program.folder)/recipe.yaml"))
  }

  private func split(_ program: Program) throws -> [String: [String]] {
    struct Record: Decodable { var stage: String; var outputs: [String: String] }
    struct Document: Decodable { var subsets: [String: [String]] }
    let pantry = "\(program.folder)/pantry"
    for name in try FileManager.default.contentsOfDirectory(atPath: "\(pantry)/stages") {
      let data = try Data(contentsOf: URL(filePath: "\(pantry)/stages/\(name)"))
      guard let record = try? JSONDecoder().decode(Record.self, from: data), record.stage == "prepare",
        let digest = record.outputs["split"]
      else { continue }
      let files = FileManager.default.enumerator(atPath: "\(pantry)/artifacts")
      while let path = files?.nextObject() as? String {
        guard path.hasSuffix(digest) else { continue }
        return try JSONDecoder().decode(
          Document.self, from: Data(contentsOf: URL(filePath: "\(pantry)/artifacts/\(path)"))
        ).subsets
      }
    }
    return [:]
  }

  @Test func theDemoTrainsOnAFolderOfImagesWithOneLineChanged() async throws {
    let program = try Program()
    defer { program.remove() }
    try ImageSet([("", 40)]).write(to: "\(program.folder)/photos")
    try writeRecipe(program, data: "data: {use: images, path: photos, height: 24, width: 24}", isQuick: false)
    let outcome = try await program.run(["run", "recipe.yaml", "--json"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let result = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    let variants = try #require(result["variants"] as? [[String: Any]])
    #expect(variants.count == 4)
    let split = try split(program)
    #expect(split.mapValues(\.count) == ["train": 48, "validation": 16, "test": 16])
    let report = try program.text("output/digits/report.md")
    #expect(report.contains("photos"))
    // Discs and stripes are easily told apart; chance would be 0.5.
    let accuracies = outcome.output.matches(of: /"accuracy"\s*:\s*([0-9.]+)/).compactMap { Double($0.1) }
    #expect(!accuracies.isEmpty && accuracies.allSatisfy { $0 > 0.7 }, "\(accuracies)")
  }

  @Test func aModelIsBenchedOnAFolderOfImagesAndWhatCannotBeDecodedIsNamed() async throws {
    let program = try Program()
    defer { program.remove() }
    var set = try ImageSet([("train", 30), ("test", 20)])
    try set.write(to: "\(program.folder)/photos")
    try writeRecipe(program, data: "data: {use: images, path: photos, height: 24, width: 24}", isQuick: false)
    let trained = try await program.run(["run", "recipe.yaml"], named: "trained")
    #expect(trained.status == 0, "\(trained.errors)")
    let models = try FileManager.default.contentsOfDirectory(atPath: "\(program.folder)/output/digits/models")
    let model = try #require(models.sorted().first { $0.contains("wide") && $0.contains("float32") })
    set.files = Array(set.files.suffix(40))
    for index in [2, 31] { set.files[index].bytes.removeLast(set.files[index].bytes.count / 2) }
    try set.write(to: "\(program.folder)/photos")
    let command = [
      "bench", "output/digits/models/\(model)", "--data", "photos", "--folder", "out", "--json", "--runtimes",
      "onnxruntime", "--precisions", "original", "--processes", "1", "--blocks", "2", "--block-milliseconds", "1",
      "--throughput-seconds", "0", "--samples", "2",
    ]
    let outcome = try await program.run(command, named: "bench")
    #expect(outcome.status == 0 || outcome.status == 2, "\(outcome.errors)")
    for index in [2, 31] { #expect(outcome.output.contains("item '\(set.files[index].path)' is left out"), "\(index)") }
    #expect(outcome.output.contains("38 items are judged and 60 calibrate"), "\(outcome.output)")
    let accuracy = try #require(outcome.output.firstMatch(of: /"accuracy"\s*:\s*([0-9.]+)/).flatMap { Double($0.1) })
    #expect(accuracy > 0.7)

    // The measuring process decodes the same files to the same.
    let decoding = try await program.run(command + ["--decode-on-target"], named: "decoding")
    #expect(decoding.status == outcome.status, "\(decoding.errors)")
    #expect(decoding.output.contains("images are decoded and fitted where the model is measured"))
    #expect(decoding.output.contains("\"decoding\"") && !outcome.output.contains("\"decoding\""))
    let same = decoding.output.firstMatch(of: /"accuracy"\s*:\s*([0-9.]+)/).flatMap { Double($0.1) }
    #expect(same == accuracy)
    #expect(try program.text("out/report/report.md").contains("Of which decoding"))
  }

  @Test(arguments: [["train", "val", "test"], ["train", "test"], ["training", "validation"]])
  func subsetsOfAFolderAreKeptAndWhatIsLackingIsDrawn(names: [String]) async throws {
    let program = try Program()
    defer { program.remove() }
    try ImageSet(names.map { ($0, 20) }).write(to: "\(program.folder)/photos")
    try writeRecipe(program, data: "data: {use: images, path: photos, height: 16, width: 16}")
    let outcome = try await program.run(["run", "recipe.yaml"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let split = try split(program)
    #expect(split.values.joined().count == 40 * names.count)
    for (name, subset) in [("test", "test"), ("val", "validation"), ("validation", "validation")]
    where names.contains(name) {
      #expect(split[subset]?.count == 40)
      #expect(split[subset]?.allSatisfy { $0.hasPrefix(name) } == true)
    }
    #expect(split["train"]?.allSatisfy { $0.hasPrefix(names[0]) } == true)
    #expect(split.keys.sorted() == ["test", "train", "validation"])
  }

  @Test(arguments: ["photos.zip", "photos.tar"])
  func anArchiveIsTrainedOnInPlace(archive: String) async throws {
    let program = try Program()
    defer { program.remove() }
    let set = try ImageSet([("train", 20), ("test", 10)])
    try set.pack(as: archive, in: program.folder)
    try writeRecipe(program, data: "data: {use: images, path: \(archive), height: 16, width: 16, channels: 1}")
    let outcome = try await program.run(["run", "recipe.yaml"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try split(program)["test"]?.count == 20)
    #expect(try FileManager.default.contentsOfDirectory(atPath: program.folder).contains("photos") == false)
  }

  @Test func aSetIsFetchedByAddressAndDigest() async throws {
    let program = try Program()
    defer { program.remove() }
    try FileManager.default.createDirectory(atPath: "\(program.folder)/served", withIntermediateDirectories: true)
    try ImageSet([("train", 20), ("test", 10)]).pack(as: "set.zip", in: "\(program.folder)/served")
    let digest = try Digest(ofFileAt: "\(program.folder)/served/set.zip").hex
    let server = try LocalServer(of: "\(program.folder)/served")
    defer { server.stop() }
    let address = "http://127.0.0.1:\(try await server.port())/set.zip"

    try writeRecipe(program, data: "data: {use: images, path: '\(address)', height: 16, width: 16}")
    let bare = try await program.run(["run", "recipe.yaml"], named: "bare")
    #expect(bare.status == 78 || bare.status == 65, "\(bare.status) \(bare.errors)")
    #expect(bare.errors.contains("curl -fsSL '\(address)' | sha256sum"), "\(bare.errors)")

    let whole = "\(address)#sha256=\(digest)"
    try writeRecipe(program, data: "data: {use: images, path: '\(whole)', height: 16, width: 16}")
    let plan = try await program.run(["plan", "recipe.yaml"], named: "plan")
    #expect(plan.status == 0 && plan.output.contains("set.zip"), "\(plan.output)\(plan.errors)")
    let first = try await program.run(["run", "recipe.yaml"], named: "first")
    #expect(first.status == 0, "\(first.errors)")
    #expect(try split(program)["test"]?.count == 20)

    // The other commands take it from the pantry: the server is gone.
    server.stop()
    let check = try await program.run(["data", "check", whole], named: "check")
    #expect(check.status == 0 || check.status == 1, "\(check.errors)")
    #expect(check.output.contains("60"), "\(check.output)")
    let second = try await program.run(["run", "recipe.yaml"], named: "second")
    #expect(second.status == 0 && second.errors.contains("prepare the data: already done"), "\(second.errors)")

    let wrong = whole.replacing(String(digest.suffix(4)), with: digest.hasSuffix("0000") ? "1111" : "0000")
    let refused = try await program.run(["data", "check", wrong], named: "wrong")
    #expect(refused.status != 0 && !refused.errors.isEmpty)
  }

  @Test func aSplitOfTheUsersIsTakenAndLeaksAreRefused() async throws {
    let program = try Program()
    defer { program.remove() }
    var set = try ImageSet([("", 30)])
    try set.write(to: "\(program.folder)/photos")
    let made = try await program.run(["data", "split", "photos", "-o", "split.json", "--seed", "3"], named: "split")
    #expect(made.status == 0, "\(made.errors)")
    let data = "data: {use: images, path: photos, height: 16, width: 16}"
    try writeRecipe(program, data: data, more: "split: {use: file, path: split.json}")
    let outcome = try await program.run(["run", "recipe.yaml"], named: "first")
    #expect(outcome.status == 0, "\(outcome.errors)")
    struct Document: Decodable { var subsets: [String: [String]] }
    let stated = try JSONDecoder().decode(Document.self, from: Data(program.text("split.json").utf8)).subsets
    #expect(try split(program) == stated)
    let lock = try await program.run(["recipe", "lock", "recipe.yaml"], named: "lock")
    #expect(lock.status == 0, "\(lock.errors)")
    #expect(try program.text("recipe.lock").contains(Digest(ofFileAt: "\(program.folder)/split.json").hex))

    // An image of the training set, copied under another name into the test set.
    set.files.append(("round/copy.jpg", set.files[0].bytes))
    for (index, file) in set.files.enumerated() {
      set.files[index].path = (index % 3 == 0 ? "train/" : index % 3 == 1 ? "val/" : "test/") + file.path
    }
    set.files[set.files.count - 1].path = "test/round/copy.jpg"
    try set.write(to: "\(program.folder)/leaky")
    let leaky = "data: {use: images, path: leaky, height: 16, width: 16}"
    try writeRecipe(program, data: leaky, more: "split: stated")
    let refused = try await program.run(["run", "recipe.yaml"], named: "refused")
    #expect(refused.status == 65, "\(refused.errors)")
    #expect(
      refused.errors.contains("test/round/copy.jpg")
        && refused.errors.contains("train/\(set.files[0].path.dropFirst(6))"))
    try writeRecipe(program, data: leaky, more: "split: {use: stated, duplicates: allowed}")
    let declared = try await program.run(["run", "recipe.yaml"], named: "declared")
    #expect(declared.status == 0, "\(declared.errors)")
  }

  @Test func damagedImagesAreListedAndLeftOutOnlyIfThatIsSaid() async throws {
    let program = try Program()
    defer { program.remove() }
    var set = try ImageSet([("", 30)])
    for index in [3, 17] { set.files[index].bytes.removeLast(set.files[index].bytes.count / 2) }
    try set.write(to: "\(program.folder)/photos")
    try writeRecipe(program, data: "data: {use: images, path: photos, height: 16, width: 16}")
    let refused = try await program.run(["run", "recipe.yaml"], named: "refused")
    #expect(refused.status == 65)
    for index in [3, 17] { #expect(refused.errors.contains(set.files[index].path), "\(refused.errors)") }
    try writeRecipe(program, data: "data: {use: images, path: photos, height: 16, width: 16, damaged: skipped}")
    let skipped = try await program.run(["run", "recipe.yaml"], named: "skipped")
    #expect(skipped.status == 0, "\(skipped.errors)")
    for index in [3, 17] {
      #expect(skipped.errors.contains("\(set.files[index].path) is left out"), "\(skipped.errors)")
    }
    #expect(try split(program).values.joined().count == 58)
  }

  @Test func calibrationItemsAreTrainingItems() async throws {
    let program = try Program()
    defer { program.remove() }
    try ImageSet([("train", 20), ("val", 10), ("test", 10)]).write(to: "\(program.folder)/photos")
    try writeRecipe(program, data: "data: {use: images, path: photos, height: 16, width: 16}", more: "split: stated")
    let outcome = try await program.run(["run", "recipe.yaml"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    var lists: [[String]] = []
    let files = FileManager.default.enumerator(atPath: "\(program.folder)/pantry/artifacts")
    while let path = files?.nextObject() as? String {
      guard let data = FileManager.default.contents(atPath: "\(program.folder)/pantry/artifacts/\(path)"),
        data.count < 1 << 20, let list = try? JSONDecoder().decode([String].self, from: data),
        list.contains(where: { $0.contains("/picture ") })
      else { continue }
      lists.append(list)
    }
    #expect(!lists.isEmpty && lists.joined().allSatisfy { $0.hasPrefix("train/") }, "\(lists)")
  }
}

/// Python's own web server over a folder, on a port that the system chooses. It ends when it is told, or with the tests.
final class LocalServer: Sendable {
  private static let script = """
    import functools, http.server, os, sys, threading
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    print("port", server.server_port)
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    server.serve_forever()
    """

  private let log: String
  /// The server ends when this is closed.
  private let leash = Pipe()

  init(of folder: String) throws {
    log = "\(folder)/../server.log"
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-u", "-c", Self.script, folder]
    _ = FileManager.default.createFile(atPath: log, contents: nil)
    process.standardInput = leash
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: log))
    process.standardError = FileHandle.nullDevice
    try process.run()
  }

  deinit { stop() }

  /// The port, once the server listens.
  func port() async throws -> Int {
    for _ in 0..<400 {
      if let match = try String(contentsOfFile: log, encoding: .utf8).firstMatch(of: /port (\d+)\n/) {
        return try #require(Int(match.1))
      }
      try await Task.sleep(for: .milliseconds(50))
    }
    throw CancellationError()
  }

  func stop() { try? leash.fileHandleForWriting.close() }
}
