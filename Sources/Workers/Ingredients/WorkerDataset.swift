// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
public import Galley
internal import Synchronization
internal import Tensors
internal import WorkerProtocol

/// A data set that a registered worker offers.
public struct WorkerDataset: Dataset {
  /// Which one, and with what.
  public struct Options: Codable, Sendable, Equatable {
    /// The data set and its options.
    public var offer: WorkerOffer

    /// Creates options.
    public init(offer: WorkerOffer) { self.offer = offer }
  }

  /// What any of them is; each is chosen by the card that its worker gives.
  public static let card = Card(
    taxonomy: "data.worker", version: SemanticVersion(1, 0, 0), summary: "Items that a program of the user's gives.",
    options: [])

  private let offer: WorkerOffer
  /// What the worker said of the items when they were read.
  private let memory = Memory()
  /// What data sets have said of themselves to this process: one that is asked again, after its items were read, needs
  /// no worker for it.
  private static let said = Mutex<[Place: Description]>([:])

  /// Where a data set was asked. The card has the program's digest: another program is another data set.
  private struct Place: Hashable {
    var offer: WorkerOffer
    var folder: String
  }

  public init(_ options: Options) { offer = options.offer }

  private struct Description: Decodable, Sendable {
    var preprocessing: Preprocessing
    var description: PartialDescription?
  }

  /// What a data set says of itself, as far as it does.
  private struct PartialDescription: Decodable, Sendable {
    var name: String?
    var licence: String?
    var citation: String?
    var source: String?
  }

  /// The answer to `dataset.items`.
  struct Items: Decodable, Sendable {
    var inputs: TensorBlock
    var ids: [String]
    var classes: [Int]
    var labels: [String]
    var subsets: [String?]?
    var preprocessing: Preprocessing
  }

  private final class Memory: Sendable {
    let preprocessing = Mutex<Preprocessing?>(nil)
  }

  public func items(relativeTo folder: String) async throws -> LabeledItems {
    try await described(relativeTo: folder).items
  }

  public func described(relativeTo folder: String) async throws -> DescribedItems {
    let parameters = offer.parameters(Self.parameters(folder))
    let (items, preprocessing, description) = try await offer.source.withWorker { worker in
      let answer = try await worker.call("dataset.items", parameters, returning: Items.self)
      let items = try naming { () throws(GalleyError) in try answer.described() }
      return (
        items, answer.preprocessing, try await worker.call("dataset.describe", parameters, returning: Description.self)
      )
    }
    memory.preprocessing.withLock { $0 = preprocessing }
    Self.said.withLock { $0[Place(offer: offer, folder: folder)] = description }
    return items
  }

  /// What the worker said when the items were read; before that it is asked, and relative paths start at the working
  /// folder.
  public var preprocessing: Preprocessing {
    get async throws {
      if let known = memory.preprocessing.withLock({ $0 }) { return known }
      return try await describe(relativeTo: FileManager.default.currentDirectoryPath).preprocessing
    }
  }

  public func description(relativeTo folder: String) async throws -> DataDescription {
    let said = try await describe(relativeTo: folder).description
    return DataDescription(
      name: said?.name ?? offer.card.name, licence: said?.licence ?? "not stated",
      citation: said?.citation ?? "not stated", source: said?.source ?? offer.source.program.path)
  }

  private func describe(relativeTo folder: String) async throws -> Description {
    let place = Place(offer: offer, folder: folder)
    if let known = Self.said.withLock({ $0[place] }) { return known }
    let description = try await offer.ask("dataset.describe", Self.parameters(folder), as: Description.self) { $0 }
    Self.said.withLock { $0[place] = description }
    return description
  }

  private static func parameters(_ folder: String) -> [String: ConfigurationValue] {
    ["folder": .string(URL(filePath: folder).standardizedFileURL.path(percentEncoded: false))]
  }

  /// An error in what the worker handed over, with the data set's name.
  private func naming<Result>(_ body: () throws(GalleyError) -> Result) throws(GalleyError) -> Result {
    do {
      return try body()
    } catch {
      throw GalleyError(
        error.exitCode, "can't use the items of '\(offer.card.name)'", at: offer.source.program.path,
        why: error.why, remedy: "Correct the worker.")
    }
  }
}

extension WorkerDataset.Items {
  /// The items with the subsets that the worker states.
  func described() throws(GalleyError) -> DescribedItems {
    guard let inputs = try inputs.read().first?.value else {
      throw GalleyError(.badData, "can't read the items", why: "the block has no tensor")
    }
    guard inputs.elementType == .uint8 || inputs.elementType == .float32, inputs.shape.count == 4 else {
      throw GalleyError(
        .badData, "can't read the items",
        why: "the inputs are \(inputs.elementType) of shape \(inputs.shape); they must be uint8 or float32 of "
          + "[items, height, width, channels]")
    }
    let described = try DescribedItems(
      LabeledItems(ids: ids, inputs: inputs, classes: classes, labels: labels))
    guard let subsets else { return described }
    guard subsets.count == ids.count else {
      throw GalleyError(
        .badData, "can't read the items", why: "there are \(ids.count) items and \(subsets.count) subsets")
    }
    if let unknown = subsets.compactMap(\.self).first(where: { Subset(rawValue: $0) == nil }) {
      throw GalleyError(
        .badData, "can't read the items", why: "'\(unknown)' is no subset; there is train, validation and test")
    }
    var dataset = described.dataset
    for (index, subset) in subsets.enumerated() { dataset.items[index].subset = subset }
    return try DescribedItems(items: described.items, dataset: dataset, digests: described.digests)
  }
}
