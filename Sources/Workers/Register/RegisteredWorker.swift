// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import Galley
public import WorkerProtocol

/// A program of the user's whose ingredients Galley offers.
public struct RegisteredWorker: Sendable, Hashable, Codable {
  /// The name by which it is shown and removed.
  public var name: String
  /// Its file, and how it is started.
  public var source: WorkerSource
  /// What told the program from others when it was described.
  public var digest: Digest
  /// What it said of itself.
  public var description: WorkerDescription
  /// The user functions that it hosts, if it hosts some.
  public var adapter: OfferedAdapter?
  /// How many training items each of its optimizers wants to observe, at most, by taxonomy.
  public var calibrationCounts: [String: Int]
  /// What each of its runtimes says of itself, by taxonomy.
  public var runtimes: [String: RuntimeFacts]

  /// Name and version of the record's format.
  static let format = "galley.worker/1"

  /// The kinds of ingredients: the first words of their taxonomies.
  public enum Kind: String, Sendable, CaseIterable {
    case data, optimizer, runtime, model
  }

  /// The cards of one kind, each with the program's digest, which makes it part of a recipe's identity.
  public func cards(_ kind: Kind) -> [Card] {
    (description.cards ?? []).filter { $0.fits(kind.rawValue) }.map { card in
      var card = card
      card.program = digest
      return card
    }
  }

  /// All cards.
  public var cards: [Card] { Kind.allCases.flatMap { cards($0) } }

  /// An ingredient of this worker.
  public func offer(_ card: Card, _ options: [String: ConfigurationValue]) -> WorkerOffer {
    WorkerOffer(source: source, card: card, options: options)
  }
}

/// What a worker says of the user functions that it hosts.
public struct OfferedAdapter: Sendable, Hashable, Codable {
  public var name: String
  public var version: String?
  public var summary: String?
  public var inputType: String?
  public var outputType: String?
  /// The functions that the user wrote.
  public var functions: [String]?
  /// The keys of its configuration.
  public var options: [OptionDeclaration]?
}
