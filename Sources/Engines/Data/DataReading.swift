// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import Files
internal import FoundationEssentials
internal import Galley
internal import Tensors

extension ReadData {
  /// Reads a data set: anything that `Datasets` recognises, a file of PreparedData or of ItemListing.
  /// - Parameters:
  ///   - workspace: the folder under which items of archives will lie; nothing is written.
  ///   - accept: refuses a task that nobody can do, given with the reason for which it was found.
  /// - Throws: `GalleyError` if it can't be read, is ambiguous, or subsets can't be made of it.
  static func read(
    _ source: DataSource, workspace: String, accept: (EngineTask, String) throws(GalleyError) -> Void
  ) throws(GalleyError) -> ReadData {
    if let ready = try prepared(source) { return ready }
    if let ready = try listed(source) { return ready }
    let options = source.options.options
    let read = try DatasetReader.read(source.path, as: options.dataFormat)
    let dataset = try read.complete()
    guard !dataset.items.isEmpty else {
      throw GalleyError(
        .badData, "can't use the data set", at: source.path, why: "it has no items",
        remedy: "Name the folder or archive that holds images.")
    }
    let found = DataTask(dataset, read.format)
    let task = options.task ?? found.task
    try accept(task, options.task == nil ? found.reason : "the task was given")
    try DataTask.check(dataset, suits: task, source.path)
    let inspected = InspectedItems(dataset.items)
    let division = try SubsetDivision(dataset, inspected.digests, options, source.path)
    let divided = try division.split.apply(to: dataset)
    let content = try content(of: divided, read.tree.root, task, inspected, workspace)
    let training = divided.items.filter { $0.subset == Subset.train.rawValue }
    let evidence = read.candidates.first { $0.format == read.format }?.evidence.reasonsFor.joined(separator: "; ")
    return ReadData(
      path: source.path, content: content, task: task, labels: dataset.labels,
      counts: division.split.subsets.mapValues(\.count),
      sizes: SizeStatistics((training.isEmpty ? divided.items : training).compactMap { inspected.sizes[$0.id] }),
      identity: identity(divided, inspected.digests),
      values: try values(source, dataset, task, found.reason, read.format, evidence ?? "stated", division),
      warnings: [inspected.warning].compactMap { $0 } + division.warnings)
  }

  private static func values(
    _ source: DataSource, _ dataset: AnnotatedDataset, _ task: EngineTask, _ reason: String,
    _ format: DatasetFormat, _ evidence: String, _ division: SubsetDivision
  ) throws(GalleyError) -> [ExplainedValue] {
    let chosen = source.options
    var complete = chosen.options
    complete.task = task
    complete.dataFormat = format
    var choices: [String: String] = [:]
    if chosen.options.task == nil { choices["task"] = reason }
    if chosen.options.dataFormat == nil { choices["dataFormat"] = evidence }
    let counts = Subset.allCases.map { "\($0.rawValue) \(division.split.subsets[$0]?.count ?? 0)" }
    return [ExplainedValue("data.path", .string(source.path), .given)]
      + (try chosen.explained("data", complete, choices: choices)) + [
        ExplainedValue(
          "data.division", .string(counts.joined(separator: ", ")), .automatic, reason: division.reason),
        ExplainedValue(
          "data.classes", .int(dataset.labels.count), .automatic,
          reason: dataset.labels.prefix(8).joined(separator: ", ") + (dataset.labels.count > 8 ? ", …" : "")),
      ]
  }

  /// Items in memory become prepared data, all others a list of files.
  private static func content(
    of dataset: AnnotatedDataset, _ root: String, _ task: EngineTask, _ inspected: InspectedItems, _ workspace: String
  ) throws(GalleyError) -> Content {
    let inMemory = dataset.items.count { if case .pixels = $0.source { true } else { false } }
    if inMemory == dataset.items.count { return .prepared(try ItemsInMemory(dataset, task, root).data) }
    var unpacked: [String: ItemSource] = [:]
    let items = dataset.items.map { item in
      let file: String
      var fault: String?
      switch item.source {
      case .file(let path): file = absolute(path)
      case .missing(let path):
        file = absolute(path)
        fault = "the data set names this file, but has none"
      default:
        // Named by content, so that equal items are unpacked once and a member's name can't lead out of the folder.
        file = "\(absolute(workspace))/data/files/\(inspected.digests[item.id]?.hex ?? Digest(of: item.id).hex)"
        unpacked[file] = item.source
      }
      return ItemListing.Item(
        id: item.id, file: file, subset: item.subset.flatMap(Subset.init(rawValue:)), classes: item.labels,
        digest: inspected.digests[item.id], fault: fault)
    }
    return .listing(
      try ItemListing(task: task, root: absolute(root), labels: dataset.labels, items: items), unpacked: unpacked)
  }

