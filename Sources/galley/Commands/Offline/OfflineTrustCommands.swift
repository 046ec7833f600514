// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Bundles
internal import Files
internal import Foundation
internal import Galley
internal import Pantry
internal import Reports

/// Keys whose signatures count.
struct OfflineTrustCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trust",
    abstract: "Say whose signatures count: keys that you got by a way that you trust.",
    discussion: """
      Examples:
        galley offline trust add site.key.pub --name 'the office'
        galley offline trust list
        galley offline trust require 2            two of the keys must have signed
        galley offline trust remove 'the office'

      A key is never taken from a bundle.
      """,
    subcommands: [
      OfflineTrustAddCommand.self, OfflineTrustListCommand.self, OfflineTrustRemoveCommand.self,
      OfflineTrustRequireCommand.self,
    ])
}

private struct TrustDocument: Encodable {
  struct Key: Encodable {
    var name: String
    var id: Digest
  }

  var threshold: Int
  var keys: [Key]

  init(_ root: TrustRoot) {
    threshold = root.threshold
    keys = root.keys.map { Key(name: $0.name, id: $0.key.id) }
  }
}

/// Changes the trust root of a pantry and shows what it is then.
private struct TrustChange {
  let pantry: Pantry
  let console: Console

  func callAsFunction(_ change: (inout TrustRoot) throws -> Void = { _ in }) throws {
    let path = "\(pantry.root)/\(TrustRoot.fileName)"
    let old = try TrustRoot(contentsOf: path)
    var root = old
    try change(&root)
    if root != old { try root.write(to: path) }
    try console.result(json: TrustDocument(root))
    guard !root.keys.isEmpty else { return console.result("No key is trusted: no bundle can be imported.") }
    console.result(
      TextTable(
        columns: [.init("key"), .init("digest")], rows: root.keys.map { [$0.name, $0.key.id.hex] }
      ).render())
    console.note("\(root.threshold) of \(root.keys.count) must have signed.")
  }
}

/// Pins a key.
struct OfflineTrustAddCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Trust a public key.",
    discussion: "Exit codes: 0 done · 64 it is trusted already · 65 it is no Ed25519 key · 66 it can't be read.")

  @Argument(help: "The public key's file.", completion: .file())
  var key: String

  @Option(name: .long, help: "What people call it (default: the file's name).")
  var name: String?

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let fileName = String(key.split(separator: "/").last ?? "key")
    let pinned = TrustRoot.Key(
      name: name ?? (fileName.hasSuffix(".pub") ? String(fileName.dropLast(4)) : fileName),
      key: try VerifyingKey(contentsOf: key))
    try TrustChange(pantry: place.open(console), console: console)() { try $0.add(pinned) }
  }
}

/// Lists the keys.
struct OfflineTrustListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List the trusted keys.")

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    try TrustChange(pantry: place.open(console), console: console)()
  }
}

/// Unpins a key.
struct OfflineTrustRemoveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove", abstract: "Trust a key no longer.",
    discussion: "Exit codes: 0 done · 64 too few keys would be left · 66 there is no such key.")

  @Argument(help: "Its name, or the first eight or more digits of its digest.")
  var key: String

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    try TrustChange(pantry: place.open(console), console: console)() { try $0.remove(key) }
  }
}

/// Says how many must have signed.
struct OfflineTrustRequireCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "require", abstract: "Say how many trusted keys must have signed a bundle.",
    discussion: "Exit codes: 0 done · 64 there are fewer keys.")

  @Argument(help: "How many.")
  var count: Int

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    try TrustChange(pantry: place.open(console), console: console)() { try $0.require(count) }
  }
}