  private static func identity(_ dataset: AnnotatedDataset, _ digests: [String: Digest]) -> Digest {
    var lines = dataset.labels.map { "class\t\($0)\n" }
    lines += dataset.items.map { item in
      let classes = item.labels.map(String.init).joined(separator: ",")
      return "\(item.subset ?? "")\t\(item.id)\t\(classes)\t\(digests[item.id]?.hex ?? "unreadable")\n"
    }.sorted()
    return Digest(of: lines.joined())
  }

  private static func absolute(_ path: String) -> String {
    URL(filePath: path).standardizedFileURL.path(percentEncoded: false)
  }
}

extension ReadData {
  /// A file of PreparedData; `nil` if it is none.
  private static func prepared(_ source: DataSource) throws(GalleyError) -> ReadData? {
    guard source.path.hasSuffix(".safetensors"), FileManager.default.fileExists(atPath: source.path) else { return nil }
    let data = try PreparedData(contentsOf: source.path)
    let counts = data.subsets.mapValues(\.count)
    return try ready(
      source, .prepared(data), .classification, data.labels, counts, try digest(source.path), "prepared data")
  }

  private struct FormatOnly: Decodable {
    var format: String
  }

  /// A file of ItemListing; `nil` if it is none.
  private static func listed(_ source: DataSource) throws(GalleyError) -> ReadData? {
    guard source.path.hasSuffix(".json"), let data = try? Data(contentsOf: URL(filePath: source.path)),
      (try? JSONDecoder().decode(FormatOnly.self, from: data))?.format == ItemListing.format
    else { return nil }
    let listing = try ItemListing(contentsOf: source.path)
    var counts: [Subset: Int] = [:]
    for item in listing.items { if let subset = item.subset { counts[subset, default: 0] += 1 } }
    var read = try ready(
      source, .listing(listing, unpacked: [:]), listing.task, listing.labels, counts, try digest(source.path),
      "a list of items")
    read.sizes = SizeStatistics(
      listing.items.filter { $0.subset == .train }.prefix(1000).compactMap { item in
        let path = item.file.hasPrefix("/") ? item.file : "\(listing.root)/\(item.file)"
        guard let data = try? Data(contentsOf: URL(filePath: path), options: .mappedIfSafe) else { return nil }
        return (try? ImageHeader(data))?.shownSize
      })
    return read
  }

  private static func ready(
    _ source: DataSource, _ content: Content, _ task: EngineTask, _ labels: [String], _ counts: [Subset: Int],
    _ digest: Digest, _ kind: String
  ) throws(GalleyError) -> ReadData {
    let chosen = source.options
    if let option = chosen.origins.keys.sorted().first(where: { $0 != "task" || chosen.options.task != task }) {
      throw GalleyError(
        .usage, "can't use the option '\(option)'", at: source.path,
        why: "the file is \(kind): it says its task and its subsets itself",
        remedy: "Leave out --\(option.flagName), or name the data set that the file was made of.")
    }
    let split = Subset.allCases.map { "\($0.rawValue) \(counts[$0] ?? 0)" }.joined(separator: ", ")
    return ReadData(
      path: source.path, content: content, task: task, labels: labels, counts: counts, identity: digest,
      values: [
        ExplainedValue("data.path", .string(source.path), .given),
        ExplainedValue("data.task", .string(task.rawValue), .automatic, reason: "the file is \(kind), and says it"),
        ExplainedValue("data.division", .string(split), .automatic, reason: "the file states the subsets"),
        ExplainedValue(
          "data.classes", .int(labels.count), .automatic, reason: labels.prefix(8).joined(separator: ", ")),
      ], warnings: [])
  }

  private static func digest(_ path: String) throws(GalleyError) -> Digest {
    do throws(FileError) {
      return try Digest(ofFileAt: path)
    } catch {
      throw GalleyError(.missingInput, "can't read the data set", at: path, why: error.reason)
    }
  }
}
